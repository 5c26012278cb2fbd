// JIDs (RFC 7622), and what of ours they name. The only place where a string becomes a UserId, DeviceId or room.
import {
  type ConversationId,
  type DeviceId,
  nameOf,
  ownText,
  roomNameOf,
  roomOf,
  type UserId,
  userOf,
  opaqueString,
  usernameCaseMapped,
} from "#core";

/** An address, prepared: equal addresses have equal parts. Absent parts are empty. */
export interface Jid {
  readonly local: string;
  readonly domain: string;
  readonly resource: string;
  /** Without the resource. */
  readonly bare: string;
}

const cacheBound = 4096;
const cacheable = 256; // longer ones are nobody's habit
const cache = new Map<string, Jid>();

const domainName = /^(?!-)[\p{L}\p{N}\p{M}.-]+$/u;
const addressLiteral = /^\[[0-9a-f:.]+\]$/;

/** The address; undefined when it is malformed. */
export function parseJid(text: string): Jid | undefined {
  const known = cache.get(text);
  if (known !== undefined) return known;
  // Its parts become names that are kept for long, and shall not keep the stanza.
  const own = ownText(text);
  const jid = parse(own);
  if (jid === undefined || own.length > cacheable) return jid;
  if (cache.size >= cacheBound) cache.clear();
  cache.set(own, jid);
  return jid;
}

/** RFC 7622 §3.2. */
export function domainpart(text: string): string | undefined {
  if (text.length > 1023) return undefined;
  const domain = (text.endsWith(".") ? text.slice(0, -1) : text).normalize("NFC").toLowerCase();
  return domainName.test(domain) || addressLiteral.test(domain) ? domain : undefined;
}

/** The account with that name; undefined when it cannot be one. Also what SASL gets: `alice` or `alice@host`. */
export function accountOf(name: string, host: string): UserId | undefined {
  const at = name.lastIndexOf("@");
  if (at !== -1 && domainpart(name.slice(at + 1)) !== host) return undefined;
  const local = usernameCaseMapped(at === -1 ? name : name.slice(0, at));
  return local === undefined ? undefined : userOf(local, host);
}

/** The account a JID of our host names. */
export function userOfJid(jid: Jid): UserId {
  return jid.local === "" ? userOf("", jid.domain) : (jid.bare as UserId);
}

/** The bare address a JID names, of whichever host; a host alone is one, too. */
export function addressOf(jid: Jid): UserId {
  return jid.bare as UserId;
}

/** The room a JID of the rooms' service names. What no room's name may hold is written as XEP-0106 writes such signs. */
export function roomOfJid(jid: Jid, host: string): ConversationId {
  return roomOf(
    jid.local.replace(wildcards, (sign) => (sign === "+" ? "\\2b" : "\\23")),
    host,
  );
}

const wildcards = /[+#]/g;

export function jidOfRoom(room: ConversationId, service: string): string {
  const name = roomNameOf(room);
  const local = name.includes("\\2") ? name.replaceAll("\\2b", "+").replaceAll("\\23", "#") : name;
  return `${local}@${service}`;
}

/** Devices of other protocols keep their prefix as a resource; so no client of ours may choose such a one. */
const foreign = /^(?:mqtt|json):/;

export function deviceOf(resource: string): DeviceId {
  return (foreign.test(resource) ? resource : `xmpp:${resource}`) as DeviceId;
}

export function resourceOf(device: DeviceId): string {
  return device.startsWith("xmpp:") ? device.slice("xmpp:".length) : device;
}

/** Whether a client may be called so. */
export function isOwnResource(resource: string): boolean {
  return !foreign.test(resource);
}

export function fullJid(user: UserId, device: DeviceId): string {
  const resource = resourceOf(device);
  return resource === "" ? user : `${user}/${resource}`; // who speaks for a component may have none
}

/** How an account is called in a room when nobody said otherwise. */
export function defaultNick(user: UserId): string {
  return nameOf(user);
}

function parse(text: string): Jid | undefined {
  if (text.length > 3071) return undefined; // RFC 7622 §3.1
  const slash = text.indexOf("/");
  const address = slash === -1 ? text : text.slice(0, slash);
  const at = address.indexOf("@");
  const domain = domainpart(address.slice(at + 1));
  const local = at === -1 ? "" : usernameCaseMapped(address.slice(0, at));
  const resource = slash === -1 ? "" : opaqueString(text.slice(slash + 1));
  if (domain === undefined || local === undefined || resource === undefined || (at !== -1 && local === ""))
    return undefined;
  return { local, domain, resource, bare: local === "" ? domain : `${local}@${domain}` };
}
