// What is no plain message, each sent in each of the three protocols and seen in all of them.
import assert from "node:assert/strict";
import type { Packet } from "mqtt-packet";
import { until } from "../../src/testing/until.ts";
import { embeddedPlace, type Place } from "../support/place.ts";
import { RawMqtt } from "../support/raw-mqtt.ts";
import { RawWebSocket } from "../support/raw-web-socket.ts";

type Event = Record<string, any>;

describe("other entries, across the protocols", function () {
  this.timeout(60_000);
  let place: Place;
  let alice: { readonly xmpp: RawWebSocket; readonly json: RawWebSocket; readonly mqtt: RawMqtt };
  let bob: typeof alice;
  let next = 1;

  before(async () => {
    place = await embeddedPlace();
    await place.here.addUsers(["alice", "bob", "carol"]);
    [alice, bob] = [await clients(place, "alice", "bob"), await clients(place, "bob", "alice")];
  });
  after(() => place?.[Symbol.asyncDispose]());

  async function ask(command: Event): Promise<Event> {
    const id = `a-${next++}`;
    alice.json.text(JSON.stringify({ id, ...command }));
    return jsonEvent(alice.json, (event) => event.re === id);
  }

  describe("a forwarded message", () => {
    let said: Event;
    const from = (event: Event): unknown => [event.body, event.forwarded?.from, event.forwarded?.claimed];
    before(async () => {
      said = await ask({ type: "send", to: "carol", body: "carol's news" });
    });

    it("goes from JSON, with whose it was, as the server knows", async () => {
      const of = { c: "dm:carol:alice", mid: said.mid };
      const sent = await ask({ type: "forward", to: "bob", cid: "f-1", of });
      const again = await ask({ type: "forward", to: "bob", cid: "f-1", of });

      assert.deepEqual([again.mid, again.duplicate], [sent.mid, true]);
      const seen = await jsonEvent(bob.json, (event) => event.mid === sent.mid);
      assert.deepEqual(from(seen), ["carol's news", "alice", undefined]);
      assert.equal(seen.forwarded.at, said.at);
      assert.deepEqual(from(await mqttEvent(bob.mqtt, sent.mid)), ["carol's news", "alice", undefined]);
      await bob.xmpp.has(
        "the forward",
        /<body>carol's news<\/body>.*<fallback[^>]*for="urn:xmpp:forward:0".*<forwarded.*<delay.*<message[^>]*from="alice@localhost"/,
      );
    });

    it("goes from MQTT, and not what is another's", async () => {
      publish(alice.mqtt, { kind: "forward", of: { c: "dm:bob:carol", s: 1 } }, "never");
      publish(alice.mqtt, { kind: "forward", of: { c: "dm:alice:carol", s: said.s } }, "f-2");

      const codes = [(await alice.mqtt.next("puback")).reasonCode, (await alice.mqtt.next("puback")).reasonCode];
      assert.deepEqual(codes, [0x90, 0]);
      const seen = await jsonEvent(bob.json, (event) => event.forwarded !== undefined && event.s > 1);
      assert.deepEqual(from(seen), ["carol's news", "alice", undefined]);
    });

    it("goes from XMPP as its sender's word, beside his own", async () => {
      alice.xmpp.text(
        `<message xmlns="jabber:client" type="chat" to="bob@localhost" id="f-3"><body>look</body>` +
          `<forwarded xmlns="urn:xmpp:forward:0"><delay xmlns="urn:xmpp:delay" stamp="2020-01-01T00:00:00Z"/>` +
          `<message xmlns="jabber:client" from="carol@localhost/x" type="chat"><body>gone</body></message></forwarded></message>`,
      );

      const seen = await jsonEvent(bob.json, (event) => event.body === "look");
      const forwarded = { from: "carol", at: "2020-01-01T00:00:00.000Z", body: "gone", claimed: true };
      assert.deepEqual(seen.forwarded, forwarded);
      assert.deepEqual((await mqttEvent(bob.mqtt, seen.mid)).forwarded, forwarded);
    });
  });

  describe("a pinned message", () => {
    it("is pinned in JSON or MQTT, seen in both, listed, and is nothing to XMPP", async () => {
      const { mid, s } = await ask({ type: "send", to: "bob", body: "keep this" });
      await ask({ type: "pin", to: "bob", mid });
      const pin = await jsonEvent(bob.json, (event) => event.type === "pin" && event.pinned);
      assert.deepEqual(pin.target, { mid, s, from: "alice" });
      assert.equal((await mqttEvent(bob.mqtt, pin.mid)).pinned, true);
      const listed = await ask({ type: "pins", c: "dm:alice:bob" });
      assert.deepEqual(
        listed.pins.map((one: Event) => [one.by, one.message.body]),
        [["alice", "keep this"]],
      );

      publish(alice.mqtt, { kind: "pin", target: mid, pinned: false }, "p-1");

      await jsonEvent(bob.json, (event) => event.type === "pin" && event.pinned === false);
      assert.deepEqual((await ask({ type: "pins", c: "dm:alice:bob" })).pins, []);
      const { mid: after } = await ask({ type: "send", to: "bob", body: "after the pins" });
      await bob.xmpp.has("the next", new RegExp(after as string));
      assert.ok(bob.xmpp.frames.entries.every((frame) => !frame.includes(pin.mid)));
    });
  });

  describe("a muted conversation", () => {
    it("is muted for all devices, by JSON, MQTT or a bookmark, which follows", async () => {
      publish(alice.mqtt, { kind: "mute", for: 60_000 }, "m-1");
      const heard = await jsonEvent(alice.json, (event) => event.type === "mute");
      assert.deepEqual([heard.c, heard.notify, typeof heard.until], ["dm:alice:bob", "none", "string"]);
      const { conversations } = await ask({ type: "conversations" });
      assert.equal(conversations.find((one: Event) => one.c === "dm:alice:bob").notify, "none");

      const bookmark = (notify: string): string =>
        `<conference xmlns="urn:xmpp:bookmarks:1" name="L"><nick>a</nick><extensions><mine xmlns="urn:x"/>${notify}</extensions></conference>`;
      const notify = `<notify xmlns="urn:xmpp:notification-settings:1"><on-mention/><always identity-category="client"/></notify>`;
      alice.xmpp.text(
        `<iq xmlns="jabber:client" type="set" id="b1"><pubsub xmlns="http://jabber.org/protocol/pubsub"><publish node="urn:xmpp:bookmarks:1">` +
          `<item id="lobby@rooms.localhost">${bookmark(notify)}</item></publish></pubsub></iq>`,
      );
      const room = await jsonEvent(alice.json, (event) => event.type === "mute" && event.c === "room:lobby");
      assert.equal(room.notify, "mentions");

      assert.equal((await ask({ type: "mute", c: "room:lobby" })).notify, "none");
      await until(async () => {
        alice.xmpp.text(
          `<iq xmlns="jabber:client" type="get" id="b${next++}"><pubsub xmlns="http://jabber.org/protocol/pubsub"><items node="urn:xmpp:bookmarks:1"/></pubsub></iq>`,
        );
        await ask({ type: "ping" });
        const last = alice.xmpp.frames.entries.findLast((frame) => frame.includes("<items node=")) ?? "";
        return last.includes("<mine") && last.includes("<never/>") && last.includes("<always identity-category=");
      });
    });
  });

  describe("a call", () => {
    it("rings from XMPP, is taken in JSON, and ended in MQTT", async () => {
      const id = "ca3cf894-5325-482f-a412-a6e9f832298d";
      alice.xmpp.text(
        `<message xmlns="jabber:client" type="chat" to="bob@localhost"><propose xmlns="urn:xmpp:jingle-message:0" id="${id}">` +
          `<description xmlns="urn:xmpp:jingle:apps:rtp:1" media="audio"/></propose><store xmlns="urn:xmpp:hints"/></message>`,
      );
      const rings = await jsonEvent(bob.json, (event) => event.type === "call");
      assert.deepEqual([rings.call, rings.action, rings.media], [id, "propose", ["audio"]]);
      assert.equal((await mqttEvent(bob.mqtt, rings.mid)).kind, "call");

      bob.json.text(JSON.stringify({ id: 1, type: "call", to: "alice", call: id, action: "proceed" }));
      await alice.xmpp.has("that it is taken", new RegExp(`<proceed[^>]*jingle-message:0[^>]*id="${id}".*<store`));
      publish(alice.mqtt, { kind: "call", call: id, action: "finish", why: "success" }, "c-1");

      await bob.xmpp.has("that it is over", new RegExp(`<finish[^>]*id="${id}"><reason[^>]*><success/></reason>`));
      const over = await jsonEvent(bob.json, (event) => event.action === "finish");
      assert.equal(over.why, "success");
    });

    it("is negotiated between JSON's devices by signals that nobody keeps", async () => {
      const { heard } = await ask({
        type: "call",
        to: "bob",
        call: "c",
        action: "signal",
        device: "j",
        data: { sdp: 1 },
      });
      assert.equal(heard, true);
      const signal = await jsonEvent(bob.json, (event) => event.action === "signal");
      assert.deepEqual([signal.from, signal.device, signal.call, signal.data], ["alice", "j", "c", { sdp: 1 }]);
      assert.equal((await ask({ type: "call", to: "bob", call: "c", action: "signal", device: "none" })).heard, false);
    });
  });
});

