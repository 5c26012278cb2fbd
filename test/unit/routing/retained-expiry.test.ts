import assert from "node:assert/strict";
import { Retained } from "../../../src/routing/retained.ts";
import { alice } from "./two-nodes.ts";

describe("retained messages that expire", () => {
  it("are forgotten when their time has come, each at its own", () => {
    const retained = new Retained({ messages: 10, bytes: 1000 });
    for (const [topic, expiresAt] of [
      ["a", 100],
      ["b/c", 200],
      ["b", undefined],
    ] as const)
      retained.set({
        type: "publication",
        host: "h",
        topic,
        payload: Buffer.from("x"),
        qos: 0,
        retain: true,
        author: alice,
        device: "d" as never,
        at: 0,
        expiresAt,
      });
    const left = (now: number): string[] => {
      retained.sweep(now);
      return [...retained.walk("#")].map(({ topic }) => topic).sort();
    };

    assert.deepEqual(
      [left(99), left(100), left(199), left(200)],
      [["a", "b", "b/c"], ["b", "b/c"], ["b", "b/c"], ["b"]],
    );
    assert.deepEqual([retained.size, retained.bytes], [1, 1]);
  });
});
