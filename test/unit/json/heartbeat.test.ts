import assert from "node:assert/strict";
import { Heartbeat } from "../../../protocols/json/heartbeat.ts";
import { Time } from "./fakes.ts";

describe("the heartbeat", () => {
  it("beats after silence, and again when the beat was answered", () => {
    const { time, heartbeat, said } = beating();

    time.pass(25_000);
    time.pass(3_000);
    heartbeat.heard();
    time.pass(24_999);
    const before = [...said];
    time.pass(5_001);

    assert.deepEqual(before, ["beat"]);
    assert.deepEqual(said, ["beat", "beat"]);
  });

  it("does not beat while something is heard", () => {
    const { time, heartbeat, said } = beating();

    for (let i = 0; i < 20; i++) {
      time.pass(10_000);
      heartbeat.heard();
    }

    assert.deepEqual(said, []);
  });

  it("gives up on a client that does not answer within 8 s", () => {
    const { time, said } = beating();

    time.pass(32_999);
    const before = [...said];
    time.pass(1);

    assert.deepEqual(before, ["beat"]);
    assert.deepEqual(said, ["beat", "timeout"]);
  });

  it("holds no silence against a client whose socket it does not read", () => {
    const { time, said } = beating(() => true);

    time.pass(1_000_000);

    assert.deepEqual(said, []);
  });
});

function beating(deaf = () => false) {
  const time = new Time();
  const said: string[] = [];
  const heartbeat = new Heartbeat(
    time,
    { heartbeatMs: 25_000, beatAnswerMs: 8_000 },
    { beat: () => said.push("beat"), silent: (fault) => said.push(fault.code), deaf },
  );
  heartbeat.start();
  return { time, heartbeat, said };
}
