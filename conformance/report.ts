// Pages of docs/compliance: what was judged, clause by clause, how it went, and how it went elsewhere.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { keyOf, type Verdict } from "./requirement.ts";

const words = { met: "met", broken: "**broken**", deviates: "deviates", skipped: "not judged" } as const;

/** What a page says of a check. */
export interface PeerVerdict extends Pick<Verdict, "suite" | "quote" | "outcome" | "reason"> {
  readonly key: string;
}

/** A server, and what came of each check. */
export interface Judged {
  readonly name: string;
  readonly version: string | undefined;
  readonly verdicts: readonly PeerVerdict[];
}

export interface Report {
  readonly server: Omit<Judged, "verdicts"> & { readonly verdicts: readonly Verdict[] };
  readonly peers: readonly Judged[];
  readonly date: Date;
}

/** One page for each suite, and one that counts them. The same report gives the same bytes. */
export async function writeReport(directory: string, { server, peers, date }: Report): Promise<void> {
  await mkdir(directory, { recursive: true });
  const rows: string[] = [];
  for (const suite of new Set(server.verdicts.map((verdict) => verdict.suite))) {
    const own = server.verdicts.filter((verdict) => verdict.suite === suite);
    const file = `${suite.toLowerCase().replaceAll(" ", "-")}.md`;
    const beside = judgedBy(suite, peers);
    await writeFile(join(directory, file), page(suite, { ...server, verdicts: own }, beside));
    const cells = peers.map(({ name }) => met(beside.find((peer) => peer.name === name)?.verdicts ?? []));
    rows.push(`| ${[`[${suite}](${file})`, own.length, met(own), ...cells].join(" | ")} |`);
  }
  await writeFile(join(directory, "README.md"), index([server, ...peers], rows, date));
}

/** Peers of which this suite could judge anything, with their verdicts of it. */
function judgedBy(suite: string, peers: readonly Judged[]): readonly Judged[] {
  return peers
    .map((peer) => ({ ...peer, verdicts: peer.verdicts.filter((verdict) => verdict.suite === suite) }))
    .filter(({ verdicts }) => verdicts.some((verdict) => verdict.outcome !== "skipped"));
}

type Outcomes = readonly Pick<Verdict, "outcome">[];

function count(found: Outcomes, ...outcomes: readonly Verdict["outcome"][]): number {
  return found.filter(({ outcome }) => outcomes.includes(outcome)).length;
}

function met(found: Outcomes): string {
  const judged = found.length - count(found, "skipped");
  return judged === 0 ? "–" : `${count(found, "met")} of ${judged}`;
}

function index(servers: readonly Pick<Judged, "name" | "version">[], rows: readonly string[], date: Date): string {
  const names = servers.map(({ name }) => name);
  const versions = servers.map(({ name, version }) => (version === undefined ? name : `${name} ${version}`));
  return `# Compliance

What is spoken of XMPP, by specification: [xmpp-specifications.md](xmpp-specifications.md).

Each suite of \`conformance/\` judges a server from outside, clause by clause. These pages are what
\`npm run conformance -- --report docs/compliance --beside …\` wrote on ${date.toISOString().slice(0, 10)} of ${versions.join(", ")}.
Clauses in brackets are the normative statements of the OASIS standards; the suites run on any server (\`--target\`, \`--peer\`).

How many checks each suite has, and how many of those that could be judged each server meets. Not judged is what a server does
not offer, or what needs another to say so. What failed and was not known to was tried twice. aedes speaks no MQTT 5.0 in its stable release.

| suite | checks | ${names.join(" | ")} |
|---|---|${names.map(() => "---|").join("")}
${rows.join("\n")}
`;
}

function page(suite: string, server: Report["server"], peers: readonly Judged[]): string {
  const names = [server.name, ...peers.map(({ name }) => name)];
  const rows = server.verdicts.map((verdict) => {
    const { clause, about, quote, outcome, reason } = verdict;
    const why = outcome === "met" ? "" : `: ${short(reason)}`;
    const others = peers.map(({ verdicts }) => {
      const found = verdicts.find((other) => other.key === keyOf(verdict) && other.quote === quote);
      return found === undefined ? "" : words[found.outcome];
    });
    const what = `${cell(quote)}${about === undefined ? "" : ` *(${cell(about)})*`}`;
    return `| ${[cell(clause), what, `${words[outcome]}${cell(why)}`, ...others].join(" | ")} |`;
  });
  return `# ${suite}: ${names.join(", ")}

${server.verdicts.length} checks. ${[server, ...peers].map(counted).join("; ")}.

| clause | requirement | ${names.join(" | ")} |
|---|---|${names.map(() => "---|").join("")}
${rows.join("\n")}
${peers.map(otherwise).join("")}`;
}

function counted({ name, verdicts }: { readonly name: string; readonly verdicts: Outcomes }): string {
  const others = [
    [count(verdicts, "broken", "deviates"), "not met"],
    [count(verdicts, "skipped"), "not judged"],
  ] as const;
  const rest = others.filter(([number]) => number > 0).map(([number, word]) => `${number} ${word}`);
  return `${name}: ${count(verdicts, "met")} met${rest.map((words) => `, ${words}`).join("")}`;
}

/** Of a peer, why each clause is not met, and why others could not be judged. */
function otherwise({ name, verdicts }: Judged): string {
  const unmet = verdicts.filter(({ outcome }) => outcome === "broken" || outcome === "deviates");
  const skipped = verdicts.filter(({ outcome }) => outcome === "skipped");
  const reasons = [...new Set(skipped.map(({ reason }) => short(reason)))];
  const times = (reason: string): number => skipped.filter((verdict) => short(verdict.reason) === reason).length;
  return [
    section(
      `What ${name} does otherwise`,
      unmet.map(({ key, reason }) => `- ${cell(key)}: ${cell(short(reason))}`),
    ),
    section(
      `What was not judged of ${name}`,
      reasons.map((reason) => `- ${times(reason)}: ${cell(reason)}`),
    ),
  ].join("");
}

function section(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? "" : `\n## ${title}\n\n${lines.join("\n")}\n`;
}

/** What would end a cell, or be read as a tag or a link, is escaped. */
function cell(text: string): string {
  return text.replace(/[|<>[\]\\*_`#]/g, (char) => `\\${char}`);
}

/** Of a comparison's text. */
const mostCompared = 120;

/** Its first line, without what else arrived, which is other each time; of a comparison, what was compared. */
function short(text = ""): string {
  const [first = "", ...rest] = text.split("\n");
  const compared = rest.map((line) => line.trim()).filter((line) => line !== "" && line !== "+ actual - expected");
  const says = /^(?:Expected|The expression) .*:$/.test(first) ? compared.join(" ").slice(0, mostCompared) : first;
  return says.split("; also arrived: ", 1)[0]!.replace(/127\.0\.0\.1:\d+/g, "the server");
}
