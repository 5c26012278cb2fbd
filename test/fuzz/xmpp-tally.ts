// What a burst of stanzas that all are survived must be answered with: each question once (RFC 6120 §8.2.3), each request for a
// count with one (XEP-0198 §4), and errors in RFC 6120's words (§8.3).
import assert from "node:assert/strict";
import type { Xml } from "../../conformance/clients/xml.ts";
import { ns } from "../../conformance/clients/xmpp-namespaces.ts";
import { parseJid } from "../../protocols/xmpp/addressing.ts";
import type { Element } from "../../protocols/xmpp/element.ts";

/** RFC 6120 §8.3.3. */
const conditions: ReadonlySet<string> = new Set(
  `bad-request conflict feature-not-implemented forbidden gone internal-server-error item-not-found jid-malformed
  not-acceptable not-allowed not-authorized policy-violation recipient-unavailable redirect registration-required
  remote-server-not-found remote-server-timeout resource-constraint service-unavailable subscription-required
  undefined-condition unexpected-request`.split(/\s+/),
);
/** §8.3.2 */
const types: ReadonlySet<string | undefined> = new Set(["auth", "cancel", "continue", "modify", "wait"]);

export class Tally {
  /** Stanzas: what `h` counts. */
  stanzas = 0;
  #requests = 0;
  #refused = 0;
  readonly #asked = new Map<string, number>();

  add(element: Element): void {
    const name = element.getName();
    if (name === "r") this.#requests++;
    if (name === "enable" || name === "resume") this.#refused++; // enabled already, and bound
    if (name === "message" || name === "presence" || name === "iq") this.stanzas++;
    if (name !== "iq") return;
    const { id = "", to, type } = element.attrs;
    // What asks an occupant is the occupant's to answer.
    if (type !== "result" && type !== "error" && !toOccupant(to)) count(this.#asked, id, 1);
  }

  /** `heard`: all that came until everything was handled. */
  judge(heard: readonly Xml[]): void {
    const answered = new Map<string, number>();
    let [counts, refusals] = [0, 0];
    for (const xml of heard) {
      if (xml.is("a", ns.sm)) counts++;
      else if (xml.is("failed", ns.sm)) refusals++;
      else if (xml.is("iq", ns.client)) {
        const { id = "", from, type } = xml.attributes;
        if ((type === "result" || type === "error") && !toOccupant(from)) count(answered, id, 1);
      }
    }
    assert.deepEqual({ counts, refusals }, { counts: this.#requests, refusals: this.#refused });
    assert.deepEqual(sorted(answered), sorted(this.#asked), "not each question was answered once");
  }
}

/** Of what came from the server: other clients, occupants among them, may have said what they like. */
export function judgeErrors(heard: readonly Xml[]): void {
  for (const xml of heard) {
    if (xml.attributes["type"] !== "error" || xml.xmlns !== ns.client || isAnothers(xml.attributes["from"])) continue;
    const error = xml.child("error", ns.client);
    const defined = error?.elements.filter(({ xmlns, name }) => xmlns === ns.stanzaErrors && name !== "text") ?? [];
    assert.ok(
      types.has(error?.attributes["type"]) && defined.length === 1 && conditions.has(defined[0]!.name),
      `no error of RFC 6120 §8.3: ${xml.toString().slice(0, 1_000)}`,
    );
    assert.notEqual(defined[0]!.name, "internal-server-error", xml.toString().slice(0, 1_000));
  }
}

/** Of another stream of the same account, or of an occupant. */
function isAnothers(address: string | undefined): boolean {
  const jid = address === undefined ? undefined : parseJid(address);
  return jid !== undefined && jid.resource !== "" && (jid.bare === "alice@localhost" || toOccupant(address));
}

function toOccupant(address: string | undefined): boolean {
  const jid = address === undefined ? undefined : parseJid(address);
  return jid?.domain === "rooms.localhost" && jid.resource !== "";
}

function count(map: Map<string, number>, key: string, by: number): void {
  map.set(key, (map.get(key) ?? 0) + by);
}

function sorted(map: ReadonlyMap<string, number>): [string, number][] {
  return [...map].sort(([one], [other]) => (one < other ? -1 : 1));
}
