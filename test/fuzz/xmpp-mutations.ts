// Ways in which a valid element goes wrong. Where it is certain what a server must say to it, that is said.
import type { Random } from "./random.ts";

export interface XmlMutant {
  readonly bytes: Buffer;
  /** The stream error that these bytes must end with, when they are read whole; undefined: whatever is right. */
  readonly refusal?: string | undefined;
}

type Mutation = (xml: string, random: Random, other: string) => XmlMutant | undefined;

/** An element of the corpus, spoilt, or (one in ten) as it was. */
export function mutateXml(random: Random, pool: readonly string[]): XmlMutant {
  const xml = random.pick(pool);
  if (random.once(10)) return { bytes: Buffer.from(xml) };
  for (;;) {
    const mutant = random.pick(mutations)(xml, random, random.pick(pool));
    if (mutant !== undefined) return mutant;
  }
}

/** Well-formed, and another than it was: what gets past a parser. */
export function reword(random: Random, pool: readonly string[]): XmlMutant {
  let xml = random.pick(pool);
  for (let left = 1 + random.below(3); left > 0; left--) xml = random.pick(rewordings)(xml, random, random.pick(pool));
  return { bytes: Buffer.from(xml) };
}

const values: readonly string[] = [
  "", " ", "0", "-1", "1.5", "4294967295", "4294967296", "9007199254740993", "NaN", "true", "x".repeat(1100), "é\u0301",
  "\u{1f600}", "\u202e", "\ufeff", "&#x9;", "&#10;", "a@b@c/d", "@localhost", "localhost", "alice@localhost",
  "bob@localhost/x", "rooms.localhost", "den@rooms.localhost/nick", "pubsub.localhost", "upload.localhost",
  "elsewhere.example", "a@elsewhere.example", "\u{ff41}lice@localhost", "..", "../../etc", "%00", "$SYS/#", "chat/room/den",
  "error", "result", "get", "set", "groupchat", "chat", "normal", "headline", "unavailable", "subscribe", "probe", "__proto__",
  "constructor", "toString", "hasOwnProperty", "2020-13-45T99:99:99Z", "1e308", "jabber:client", "urn:x", "q",
]; // prettier-ignore

const attributePattern = / ([\w:-]+)="([^"]*)"/g;
const textPattern = />([^<]+)</g;
const leafPattern = /<[\w:-]+(?: [\w:-]+="[^"]*")*\/>/g;

const rewordings: readonly ((xml: string, random: Random, other: string) => string)[] = [
  (xml, random) => replaceOne(xml, attributePattern, random, (name) => ` ${name}="${random.pick(values)}"`),
  (xml, random) => replaceOne(xml, attributePattern, random, (name) => ` ${name}="${random.pick(values)}"`),
  (xml, random) => replaceOne(xml, attributePattern, random, () => ""),
  (xml, random) => replaceOne(xml, attributePattern, random, (_, value) => ` ${random.pick(["id", "to", "from", "type", "node", "jid", "h"])}x="${value}"`),
  (xml, random) => replaceOne(xml, textPattern, random, () => `>${random.pick(values)}<`),
  (xml, random) => replaceOne(xml, textPattern, random, (text) => `><![CDATA[${text}]]><`),
  (xml, random, other) => replaceOne(xml, textPattern, random, () => `>${other}<`),
  (xml, random, other) => replaceOne(xml, leafPattern, random, () => other),
  (xml, random) => replaceOne(xml, leafPattern, random, () => ""),
  (xml, random) => xml.replace(new RegExp(`(</?)${random.pick(names(xml))}(?=[ />])`, "g"), `$1${random.pick(["message", "iq", "item", "x", "query", "error", "body", "a", "stream:error", "p:q"])}`),
  (xml, _, other) => xml.replace(/(<[^>]*[^/>]>)/, `$1${other}`),
  (xml, random) => xml.replace(/ /, ` xmlns:p="urn:${random.below(3)}" p:${random.pick(["to", "type"])}="${random.pick(values)}" `),
]; // prettier-ignore

