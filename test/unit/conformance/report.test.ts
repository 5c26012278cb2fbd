import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeReport, type PeerVerdict } from "../../../conformance/report.ts";
import type { Verdict } from "../../../conformance/requirement.ts";

const verdict = (clause: string, outcome: Verdict["outcome"], reason?: string): Verdict => {
  return { suite: "XMPP over TCP", clause, quote: `a <quote/> of ${clause}`, about: undefined, outcome, reason };
};

const asPeer = ({ suite, clause, quote, outcome, reason }: Verdict): PeerVerdict => {
  return { suite, key: clause, quote, outcome, reason };
};

describe("the pages of a report", () => {
  let directory: string;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "trivium-report-"));
    const peer = [
      verdict("§1", "met"),
      verdict("§2", "broken", "connect ECONNREFUSED 127.0.0.1:4711; also arrived: <a id='x7'/>\nat line 3"),
      verdict("§3", "skipped", "not offered: MAM"),
      verdict(
        "§4",
        "broken",
        "Expected values to be strictly equal:\n+ actual - expected\n\n+ 'forbidden'\n- 'conflict'\n",
      ),
    ];
    await writeReport(directory, {
      server: {
        name: "ours",
        version: "1.0",
        verdicts: ["§1", "§2", "§3", "§4"].map((clause) => verdict(clause, "met")),
      },
      peers: [{ name: "theirs", version: "2.3", verdicts: peer.map(asPeer) }],
      date: new Date("2026-01-02T03:04:05Z"),
    });
  });
  after(() => rm(directory, { recursive: true }));

  it("count what each suite has, and what each server meets of what could be judged", async () => {
    const index = await readFile(join(directory, "README.md"), "utf8");

    assert.match(index, /\| suite \| checks \| ours \| theirs \|/);
    assert.match(index, /\| \[XMPP over TCP\]\(xmpp-over-tcp\.md\) \| 4 \| 4 of 4 \| 1 of 3 \|/);
    assert.match(index, /2026-01-02 of ours 1\.0, theirs 2\.3/);
  });

  it("say of each clause who meets it, and why another does not", async () => {
    const page = await readFile(join(directory, "xmpp-over-tcp.md"), "utf8");

    assert.match(page, /4 checks\. ours: 4 met; theirs: 1 met, 2 not met, 1 not judged\./);
    assert.match(page, /\| §3 \| a \\<quote\/\\> of §3 \| met \| not judged \|/);
    assert.match(page, /- 1: not offered: MAM/);
    assert.match(page, /- §4: \+ 'forbidden' - 'conflict'/);
  });

  it("hold no addresses of a machine, nor what is other in each run", async () => {
    const page = await readFile(join(directory, "xmpp-over-tcp.md"), "utf8");

    assert.match(page, /- §2: connect ECONNREFUSED the server\n/);
    assert.doesNotMatch(page, /4711|x7|line 3/);
  });
});