async function clients({ here }: Place, user: string, peer: string) {
  const xmpp = await RawWebSocket.loginXmpp(here, user, "x");
  xmpp.text(`<presence xmlns="jabber:client"/>`);
  const json = await RawWebSocket.loginJson(here, user, "j");
  const mqtt = await RawMqtt.login(here, user, { version: 5 });
  mqtt.send({ cmd: "subscribe", messageId: 1, subscriptions: [{ topic: `chat/dm/${peer}`, qos: 0 }] });
  await mqtt.next("suback");
  return { xmpp, json, mqtt };
}

let packet = 10;

function publish(client: RawMqtt, payload: Event, origin: string): void {
  const properties = { userProperties: { "origin-id": origin } };
  client.send({ cmd: "publish", topic: "chat/dm/bob", payload: JSON.stringify(payload), qos: 1, messageId: packet++, retain: false, dup: false, properties }); // prettier-ignore
}

async function jsonEvent(socket: RawWebSocket, wanted: (event: Event) => boolean): Promise<Event> {
  const events = (frame: string): Event[] => frame.split("\n").map((line) => JSON.parse(line) as Event);
  const frame = await socket.frames.find("an event", (each) => events(each).some(wanted), 10_000);
  return events(frame).find(wanted)!;
}

async function mqttEvent(client: RawMqtt, mid: string): Promise<Event> {
  const eventOf = (packet: Packet): Event =>
    packet.cmd === "publish" ? (JSON.parse(packet.payload.toString()) as Event) : {};
  return eventOf(await client.packets.find("an event", (packet) => eventOf(packet)["mid"] === mid, 10_000));
}
