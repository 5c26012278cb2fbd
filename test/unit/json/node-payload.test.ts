import assert from "node:assert/strict";
import fc from "fast-check";
import { keptPayload, payloadFields } from "../../../protocols/json/node-payload.ts";

describe("an item's payload", () => {
  it("is the JSON it was, and XML meanwhile", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (payload) => {
        const kept = keptPayload(payload);

        assert.deepEqual(payloadFields(kept), { payload: JSON.parse(JSON.stringify(payload)) });
        assert.match(kept, /^<json xmlns="urn:xmpp:json:0">[^<>\0-\x08\ufffe\uffff]*<\/json>$/);
      }),
    );
  });

  it("is XML where it is no JSON, whatever it says of itself", () => {
    for (const xml of [
      "<list xmlns='eu.siacs'/>",
      '<json xmlns="urn:xmpp:json:0">{</json>',
      '<json xmlns="urn:xmpp:json:0"><a/></json>',
    ])
      assert.deepEqual(payloadFields(xml), { xml });
    assert.deepEqual(payloadFields("<json xmlns='urn:xmpp:json:0'>{&quot;a&quot;:&#34;&#x62;&#34;}</json>"), {
      payload: { a: "b" },
    });
    assert.deepEqual(payloadFields(""), {});
  });
});
