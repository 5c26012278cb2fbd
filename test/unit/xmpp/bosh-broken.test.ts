import assert from "node:assert/strict";
import { answered, BoshScene, ended, ping, turns } from "./bosh-scene.ts";

describe("a BOSH session that breaks", () => {
  const scene = new BoshScene();

  for (const [title, payloads, condition] of [
    ["what is no XML", "<iq", "bad-request"],
    ["a stanza too big", `<a>${"x".repeat(300 << 10)}</a>`, "policy-violation"],
  ] as const) {
    it(`ends for ${title}, and who waits is told (XEP-0124 §17.2)`, async () => {
      const client = await scene.bound();
      const waiting = client.say("");
      await turns();

      const refused = await answered(client.say(payloads));

      assert.deepEqual(ended(refused), ["terminate", condition]);
      assert.deepEqual(ended(await answered(waiting)), ["terminate", condition]);
      assert.deepEqual(ended(await answered(client.say(ping("p")))), ["terminate", condition]);
    });
  }

  it("is not ended in plain where it began in TLS", async () => {
    const client = await scene.bound();

    await answered(scene.post(`rid='${client.rid + 1}' sid='${client.sid}'`, "<iq", { secure: false }));

    assert.match((await answered(client.say(ping("p")))).toString(), /id="p"/);
  });

  it("ends with a copy of the stream error (XEP-0206 §6)", async () => {
    const client = await scene.begin();

    const end = await answered(client.say("<message xmlns='jabber:client' to='bob@localhost'/>"));

    const error = end.getChild("error", "http://etherx.jabber.org/streams");
    assert.ok(error?.getChild("not-authorized", "urn:ietf:params:xml:ns:xmpp-streams"), end.toString());
  });
});
