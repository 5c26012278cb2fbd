// How an entry of another protocol says what it has to do with earlier ones, and what is left of a retracted one.
import { type Envelope, kindOf, type Retracted, type Target } from "#core";
import { bodyMark } from "./content.ts";
import { callPart } from "./calls.ts";
import { forwardedPart } from "./forwards.ts";
import { ns } from "./namespaces.ts";
import { attribute, escapeText, legalText, stamp } from "./print.ts";

/** For messages: their reading may be told. */
const asks = `<request xmlns="${ns.receipts}"/><markable xmlns="${ns.markers}"/>`;
const store = `<store xmlns="${ns.hints}"/>`;

/** Of an entry from another protocol: the body, and its relation in XMPP's words. */
export function foreignPartsOf(entry: Envelope): string {
  const { kind, conversation, relation } = entry;
  const target = relation?.target;
  const thread = relation?.thread === undefined ? "" : `<thread>${escapeText(legalText(relation.thread))}</thread>`;
  if (relation?.call !== undefined) return callPart(relation.call);
  const said = relation?.forwarded && entry.bytes === undefined ? forwardedPart(entry, relation.forwarded) : "";
  if (target === undefined) return `${bodyMark}${thread}${said}${asks}`;
  const room = kindOf(conversation) === "room";
  switch (kind) {
    case "edit": // XEP-0308 §3: by the stanza's id, in rooms too
      return `${bodyMark}<replace xmlns="${ns.correct}"${attribute("id", stanzaIdOf(target))}/>`;
    case "retraction":
      return retraction(room ? target.mid : stanzaIdOf(target));
    case "reaction":
      return reaction(room ? target.mid : stanzaIdOf(target), relation?.emojis ?? []);
    default: {
      const to = room ? undefined : target.author;
      const id = room ? target.mid : stanzaIdOf(target);
      return `${bodyMark}${thread}<reply xmlns="${ns.reply}"${attribute("to", to)}${attribute("id", id)}/>${asks}`;
    }
  }
}

/** XEP-0424 §5: what stands in the place of a message that is gone. */
export function tombstone({ at, mid }: Retracted, moderated = ""): string {
  const attributes = `${attribute("stamp", stamp(at))}${attribute("id", mid)}`;
  const head = `<retracted xmlns="${ns.retract}"${attributes}`;
  return moderated === "" ? `${head}/>` : `${head}>${moderated}</retracted>`;
}

/** How XMPP's clients call the target: by its stanza's id, which is ours where it came on another road. */
export function stanzaIdOf({ id, mid }: Target): string {
  return id ?? mid;
}

/** XEP-0424 §3, with the text for clients that do not know it (XEP-0428). */
function retraction(id: string): string {
  return (
    `<retract xmlns="${ns.retract}"${attribute("id", id)}/><fallback xmlns="${ns.fallback}" for="${ns.retract}"/>` +
    `<body>/me retracted an earlier message, which this client cannot show.</body>${store}`
  );
}

/** XEP-0444 §3. */
function reaction(id: string, emojis: readonly string[]): string {
  const each = emojis.map((emoji) => `<reaction>${escapeText(legalText(emoji))}</reaction>`).join("");
  return `<reactions xmlns="${ns.reactions}"${attribute("id", id)}>${each}</reactions>${store}`;
}
