// PostgreSQL's text holds every character but U+0000, and JSON no half of a surrogate pair; ours may come with both.

const unusual = /[\u0000\u001a\ud800-\udfff]/;

/** U+0000 as U+001A 0, U+001A (which nobody sends) as U+001A 1; half a pair as U+FFFD, as UTF-8 has it everywhere. */
export function toText(text: string): string {
  if (!unusual.test(text)) return text;
  return Buffer.from(text).toString().replaceAll("\u001a", "\u001a1").replaceAll("\u0000", "\u001a0");
}

export function fromText(text: string): string {
  if (!text.includes("\u001a")) return text;
  return text.replaceAll("\u001a0", "\u0000").replaceAll("\u001a1", "\u001a");
}

/** The value as JSON whose strings are text. Names of fields are ours and need nothing. */
export function toJson(value: unknown): string {
  const json = JSON.stringify(value);
  if (!/\\u(0000|001a|d)/.test(json)) return json;
  return JSON.stringify(value, (_, field: unknown) => (typeof field === "string" ? toText(field) : field));
}
