// What the server says of itself in disco#info, put together from the features.
import type { DataForm } from "./data-form.ts";
import type { XmppServer } from "./server.ts";

export interface Identity {
  readonly category: string;
  readonly type: string;
  readonly name?: string | undefined;
  readonly lang?: string | undefined;
}

export const serverIdentities: readonly Identity[] = [
  { category: "server", type: "im", name: "Trivium" },
  { category: "pubsub", type: "pep" },
];

export function serverForms(server: XmppServer): readonly DataForm[] {
  return server.dispatch.features.flatMap((feature) => feature.discoForm?.(server) ?? []);
}

export function serverFeatures(server: XmppServer): readonly string[] {
  return [...new Set(server.dispatch.features.flatMap((feature) => feature.disco ?? []))];
}
