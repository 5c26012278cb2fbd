// Nodes (docs/decisions/0061-nodes-and-topics.md) as commands name them, and what replies and events show of them.
import {
  accessModels,
  mostItems,
  type NodeConfig,
  type NodeItem,
  type NodePlace,
  nodeServiceOf,
  type NodeSignal,
  publishModels,
  type Session,
} from "#core";
import { z } from "zod";
import type { Names } from "./addressing.ts";
import { text, userField } from "./fields.ts";
import { payloadFields } from "./node-payload.ts";
import type { JsonSession } from "./session.ts";

export const nodeField = text(1000).min(1);
export const itemField = text(1000).min(1);

/** Whose node: an account's name; unless given one's own. `@pubsub`: the server's, for all. */
export const ownerField = userField.optional();
const service = "@pubsub";

export const configFields = {
  title: text(200).optional(),
  access: z.enum(accessModels).optional(),
  publish: z.enum(publishModels).optional(),
  /** How many items are kept, the latest. */
  keep: z.int().min(1).max(mostItems).optional(),
} as const;

type Given = z.output<z.ZodObject<typeof configFields>>;

/** What is given, under the core's names. */
export function changesOf({ title, access, publish, keep }: Given): Partial<NodeConfig> {
  const given = { title, accessModel: access, publishModel: publish, maxItems: keep };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

export function ownerOf(of: string | undefined, { names, user }: Pick<JsonSession, "names" | "user">): string {
  if (of === service) return nodeServiceOf(names.host);
  return of === undefined ? user : names.user(of);
}

export function placeOf({ of, node }: { of?: string | undefined; node: string }, session: JsonSession): NodePlace {
  return { owner: ownerOf(of, session), name: node };
}

export function ownerName(names: Names, owner: string): string {
  return owner.includes("@")
    ? names.ofUser(owner as Session["user"])
    : owner === nodeServiceOf(names.host)
      ? service
      : owner;
}

export function configOf({ title, accessModel, publishModel, maxItems }: NodeConfig) {
  return { title, access: accessModel, publish: publishModel, keep: maxItems };
}

export function itemFields(names: Names, { id, at, publisher, payload }: NodeItem, publishers = true) {
  return {
    item: id,
    at: new Date(at).toISOString(),
    from: publishers ? names.ofUser(publisher) : undefined,
    ...payloadFields(payload),
  };
}

/** What happened to a node, as an event; undefined for what is no news in this dialect. */
export function nodeLine(
  names: Names,
  { owner, node, news }: Pick<NodeSignal, "owner" | "node" | "news">,
): string | undefined {
  const head = { type: "node", of: ownerName(names, owner), node };
  const line = (fields: object): string => JSON.stringify({ ...head, ...fields });
  switch (news.what) {
    case "items": {
      const items = news.items.map((item) => itemFields(names, item, news.publishers));
      return line({ items, late: news.late ? true : undefined });
    }
    case "retracted":
      return line({ removed: news.ids });
    case "purged":
      return line({ purged: true });
    case "deleted":
      return line({ deleted: true });
    case "subscription":
      return line({ user: news.address, state: news.state ?? "none" });
    case "affiliation":
      return line({ affiliation: news.affiliation });
    case "request":
      return line({ asks: names.ofUser(news.subscription.account) });
    case "configured":
      return news.config === undefined ? undefined : line(configOf(news.config));
  }
}

const watched = new WeakMap<Session, Set<string>>();
const mostWatched = 200;

/** From now on the session hears of nodes: those that the account subscribed to, and its contacts' under the names it watches. */
export function listenToNodes({ core, attached, user }: JsonSession): void {
  const names = new Set<string>();
  watched.set(attached, names);
  const address = `${user}/${attached.device}`;
  core.nodes.listen(attached, { address, hears: () => true, wants: (name) => names.has(name) });
}

/** False when there are too many. */
export function watchName({ attached }: JsonSession, name: string, on: boolean): boolean {
  const names = watched.get(attached)!;
  if (!on) names.delete(name);
  else if (names.size < mostWatched) names.add(name);
  else return names.has(name);
  return true;
}
