// Tokens of clients.
import type { UserId } from "../../model/ids.ts";
import type { KeptTokens } from "../client-tokens.ts";
import type { State } from "./state.ts";

export function putClientTokens(
  state: State,
  { owner, client }: { readonly owner: UserId; readonly client: string },
  tokens: KeptTokens,
  keep: number,
): boolean {
  let clients = state.clientTokens.get(owner);
  if (clients === undefined) state.clientTokens.set(owner, (clients = new Map()));
  if ((clients.get(client)?.version ?? 0) !== tokens.version - 1) return false;
  clients.set(client, { ...tokens });
  const others = [...clients]
    .filter(([name]) => name !== client)
    .sort(([, one], [, two]) => two.expiresAt - one.expiresAt);
  for (const [name] of others.slice(keep - 1)) clients.delete(name);
  return true;
}

export function removeClientTokens(state: State, owner: UserId, client: string | undefined): void {
  if (client === undefined) state.clientTokens.delete(owner);
  else state.clientTokens.get(owner)?.delete(client);
}
