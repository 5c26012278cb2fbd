// Runs suites against the server that was chosen, and says what came of it.
import Mocha from "mocha";
import { keyOf, verdicts, type Verdict } from "./requirement.ts";
import { modulesOf, overBoshInBrief, type Suite } from "./suites.ts";
import type { Target } from "./target.ts";

export interface Judging {
  readonly suites: readonly Suite[];
  readonly grep: string | undefined;
  /** Ends with one line of JSON for each check. */
  readonly list: boolean;
  /** Over BOSH only checks of what is likely to differ there. */
  readonly brief: boolean;
}

/** How many checks failed. */
export async function judging(target: Target, { suites, grep, list, brief }: Judging): Promise<number> {
  // Each check bounds its own time.
  const mocha = new Mocha({ timeout: 0, reporter: "spec", ...(grep === undefined ? {} : { grep }) });
  for (const file of modulesOf(suites)) mocha.addFile(new URL(file, import.meta.url).pathname);
  await mocha.loadFilesAsync();
  if (brief) shorten(mocha.suite);
  const failures = await new Promise<number>((resolve) => mocha.run(resolve));
  for (const verdict of verdicts.filter(() => list)) {
    const { suite, quote, outcome, reason } = verdict;
    console.log(JSON.stringify({ suite, key: keyOf(verdict), quote, outcome, reason }));
  }
  conclude(target);
  return failures;
}

function shorten(suite: Mocha.Suite): void {
  suite.tests = suite.tests.filter(
    ({ title, file = "" }) =>
      !title.startsWith("[over BOSH]") || overBoshInBrief.some((name) => file.endsWith(`/${name}.js`)),
  );
  suite.suites.forEach(shorten);
}

function conclude(target: Target): void {
  const of = (outcome: Verdict["outcome"]): Verdict[] => verdicts.filter((verdict) => verdict.outcome === outcome);
  for (const verdict of of("deviates"))
    console.log(`known deviation of ${target.name}: ${keyOf(verdict)}: ${verdict.reason}`);
  for (const key of Object.keys(target.deviations ?? {})) {
    const outcomes = verdicts.filter((verdict) => key.endsWith(keyOf(verdict))).map(({ outcome }) => outcome);
    if (outcomes.length > 0 && outcomes.every((outcome) => outcome === "met"))
      console.log(`listed as a deviation of ${target.name}, and met: ${key}`);
  }
  for (const reason of new Set(of("skipped").map((verdict) => verdict.reason)))
    console.log(`skipped, ${of("skipped").filter((verdict) => verdict.reason === reason).length}: ${reason}`);
  console.log(
    `${of("met").length} met, ${of("broken").length} broken, ${of("deviates").length} known deviations, ${of("skipped").length} skipped`,
  );
}
