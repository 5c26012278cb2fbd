import assert from "node:assert/strict";
import { ns, roomScene } from "./room-scene.ts";

const retract = "urn:xmpp:message-retract:1";

describe("what is said in a room about what was said there", () => {
  const at = roomScene();

  it("is reflected, and a retracted message is not replayed (XEP-0308, XEP-0424)", async () => {
    await at.join(at.romeo, "r");
    await at.join(at.julia, "j");
    at.say(at.julia, "secret");
    const first = await at.romeo.hears("secret");
    const mid = first.getChild("stanza-id", ns.ids)!.attrs["id"]!;

    at.julia.stanza(
      "message",
      `to="${at.address}" type="groupchat" id="e"`,
      `<body>better</body><replace xmlns="urn:xmpp:message-correct:0" id="secret"/>`,
    );
    const edit = await at.romeo.message("the correction", ({ attrs }) => attrs["id"] === "e");
    assert.equal(edit.getChildText("body"), "better");
    at.julia.stanza(
      "message",
      `to="${at.address}" type="groupchat" id="t"`,
      `<retract xmlns="${retract}" id="${mid}"/>`,
    );
    await at.romeo.message("the retraction", ({ attrs }) => attrs["id"] === "t");

    const entries = await at.served.core.conversations.history(at.julia.bare as never, at.id, 0, 10);
    assert.deepEqual(
      entries.map(({ kind, body }) => [kind, body]),
      [["message", undefined], ["edit", undefined], ["retraction", undefined]],
    ); // prettier-ignore
  });
});
