// PRECIS (RFC 8264): names that look alike to the eye of a user are one name, and what deceives it is no name.

const plainIdentifier = /^[\x21-\x7e]+$/;
/** Not in a localpart, whatever its class (RFC 7622 §3.3.1). */
const excluded = /["&'/:<>@]/;
const plainFreeform = /^[\x20-\x7e]+$/;

// IdentifierClass (RFC 8264 §4.2): letters, digits and marks; ASCII as it is.
const identifier =
  /^[\x21-\x7e\p{Ll}\p{Lu}\p{Lo}\p{Nd}\p{Lm}\p{Mn}\p{Mc}\u30fb\u00b7\u0375\u05f3\u05f4\u06fd\u06fe\u0f0b]+$/u;
/** RFC 8264 §9.6 by way of RFC 5892 §2.6, and §9.9 (old Hangul jamo). */
const disallowed = /[\u0640\u07fa\u302e\u302f\u3031-\u3035\u303b\u1100-\u11ff\ua960-\ua97c\ud7b0-\ud7fb]/u;
const ignorable = /\p{Default_Ignorable_Code_Point}|\p{Noncharacter_Code_Point}/u;
/** FreeformClass (RFC 8264 §4.3) leaves these out. */
const notFreeform = /[\p{Cc}\p{Cn}\p{Cs}\p{Co}]|\p{Default_Ignorable_Code_Point}|\p{Noncharacter_Code_Point}/u;
/** Emoji are spelled with a variation selector and joiners; nicknames are full of them. */
const emojiGlue = /(\p{Extended_Pictographic})[\ufe0f\u200d]+/gu;

const wide = /[\uff01-\uffee\u3000]/gu;
const rightToLeft = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;
const otherSpaces = /\p{Zs}/gu;
const maxName = 255;
const maxBytes = 1023; // RFC 7622 §3.3–3.4, each part

/** UsernameCaseMapped (RFC 8265 §3.3): an account's or a room's name as it is compared; undefined when it is none. */
export function usernameCaseMapped(text: string): string | undefined {
  if (text.length > maxBytes) return undefined;
  if (plainIdentifier.test(text)) return excluded.test(text) ? undefined : text.toLowerCase();
  const mapped = text
    .replace(wide, (character) => character.normalize("NFKC"))
    .toLowerCase()
    .normalize("NFC");
  const right =
    identifier.test(mapped) &&
    !excluded.test(mapped) &&
    !disallowed.test(mapped) &&
    !ignorable.test(mapped) &&
    mapped.normalize("NFKC") === mapped && // HasCompat, RFC 8264 §9.17
    contextHolds(mapped) &&
    directionHolds(mapped) &&
    Buffer.byteLength(mapped) <= maxBytes;
  return right ? mapped : undefined;
}

/** The name of an account or a room here: as above, without the wildcards of topics, since names stand in topics. */
export function preparedName(text: string): string | undefined {
  const name = usernameCaseMapped(text);
  return name === undefined || name === "" || name.length > maxName || /[+#]/.test(name) ? undefined : name;
}

/** OpaqueString (RFC 8265 §4.2), for resources and nicknames: case and width matter; undefined when it is none. */
export function opaqueString(text: string): string | undefined {
  if (text.length === 0 || text.length > maxBytes) return undefined;
  if (plainFreeform.test(text)) return text;
  const mapped = text.replace(otherSpaces, " ").normalize("NFC");
  if (notFreeform.test(mapped.replace(emojiGlue, "$1"))) return undefined;
  return Buffer.byteLength(mapped) <= maxBytes ? mapped : undefined;
}

/** A password (RFC 8265 §4.2): the same form on every keyboard. */
export function preparedPassword(text: string): string {
  return plainFreeform.test(text) ? text : text.replace(otherSpaces, " ").normalize("NFC");
}

/** RFC 5892 appendix A: characters that are right only beside certain others. */
function contextHolds(text: string): boolean {
  if (/\u00b7/.test(text) && /(?<!l)\u00b7|\u00b7(?!l)/.test(text)) return false; // A.3 middle dot
  if (/\u0375(?!\p{Script=Greek})/u.test(text)) return false; // A.4 keraia
  if (/(?<!\p{Script=Hebrew})[\u05f3\u05f4]/u.test(text)) return false; // A.5, A.6
  if (
    /\u30fb/.test(text) &&
    !/[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}]/u.test(text.replaceAll("\u30fb", ""))
  )
    return false; // A.7
  return !(/[\u0660-\u0669]/.test(text) && /[\u06f0-\u06f9]/.test(text)); // A.8, A.9
}

/** The Bidi Rule (RFC 5893 §2), strictly: a name that has right-to-left letters has no others, and begins with one. */
function directionHolds(text: string): boolean {
  if (!rightToLeft.test(text)) return true;
  const letters = [...text].filter((character) => /\p{L}/u.test(character));
  return (
    rightToLeft.test([...text][0]!) &&
    letters.every((letter) => rightToLeft.test(letter)) &&
    !/[\x21-\x2f\x3a-\x40]$/.test(text)
  );
}
