import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { Fault, type MessageId } from "#core";
import { bytesOfMid } from "../../../../src/store/sqlite/entry-rows.ts";

describe("a message id as bytes", () => {
  it("is the UUID's, however it is written", () => {
    for (let n = 0; n < 100; n++) {
      const mid = randomUUID();
      const bytes = Buffer.from(mid.replaceAll("-", ""), "hex");

      for (const form of [mid, mid.toUpperCase(), mid.replaceAll("-", ""), `${mid.slice(0, 4)}-${mid.slice(4)}`])
        assert.deepEqual(bytesOfMid(form as MessageId), bytes);
    }
  });

  it("is refused when there is anything else in it", () => {
    const mid = randomUUID();
    for (let at = 0; at < mid.length; at++)
      for (const wrong of ["g", " ", "ı", "\uff10", ""])
        if (mid[at] !== "-" || wrong !== "")
          assert.throws(() => bytesOfMid(`${mid.slice(0, at)}${wrong}${mid.slice(at + 1)}` as MessageId), Fault);
  });
});
