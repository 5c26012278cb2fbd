// npm run conformance -- --target mqtt://127.0.0.1:1883 --user romeo --password secret
import { parseArgs } from "node:util";
import { judgedBeside } from "./beside.ts";
import { judging } from "./judging.ts";
import { writeReport } from "./report.ts";
import { tryUpTo, verdicts } from "./requirement.ts";
import { suites, type Suite } from "./suites.ts";
import { judge, transports, type Ability, type Target, type Transport } from "./target.ts";
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
  --over     of XMPP, only over this: ${transports.join(", ")}
  --brief    of what is common to all transports, over BOSH only a part
  --grep     only checks whose title matches
  --tries    how often in all to try what fails and is no known deviation (1; 2 for a report)
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
    over: { type: "string", multiple: true },
    brief: { type: "boolean" },
    grep: { type: "string" },
    tries: { type: "string" },
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
  judge(target, values.over as Transport[] | undefined);
  console.log(`Judging ${target.name}${target.version === undefined ? "" : ` ${target.version}`}`);
  const { grep } = values;
  tryUpTo(Number(values.tries ?? (values.report === undefined ? 1 : 2)));
  const chosen = (values.suite ?? Object.keys(suites)) as Suite[];
  const failures = await judging(target, {
    suites: chosen,
    grep,
    list: values.list === true,
    brief: values.brief === true,
  });
  await started?.stop();
  if (values.report !== undefined) {
    const peers = await judgedBeside(values.beside ?? [], chosen, grep);
    const { name, version } = target;
    await writeReport(values.report, { server: { name, version, verdicts }, peers, date: new Date() });
  }
  process.exitCode = failures > 0 ? 1 : 0;
  // Whatever a check left open must not keep us.
  setTimeout(() => process.exit(), 5_000).unref();
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
