// A service with a node, its owner and somebody else.
import type { XmppClient } from "../clients/xmpp.ts";
import { pubsub, Service } from "../pubsub-kit.ts";
import type { XmppKit } from "../xmpp-kit.ts";
import { offered } from "./offered.ts";

/** What a service says over one transport it says over each. */
export const once = { only: "any" } as const;

export function serviceOf(t: XmppKit): string {
  return `pubsub.${t.domain}`;
}

export interface PubsubScene {
  readonly service: Service;
  readonly hamlet: XmppClient;
  readonly francisco: XmppClient;
  readonly node: string;
}

/** Hamlet has a node, unless it is not to be made; Francisco is there, too. */
export async function pubsubScene(
  t: XmppKit,
  config: Readonly<Record<string, string>> | undefined = {},
  make = true,
): Promise<PubsubScene> {
  const [hamlet, francisco] = [await t.available(0), await t.available(1)];
  const at = serviceOf(t);
  await offered(hamlet, `${pubsub}#publish`, at);
  const service = new Service(at);
  const node = t.word();
  if (make) await service.create(hamlet, node, config);
  return { service, hamlet, francisco, node };
}
