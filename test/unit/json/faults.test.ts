import assert from "node:assert/strict";
import { Fault, faultCodes } from "#core";
import { closeCode, errorLine, errors, Refusal, wordFor } from "../../../protocols/json/faults.ts";

describe("faults in the JSON dialect", () => {
  it("have a word and a close code each, whatever the core throws", () => {
    for (const code of faultCodes) {
      const fault = new Fault(code, "for the log");

      assert.ok(wordFor(fault) in errors, code);
      // RFC 6455 §7.4.2: 4000–4999 are ours; 1009 means what it means there.
      assert.ok(closeCode(fault) === 1009 || (closeCode(fault) >= 4000 && closeCode(fault) < 5000), code);
    }
  });

  it("do not show a client what the core wrote for the log", () => {
    const line = errorLine(1, new Fault("forbidden", "alice@localhost is banned by bob@localhost"), "/errors#");

    assert.ok(!line.includes("bob"));
  });

  it("show a refusal's own words", () => {
    const line = errorLine("x", new Refusal("bad-request", "s: expected int", { word: "bad_json" }), "/errors#");

    assert.deepEqual(JSON.parse(line), {
      re: "x",
      error: { code: "bad_json", message: "s: expected int", retryable: false, href: "/errors#bad_json" },
    });
  });
});
