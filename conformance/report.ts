// Pages of docs/compliance: what was judged, clause by clause, how it went, and how it went elsewhere.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { keyOf, type Verdict } from "./requirement.ts";

const words = { met: "met", broken: "**broken**", deviates: "deviates", skipped: "not judged" } as const;

/** Of another server, by the same suites. */
export interface PeerVerdict extends Pick<Verdict, "suite" | "quote" | "outcome" | "reason"> {
  readonly key: string;
}

type Beside = ReadonlyMap<string, readonly PeerVerdict[]>;

/** One page for each suite, and one that counts them. The same verdicts give the same bytes. */
export async function writeReport(
  directory: string,
  server: string,
  verdicts: readonly Verdict[],
  beside: Beside = new Map(),
): Promise<void> {
  await mkdir(directory, { recursive: true });
  const suites = [...new Set(verdicts.map((verdict) => verdict.suite))];
  const rows: string[] = [];
  for (const suite of suites) {
    const own = verdicts.filter((verdict) => verdict.suite === suite);
    const file = `${suite.toLowerCase().replaceAll(" ", "-")}.md`;
    const peers = judging(suite, beside);
    await writeFile(join(directory, file), page(suite, server, own, peers));
    rows.push(row(`[${suite}](${file})`, server, own));
    for (const [peer, found] of peers) rows.push(row("", peer, found));
  }
  await writeFile(join(directory, "README.md"), index(server, rows));
}

/** Peers of which this suite could judge anything. */
function judging(suite: string, beside: Beside): Beside {
  const found = [...beside].map(([peer, all]) => [peer, all.filter((verdict) => verdict.suite === suite)] as const);
  return new Map(found.filter(([, own]) => own.some((verdict) => verdict.outcome !== "skipped")));
}

function row(title: string, server: string, found: readonly Pick<Verdict, "outcome">[]): string {
  const count = (outcome: Verdict["outcome"]): number => found.filter((verdict) => verdict.outcome === outcome).length;
  const judged = `${count("met")} | ${count("broken") + count("deviates")} | ${count("skipped")}`;
  return `| ${title} | ${server} | ${found.length} | ${judged} |`;
}

function index(server: string, rows: readonly string[]): string {
  return `# Compliance

What is spoken of XMPP, by specification: [xmpp-specifications.md](xmpp-specifications.md).

Each suite of \`conformance/\` judges a server from outside, clause by clause. These pages are what
\`npm run conformance -- --report docs/compliance --beside …\` wrote of ${server}, and of others beside it. Clauses in
brackets are the normative statements of the OASIS standards; the suites run on any server (\`--target\`, \`--peer\`).

Not judged is what a server does not offer, or what needs another to say so. aedes speaks no MQTT 5.0 in its stable release.

| suite | server | checks | met | not met | not judged |
|---|---|---|---|---|---|
${rows.join("\n")}
`;
}

function page(suite: string, server: string, verdicts: readonly Verdict[], peers: Beside): string {
  const names = [...peers.keys()];
  const rows = verdicts.map((verdict) => {
    const { clause, about, quote, outcome, reason } = verdict;
    const why = outcome === "met" ? "" : `: ${firstLine(reason ?? "")}`;
    const others = names.map((name) => {
      const found = peers.get(name)!.find((other) => other.key === keyOf(verdict) && other.quote === quote);
      return found === undefined ? "" : words[found.outcome];
    });
    const what = `${cell(quote)}${about === undefined ? "" : ` *(${cell(about)})*`}`;
    return `| ${[cell(clause), what, `${words[outcome]}${cell(why)}`, ...others].join(" | ")} |`;
  });
  return `# ${suite}: ${[server, ...names].join(", ")}

| clause | requirement | ${[server, ...names].join(" | ")} |
|---|---|---|${names.map(() => "---|").join("")}
${rows.join("\n")}
${deviations(peers)}`;
}

/** Of peers, why each clause is not met. */
function deviations(peers: Beside): string {
  const sections = [...peers].map(([peer, found]) => {
    const lines = found
      .filter(({ outcome }) => outcome === "broken" || outcome === "deviates")
      .map(({ key, reason }) => `- ${cell(key)}: ${cell(firstLine(reason ?? ""))}`);
    return lines.length === 0 ? "" : `\n## What ${peer} does otherwise\n\n${lines.join("\n")}\n`;
  });
  return sections.join("");
}

/** What would end a cell, or be read as a tag or a link, is escaped. */
function cell(text: string): string {
  return text.replace(/[|<>[\]\\*_`#]/g, (char) => `\\${char}`);
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0]!;
}
