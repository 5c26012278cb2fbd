// The words of a text, as search compares them: the same in every store, whatever its own ideas of language.

const longest = 64;
const most = 2000;
const ascii = /^[\u0000-\u007f]*$/;
const asciiWord = /[a-z0-9]+/g;
/** Scripts that write words without spaces: each of their characters is a word. */
const unspaced = ["Han", "Hiragana", "Katakana", "Thai", "Lao", "Khmer"].map((name) => `\\p{scx=${name}}`).join("");
const letter = "[\\p{L}\\p{N}]";
const word = new RegExp(`(?=${letter})[${unspaced}]|(?:(?![${unspaced}])${letter})+`, "gu");

/**
 * The text's distinct words: runs of letters and digits, without case and accents (NFKD), at most 64 units of each and
 * 2,000 of them.
 */
export function wordsOf(text: string): string[] {
  const all = found(text);
  return all.length < 2 ? all : [...new Set(all)].slice(0, most);
}

/** What a searcher typed, as words; one that is followed by `*` stands for all that begin so, and keeps it. */
export function queryOf(text: string): string[] {
  const asked = text.split(/\s+/).flatMap((piece) => {
    const words = found(piece);
    if (piece.endsWith("*") && words.length > 0) words.push(`${words.pop()!}*`);
    return words;
  });
  return [...new Set(asked)];
}

/** Whether the text holds all that was asked for. */
export function holds(text: string, query: readonly string[]): boolean {
  const words = wordsOf(text);
  return query.every((asked) => {
    if (!asked.endsWith("*")) return words.includes(asked);
    const start = asked.slice(0, -1);
    return words.some((one) => one.startsWith(start));
  });
}

function found(text: string): string[] {
  if (ascii.test(text)) return (text.toLowerCase().match(asciiWord) ?? []).map(cut);
  // Marks are what is left of an accent, and no letters.
  const bare = text
    .normalize("NFKD")
    .replace(/\p{M}+/gu, "")
    .toLowerCase()
    .normalize("NFKD")
    .replace(/\p{M}+/gu, "");
  return (bare.match(word) ?? []).map(cut);
}

function cut(one: string): string {
  return one.length <= longest ? one : one.slice(0, longest).replace(/[\ud800-\udbff]$/, "");
}
