// npm run conformance -- --target mqtt://127.0.0.1:1883 --user romeo --password secret
import Mocha from "mocha";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { writeReport, type PeerVerdict } from "./report.ts";
import { keyOf, verdicts } from "./requirement.ts";
import { modulesOf, suites, type Suite } from "./suites.ts";
import { judge, type Ability, type Target } from "./target.ts";
import { peers } from "./targets/index.ts";
import { targetOf } from "./targets/address.ts";
import type { Started } from "./targets/started.ts";

const usage = `npm run conformance -- [--target URL]… [--user NAME --password SECRET]… [--able ABILITY]… [--peer NAME] [--suite NAME]…

  --target   mqtt://host:port, mqtt+ws://host:port/path, xmpp+ws://host:port/path, xmpp://host:port, xmpps://host:port,
             http://host:port/path (BOSH), json+ws://host:port/path; one for each protocol. None: our own server is started on spare ports.
  --user     an account, with a --password after it; three for every check, none where anybody may log in
  --domain   the XMPP domain (localhost)
  --able     what the server has beyond the standards' musts: accounts, muc, sm, carbons, …
  --peer     start this server and judge it: ${Object.keys(peers).join(", ")}
  --component  URL,DOMAIN,SECRET: where an external component of that domain may connect (XEP-0114)
  --suite    only this one: ${Object.keys(suites).join(", ")}
  --grep     only checks whose title matches
  --list     at the end, one line of JSON for each check
  --report   write a page for each suite into this directory
  --beside   with --report: judge this peer, too, and show it beside`;

const { values } = parseArgs({
  options: {
    target: { type: "string", multiple: true },
    user: { type: "string", multiple: true },
    password: { type: "string", multiple: true },
    domain: { type: "string" },
    able: { type: "string", multiple: true },
    component: { type: "string" },
    peer: { type: "string" },
    suite: { type: "string", multiple: true },
    grep: { type: "string" },
    list: { type: "boolean" },
    report: { type: "string" },
    beside: { type: "string", multiple: true },
    help: { type: "boolean" },
  },
});

if (values.help === true) {
  console.log(usage);
} else {
  const started = await start();
  const target = started?.target ?? external();
  judge(target);
  console.log(`Judging ${target.name}`);
  const failures = await runSuites(target);
  await started?.stop();
  if (values.report !== undefined) {
    const beside = new Map<string, readonly PeerVerdict[]>();
    for (const peer of values.beside ?? []) beside.set(peer, await judgedBeside(peer));
    await writeReport(values.report, target.name, verdicts, beside);
  }
  process.exitCode = failures > 0 ? 1 : 0;
}

/** Another server, judged by the same suites in a process of its own. */
async function judgedBeside(peer: string): Promise<readonly PeerVerdict[]> {
  console.log(`Judging ${peer} to compare`);
  const suites = (values.suite ?? []).flatMap((suite) => ["--suite", suite]);
  if (values.grep !== undefined) suites.push("--grep", values.grep);
  const child = spawn(process.execPath, [process.argv[1]!, "--peer", peer, "--list", ...suites], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const found: PeerVerdict[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => {
    if (line.startsWith('{"suite":')) found.push(JSON.parse(line) as PeerVerdict);
  });
  await once(child, "close"); // with 1 when it broke anything, which is what is asked
  if (found.length === 0) throw new Error(`${peer} could not be judged`);
  return found;
}

async function start(): Promise<Started | undefined> {
  if (values.target !== undefined) return undefined;
  const name = values.peer ?? "trivium";
  const starter = peers[name];
  if (starter === undefined) throw new Error(`no peer ${name}; there are ${Object.keys(peers).join(", ")}`);
  return starter();
}

function external(): Target {
  const logins = (values.user ?? []).map((user, index) => ({ user, password: values.password?.[index] ?? "" }));
  const [url = "", domain = "", ...secret] = values.component?.split(",") ?? [];
  const target = targetOf(values.target!, {
    logins,
    domain: values.domain ?? "localhost",
    abilities: new Set((values.able ?? []) as Ability[]),
  });
  return url === "" ? target : { ...target, component: { url, domain, secret: secret.join(",") } };
}

async function runSuites(target: Target): Promise<number> {
  const mocha = new Mocha({
    timeout: 20_000,
    reporter: "spec",
    ...(values.grep === undefined ? {} : { grep: values.grep }),
  });
  const chosen = (values.suite ?? Object.keys(suites)) as Suite[];
  for (const file of modulesOf(chosen)) mocha.addFile(new URL(file, import.meta.url).pathname);
  await mocha.loadFilesAsync();
  const failures = await new Promise<number>((resolve) => mocha.run(resolve));
  for (const verdict of verdicts.filter(() => values.list === true)) {
    const { suite, quote, outcome, reason } = verdict;
    console.log(JSON.stringify({ suite, key: keyOf(verdict), quote, outcome, reason }));
  }
  for (const { outcome, clause, about, reason } of verdicts) {
    if (outcome === "deviates")
      console.log(`known deviation of ${target.name}: ${keyOf({ clause, about })}: ${reason}`);
  }
  for (const reason of new Set(
    verdicts.filter((verdict) => verdict.outcome === "skipped").map((verdict) => verdict.reason),
  )) {
    console.log(`skipped, ${verdicts.filter((verdict) => verdict.reason === reason).length}: ${reason}`);
  }
  const count = (outcome: string): number => verdicts.filter((verdict) => verdict.outcome === outcome).length;
  console.log(
    `${count("met")} met, ${count("broken")} broken, ${count("deviates")} known deviations, ${count("skipped")} skipped`,
  );
  return failures;
}