const mutations: readonly Mutation[] = [
  (xml, random) => reword(random, [xml]),
  (xml, random) => reword(random, [xml]),
  flipped,
  flipped,
  noise,
  (xml, random) => ({ bytes: Buffer.from(xml).subarray(0, random.below(Buffer.byteLength(xml))) }),
  removed,
  doubled,
  spliced,
  (xml, random) => within(xml, random, "<!-- c -->", "restricted-xml"),
  (xml, random) => within(xml, random, "<?pi x?>", "restricted-xml"),
  (xml, random) => within(xml, random, "<!DOCTYPE a>", "restricted-xml"),
  (xml, random) => within(xml, random, "&nbsp;", "not-well-formed"),
  (xml, random) => within(xml, random, "&#0;", "not-well-formed"),
  (xml, random) => within(xml, random, "]]>", "not-well-formed"),
  (xml, random) => within(xml, random, String.fromCharCode(random.below(9)), "not-well-formed"),
  (xml, random) => within(xml, random, "<u:v/>", "not-well-formed"),
  (xml, random) => within(xml, random, "<v a='1' a='2'/>", "not-well-formed"),
  (xml, random) => within(xml, random, "<v a=1/>", "not-well-formed"),
  (xml, random) => within(xml, random, "<v xmlns:xml='urn:x'/>", "not-well-formed"),
  (xml, random) => within(xml, random, "<v></w>", "not-well-formed"),
  (xml, random) => within(xml, random, `${"<d>".repeat(70)}${"</d>".repeat(70)}`, "policy-violation"),
  (xml, random) => within(xml, random, `<v${Array.from({ length: 140 }, (_, n) => ` a${n}=""`).join("")}/>`, "policy-violation"),
  (xml, random) => within(xml, random, `<v${Array.from({ length: 40 }, (_, n) => ` xmlns:n${n}="urn:${n}"`).join("")}/>`, "policy-violation"),
  (xml, random) => (random.once(50) ? within(xml, random, "x".repeat(270_000), "policy-violation") : undefined),
]; // prettier-ignore

function flipped(xml: string, random: Random): XmlMutant {
  const bytes = Buffer.from(xml);
  for (let left = 1 + random.below(3); left > 0; left--) {
    const bit = random.below(bytes.length * 8);
    bytes[bit >> 3]! ^= 1 << (bit & 7);
  }
  return { bytes };
}

function noise(xml: string, random: Random): XmlMutant {
  const bytes = Buffer.from(xml);
  const at = random.below(bytes.length + 1);
  const put = random.once(2) ? random.bytes(1 + random.below(6)) : Buffer.from(random.pick(["<", ">", "&", "'", '"', "/", "=", "\u0000", "<!", "</", "xmlns=''"])); // prettier-ignore
  return { bytes: Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at)]) };
}

function removed(xml: string, random: Random): XmlMutant {
  const bytes = Buffer.from(xml);
  const from = random.below(bytes.length);
  return { bytes: Buffer.concat([bytes.subarray(0, from), bytes.subarray(from + 1 + random.below(12))]) };
}

function doubled(xml: string, random: Random): XmlMutant {
  const bytes = Buffer.from(xml);
  const from = random.below(bytes.length);
  const to = from + 1 + random.below(40);
  return { bytes: Buffer.concat([bytes.subarray(0, to), bytes.subarray(from)]) };
}

function spliced(xml: string, random: Random, other: string): XmlMutant {
  const [one, two] = [Buffer.from(xml), Buffer.from(other)];
  return {
    bytes: Buffer.concat([one.subarray(0, random.below(one.length + 1)), two.subarray(random.below(two.length + 1))]),
  };
}

/** Right behind one of its start tags. */
function within(xml: string, random: Random, what: string, refusal: string): XmlMutant | undefined {
  const ends = [...xml.matchAll(/<[\w:-]+(?: [\w:-]+="[^"]*")*>/g)].map(({ index, 0: tag }) => index + tag.length);
  if (ends.length === 0) return undefined;
  const at = random.pick(ends);
  return { bytes: Buffer.from(`${xml.slice(0, at)}${what}${xml.slice(at)}`), refusal };
}

function replaceOne(
  xml: string,
  pattern: RegExp,
  random: Random,
  by: (first: string, second: string) => string,
): string {
  const found = [...xml.matchAll(pattern)];
  if (found.length === 0) return xml;
  const { index, 0: whole, 1: first = "", 2: second = "" } = random.pick(found);
  return `${xml.slice(0, index)}${by(first, second)}${xml.slice(index + whole.length)}`;
}

function names(xml: string): readonly string[] {
  return [...xml.matchAll(/<([\w:-]+)/g)].map(([, name]) => name!);
}
