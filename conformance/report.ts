// Pages of docs/compliance: what was judged, clause by clause, and how it went.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Verdict } from "./requirement.ts";

const words = { met: "met", broken: "**broken**", deviates: "deviates", skipped: "not judged" } as const;

/** One page for each suite, and one that counts them. The same verdicts give the same bytes. */
export async function writeReport(directory: string, server: string, verdicts: readonly Verdict[]): Promise<void> {
  await mkdir(directory, { recursive: true });
  const suites = [...new Set(verdicts.map((verdict) => verdict.suite))];
  const rows: string[] = [];
  for (const suite of suites) {
    const own = verdicts.filter((verdict) => verdict.suite === suite);
    const file = `${suite.toLowerCase().replaceAll(" ", "-")}.md`;
    await writeFile(join(directory, file), page(suite, server, own));
    const count = (outcome: Verdict["outcome"]): number => own.filter((verdict) => verdict.outcome === outcome).length;
    rows.push(`| [${suite}](${file}) | ${own.length} | ${count("met")} | ${count("broken")} | ${count("skipped")} |`);
  }
  await writeFile(join(directory, "README.md"), index(server, rows));
}

function index(server: string, rows: readonly string[]): string {
  return `# Compliance

Each suite of \`conformance/\` judges a server from outside, clause by clause. These pages are what
\`npm run conformance -- --report docs/compliance\` wrote of ${server}. Clauses in brackets are the normative statements of the
OASIS standards; the suites run on other servers, too (\`--target\`, \`--peer\`).

| suite | checks | met | broken | not judged |
|---|---|---|---|---|
${rows.join("\n")}
`;
}

function page(suite: string, server: string, verdicts: readonly Verdict[]): string {
  const rows = verdicts.map(({ clause, about, quote, outcome, reason }) => {
    const why = outcome === "met" ? "" : `: ${firstLine(reason ?? "")}`;
    return `| ${cell(clause)} | ${cell(quote)}${about === undefined ? "" : ` *(${cell(about)})*`} | ${words[outcome]}${cell(why)} |`;
  });
  return `# ${suite}: ${server}

| clause | requirement | |
|---|---|---|
${rows.join("\n")}
`;
}

/** What would end a cell, or be read as a tag or a link, is escaped. */
function cell(text: string): string {
  return text.replace(/[|<>[\]\\*_`#]/g, (char) => `\\${char}`);
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0]!;
}
