// What a client says it can do (XEP-0115): learnt by its hash, asked for once, believed for others when the hash holds.
import { ownText } from "#core";
import { attribute } from "./print.ts";
import { parseForm } from "./data-form.ts";
import { childrenOf, type Element } from "./element.ts";
import { hashOf } from "./features/xep-0115-capabilities.ts";
import { ns } from "./namespaces.ts";
import type { XmppSession } from "./session.ts";
import { slot } from "./slot.ts";

/** What such a client can do, as far as it matters here. */
interface Capabilities {
  /** The names of nodes it wants to hear of. */
  readonly wants: ReadonlySet<string>;
  /** XEP-0045 §6.7: it takes part in rooms. */
  readonly rooms: boolean;
}

interface Asked {
  /** What its presence said last. */
  key: string;
  rooms: boolean;
  /** The IQ that is not answered yet. */
  id: string | undefined;
  count: number;
}

const askedOf = slot<Asked>(() => ({ key: "", rooms: false, id: undefined, count: 0 }));

/** By hash, node and version. */
const known = new Map<string, Capabilities>();
const knownBound = 10_000;
const mostFeatures = 1000;
const nothing: ReadonlySet<string> = new Set();
const suffix = "+notify";

/** What its presence says of it: the names of nodes it wants to hear of; undefined while it is asked, or as before. */
export function noteCapabilities(session: XmppSession, presence: Element): ReadonlySet<string> | undefined {
  const c = presence.getChild("c", ns.caps);
  const { node = "", ver = "", hash = "" } = c?.attrs ?? {};
  const key = c === undefined ? "none" : `${hash} ${node} ${ver}`;
  const asked = askedOf(session);
  if (asked.key === key) return undefined;
  asked.key = ownText(key);
  asked.id = undefined;
  const remembered = known.get(key);
  asked.rooms = remembered?.rooms ?? false;
  if (c === undefined) return nothing;
  if (remembered !== undefined) return remembered.wants;
  asked.id = `caps-${++asked.count}`;
  const to = `${attribute("from", session.server.host)}${attribute("to", session.jid)}`;
  const query = `<query xmlns="${ns.discoInfo}"${attribute("node", `${node}#${ver}`)}/>`;
  session.send(`<iq xmlns="${ns.client}" type="get" id="${asked.id}"${to}>${query}</iq>`);
  return undefined;
}

/** The client's answer; undefined when it is none to that question. */
export function learnCapabilities(session: XmppSession, iq: Element): ReadonlySet<string> | undefined {
  const asked = askedOf(session);
  if (asked.id === undefined || iq.attrs["id"] !== asked.id) return undefined;
  asked.id = undefined;
  const query = iq.getChild("query", ns.discoInfo);
  if (iq.attrs["type"] !== "result" || query === undefined) return nothing;
  const features = query.getChildren("feature", ns.discoInfo).map(({ attrs }) => attrs["var"] ?? "");
  const wants = new Set(
    features.slice(0, mostFeatures).filter((each) => each.endsWith(suffix)).map((each) => ownText(each.slice(0, -suffix.length))), // prettier-ignore
  );
  asked.rooms = features.includes(ns.muc);
  // §5.4: what one client says of a hash is only believed of others when it makes that hash.
  const [hash, , ver] = asked.key.split(" ");
  if (hash === "sha-1" && features.length <= mostFeatures && ver === hashOfAnswer(query, features)) {
    if (known.size >= knownBound) known.delete(known.keys().next().value!);
    known.set(asked.key, { wants, rooms: asked.rooms });
  }
  return wants;
}

/** Whether the client says that it takes part in rooms. */
export function knowsRooms(session: XmppSession): boolean {
  return askedOf(session).rooms;
}

/** It has not answered yet. */
export function awaitsCapabilities(session: XmppSession): boolean {
  return askedOf(session).id !== undefined;
}

/** What comes next is asked about anew. */
export function forgetCapabilities(session: XmppSession): void {
  askedOf(session).rooms = false;
  askedOf(session).key = "";
  askedOf(session).id = undefined;
}

function hashOfAnswer(query: Element, features: readonly string[]): string | undefined {
  const identities = query.getChildren("identity", ns.discoInfo).map(({ attrs }) => ({
    category: attrs["category"] ?? "",
    type: attrs["type"] ?? "",
    name: attrs["name"],
    lang: attrs["xml:lang"],
  }));
  const forms = childrenOf(query)
    .filter((child) => child.is("x", ns.dataForms))
    .map(parseForm);
  // §5.4: ill-formed ones are not remembered.
  if (new Set(features).size !== features.length || forms.includes(undefined)) return undefined;
  return hashOf(
    identities,
    features,
    forms.filter((form) => form !== undefined),
  );
}
