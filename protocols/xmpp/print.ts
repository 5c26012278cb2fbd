// XML text, escaped. Stanzas are printed as strings: an element tree is only for what came in.

const special = /[&<>"'\t\n\r]/;
const specials = /[&<>"'\t\n\r]/g;
const textSpecial = /[&<>\r]/;
const textSpecials = /[&<>\r]/g;
// Not a Char of XML 1.0 (§2.2): what other protocols may say and XML cannot.
const illegal = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/u;
const illegals = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu;

const escapes: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
  // As they are, a parser would normalise these (XML 1.0 §2.11, §3.3.3).
  "\t": "&#x9;",
  "\n": "&#xA;",
  "\r": "&#xD;",
};

/** For an attribute's value. */
export function escapeAttribute(value: string): string {
  return special.test(value) ? value.replace(specials, escapeOne) : value;
}

/** For text between tags. */
export function escapeText(text: string): string {
  return textSpecial.test(text) ? text.replace(textSpecials, escapeOne) : text;
}

/** The text with what XML cannot say (control characters, lone surrogates) replaced by U+FFFD. */
export function legalText(text: string): string {
  return illegal.test(text) ? text.replace(illegals, "\ufffd") : text;
}

/** ` name="value"`, or nothing for an undefined or empty value. */
export function attribute(name: string, value: string | undefined): string {
  return value === undefined || value === "" ? "" : ` ${name}="${escapeAttribute(value)}"`;
}

function escapeOne(character: string): string {
  return escapes[character]!;
}

/** XEP-0082. */
export function stamp(at: number): string {
  return new Date(at).toISOString();
}
