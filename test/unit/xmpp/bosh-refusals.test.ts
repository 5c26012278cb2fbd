import assert from "node:assert/strict";
import { refusals } from "#core";
import type { Element } from "../../../protocols/xmpp/element.ts";
import { Post } from "./bosh-post.ts";
import { answered, BoshScene, ended, ping } from "./bosh-scene.ts";

describe("BOSH", () => {
  const scene = new BoshScene();

  it("ends for polling too often, and not for polling at the pace it was told (XEP-0124 §12)", async () => {
    const polite = await scene.begin("hold='0' wait='0'");
    const hasty = await scene.begin("hold='0' wait='0'");

    for (let i = 0; i < 3; i++) {
      scene.clock.advance(2_500);
      assert.deepEqual(ended(await answered(polite.say(""))), [undefined, undefined]);
    }
    await answered(hasty.say(""));
    const second = await answered(hasty.say(""));

    assert.deepEqual(polite.created.attrs["inactivity"], "60");
    assert.deepEqual(ended(second), ["terminate", "policy-violation"]);
  });

  it("ends for filling its requests with empty ones too fast (XEP-0124 §11)", async () => {
    const client = await scene.bound();
    scene.clock.advance(5_000);

    client.say("");
    const second = await answered(client.say(""));

    assert.deepEqual(ended(second), ["terminate", "policy-violation"]);
  });

  it("says why a stream ends, in the stream's own words (XEP-0206 §6)", async () => {
    const client = await scene.begin();

    const end = await answered(client.say("<message xmlns='jabber:client' to='bob@localhost'/>"));

    assert.deepEqual(ended(end), ["terminate", "remote-stream-error"]);
    assert.match(end.toString(), /<not-authorized xmlns="urn:ietf:params:xml:ns:xmpp-streams"\/>/);
  });

  it("ends a session that sends more than a request may hold, and whoever waits is told (RFC 6120 §4.9.3.14)", async () => {
    const client = await scene.bound();
    const held = client.say("");
    const large = new Post(`<body sid='${client.sid}' rid='${client.rid + 1}'><message>`);
    large.truncated = true;

    scene.endpoint.handle(large, scene.endpoint.accept);

    for (const request of [large, held])
      assert.deepEqual(ended(await answered(request)), ["terminate", "policy-violation"]);
    assert.deepEqual(ended(await answered(client.say(""))), ["terminate", "policy-violation"]);
  });

  it("refuses what is no session", async () => {
    const conditions: (string | undefined)[] = [];
    for (const attributes of [
      "rid='1'",
      "rid='1' to='elsewhere'",
      "to='localhost'",
      "rid='9007199254740993' to='localhost'",
      "rid='1' sid='nobodys'",
    ])
      conditions.push((await answered(scene.post(attributes))).attrs["condition"]);
    for (const bytes of ["", "<body", "<body xmlns='urn:x' rid='1'/>", "<!DOCTYPE body><body/>", "\xff\xfe"]) {
      const request = new Post(bytes);
      scene.endpoint.handle(request, scene.endpoint.accept);
      conditions.push((await answered(request)).attrs["condition"]);
    }
    const big = await answered(scene.post("rid='1' to='localhost'", `<a>${"x".repeat(11 << 10)}</a>`));

    assert.deepEqual(conditions, [
      ...["improper-addressing", "host-unknown", "bad-request", "bad-request", "item-not-found"],
      ...["bad-request", "bad-request", "bad-request", "bad-request", "bad-request"],
    ]);
    assert.deepEqual(ended(big), ["terminate", "policy-violation"]);
  });

  it("does not go on in plain with a session of TLS", async () => {
    const client = await scene.bound();

    const stolen = await answered(scene.post(`rid='${client.rid + 1}' sid='${client.sid}'`, "", { secure: false }));
    const own = await answered(client.say(ping("p")));

    assert.deepEqual(ended(stolen), ["terminate", "item-not-found"]);
    assert.match(own.toString(), /id="p"/);
  });

  it("bounds the sessions of one address as it is told, counts whom it refuses, and leaves loopback out", async () => {
    const before = refusals.connectionsPerAddress.value;
    let last: Element | undefined;
    for (let i = 0; i < 31; i++) last = await answered(scene.post("rid='1' to='localhost'"));
    const other = await answered(scene.post("rid='1' to='localhost'", "", { remote: "192.0.2.2" }));

    assert.deepEqual(ended(last!), ["terminate", "policy-violation"]);
    assert.equal(other.attrs["type"], undefined);
    assert.equal(refusals.connectionsPerAddress.value, before + 1);
    for (let i = 0; i < 31; i++) {
      const near = await answered(scene.post("rid='1' to='localhost'", "", { remote: "127.0.0.1" }));
      assert.equal(near.attrs["type"], undefined);
    }
  });
});
