import assert from "node:assert/strict";
import { sameContent } from "../../../src/store/envelope.ts";

describe("two messages under one origin id", () => {
  it("are the same when body and bytes are, whatever their extensions", () => {
    const bytes = Buffer.from("xx");

    assert.ok(sameContent({ body: "a" }, { body: "a", extensions: { xmpp: "<x/>" } }));
    assert.ok(sameContent({ bytes }, { bytes: new Uint8Array(bytes) }));
    assert.ok(sameContent({ bytes: bytes.subarray(0, 1) }, { bytes: bytes.subarray(1, 2) }));
  });

  it("differ by body, by bytes, and by having none", () => {
    const bytes = Buffer.from("x");

    assert.ok(!sameContent({ body: "a" }, { body: "b" }));
    assert.ok(!sameContent({ body: "" }, {}));
    assert.ok(!sameContent({ bytes }, {}));
    assert.ok(!sameContent({ bytes: Buffer.alloc(0) }, {}));
    assert.ok(!sameContent({ bytes }, { bytes: Buffer.from("y") }));
    assert.ok(!sameContent({ body: "x" }, { bytes }));
  });
});
