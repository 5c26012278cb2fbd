// An edit, a reaction, a reply and a retraction, each sent in each of the three protocols and seen in all of them.
import assert from "node:assert/strict";
import { embeddedPlace, type Place } from "../support/place.ts";
import { RawMqtt } from "../support/raw-mqtt.ts";
import { RawWebSocket } from "../support/raw-web-socket.ts";

type Event = Record<string, any>;
type Protocol = "xmpp" | "json" | "mqtt";

const protocols: readonly Protocol[] = ["xmpp", "json", "mqtt"];

/** alice writes, with a client of each protocol; bob listens, with one of each. */
interface Scene {
  readonly alice: Readonly<Record<Protocol, Writer>>;
  readonly bob: {
    readonly xmpp: RawWebSocket;
    readonly json: RawWebSocket;
    readonly mqtt: RawMqtt;
  };
}

interface Writer {
  message(body: string): void;
  /** `id`: what this writer's protocol calls the message that has this mid and body. */
  edit(id: string, body: string): void;
  react(id: string, emoji: string): void;
  reply(id: string, body: string): void;
  retract(id: string): void;
}

describe("what is said about a message, across the protocols", function () {
  this.timeout(60_000);
  let place: Place;
  let scene: Scene;

  before(async () => {
    place = await embeddedPlace();
    await place.here.addUsers(["alice", "bob"]);
    scene = await open(place);
  });
  after(() => place?.[Symbol.asyncDispose]());

  for (const from of protocols) {
    it(`reaches everybody when it comes by ${from}`, async () => {
      const { alice, bob } = scene;
      const body = `hello by ${from}`;
      alice[from].message(body);
      const first = await jsonEvent(bob.json, (event) => event.body === body);
      // XMPP's own name for it is the stanza's id, which for the others is the server's.
      const id = from === "xmpp" ? body.replaceAll(" ", "-") : (first.mid as string);
      const target = { mid: first.mid, s: first.s, from: "alice" };

      alice[from].edit(id, `${body}, corrected`);
      alice[from].react(id, "👍");
      alice[from].reply(id, `${body}, answered`);
      alice[from].retract(id);

      const ofKind = (type: string) => (event: Event) => event.type === type && event.s > first.s;
      const edit = await jsonEvent(bob.json, ofKind("edit"));
      assert.deepEqual([edit.body, edit.target], [`${body}, corrected`, target]);
      const reaction = await jsonEvent(bob.json, ofKind("reaction"));
      assert.deepEqual([reaction.emojis, reaction.target, reaction.body], [["👍"], target, undefined]);
      const reply = await jsonEvent(bob.json, ofKind("message"));
      assert.deepEqual([reply.body, reply.replyTo], [`${body}, answered`, target]);
      const retraction = await jsonEvent(bob.json, ofKind("retraction"));
      assert.deepEqual([retraction.target, retraction.body], [target, undefined]);

      const seen: Event[] = [];
      while (seen.length < 5) seen.push(await mqttEvent(bob.mqtt));
      const [, mEdit, mReaction, mReply, mRetraction] = seen;
      assert.deepEqual([mEdit!.kind, mEdit!.body, mEdit!.target], ["edit", `${body}, corrected`, target]);
      assert.deepEqual([mReaction!.kind, mReaction!.emojis, mReaction!.target], ["reaction", ["👍"], target]);
      assert.deepEqual([mReply!.kind, mReply!.body, mReply!.replyTo], [undefined, `${body}, answered`, target]);
      assert.deepEqual([mRetraction!.kind, mRetraction!.target], ["retraction", target]);

      const named = `id=["']${id}["']`;
      await bob.xmpp.has("the correction", new RegExp(`<body>${body}, corrected</body>.*<replace[^>]*${named}|<replace[^>]*${named}.*<body>${body}, corrected</body>`)); // prettier-ignore
      await bob.xmpp.has("the reaction", new RegExp(`<reactions[^>]*${named}[^>]*>\\s*<reaction>👍</reaction>`));
      await bob.xmpp.has("the reply", new RegExp(`<reply[^>]*${named}`));
      await bob.xmpp.has("the retraction", new RegExp(`<retract[^>]*${named}`));

      bob.json.text(
        JSON.stringify({ id: `h-${from}`, type: "history", c: "dm:alice:bob", after: first.s - 1, limit: 5 }),
      );
      const page = await jsonEvent(bob.json, (event) => event.re === `h-${from}`);
      const [original, edited] = page.messages as Event[];
      assert.equal(original!.retracted.mid, retraction.mid);
      assert.deepEqual([original!.body, edited!.body], [undefined, undefined]);
      assert.ok(!JSON.stringify(page).includes(`${body}"`), "no history shows the text any more");
    });
  }
});

describe("a room's moderator, across the protocols", function () {
  this.timeout(60_000);
  let place: Place;

  before(async () => {
    place = await embeddedPlace();
    await place.here.addUsers(["alice", "bob", "carol"]);
  });
  after(() => place?.[Symbol.asyncDispose]());

  it("takes an XMPP client's message back by JSON, bans its author, and MQTT hears of the first", async () => {
    const { here } = place;
    const c = "room:lobby";
    const json = await RawWebSocket.loginJson(here, "alice", "desk");
    const ask = (id: string, command: Event): Promise<Event> => {
      json.text(JSON.stringify({ id, c, ...command }));
      return jsonEvent(json, (event) => event.re === id);
    };
    await ask("make", { type: "create" });
    await ask("in", { type: "join" });
    const mqtt = await RawMqtt.login(here, "carol", { version: 5 });
    mqtt.send({ cmd: "subscribe", messageId: 1, subscriptions: [{ topic: "chat/room/lobby", qos: 0 }] });
    await mqtt.next("suback");
    const xmpp = await RawWebSocket.loginXmpp(here, "bob", "phone");
    const room = "lobby@rooms.localhost";
    xmpp.text(
      `<presence xmlns="jabber:client" to="${room}/bobby"><x xmlns="http://jabber.org/protocol/muc"/></presence>`,
    );
    await xmpp.has("its own presence", /code=["']110["']/);

    xmpp.text(
      `<message xmlns="jabber:client" type="groupchat" to="${room}" id="m1"><body>magic potions</body></message>`,
    );
    const said = await jsonEvent(json, (event) => event.body === "magic potions");
    assert.equal((await mqttEvent(mqtt)).body, "magic potions");
    const refused = await ask("edit", { type: "edit", mid: said.mid, body: "mine" });
    await ask("retract", { type: "retract", mid: said.mid, reason: "spam" });
    await ask("ban", { type: "ban", user: "bob", reason: "enough" });

    assert.equal(refused.error.code, "forbidden");
    await xmpp.has("the moderated retraction", new RegExp(`<retract[^>]*id="${said.mid}".*<moderated.*spam`));
    const gone = await mqttEvent(mqtt);
    assert.deepEqual([gone.kind, gone.target.mid, gone.reason], ["retraction", said.mid, "spam"]);
    await xmpp.has("the ban", /type="unavailable".*<reason>enough<.*code="301"/);
    const page = await ask("history", { type: "history" });
    assert.ok(!JSON.stringify(page).includes("magic potions"));
  });
});

async function open({ here }: Place): Promise<Scene> {
  const bob = {
    xmpp: await RawWebSocket.loginXmpp(here, "bob", "listener"),
    json: await RawWebSocket.loginJson(here, "bob", "listener"),
    mqtt: await RawMqtt.login(here, "bob", { version: 5 }),
  };
  bob.xmpp.text(`<presence xmlns="jabber:client"/>`);
  bob.mqtt.send({ cmd: "subscribe", messageId: 1, subscriptions: [{ topic: "chat/dm/alice", qos: 0 }] });
  await bob.mqtt.next("suback");
  const xmpp = await RawWebSocket.loginXmpp(here, "alice", "writer");
  xmpp.text(`<presence xmlns="jabber:client"/>`);
  const json = await RawWebSocket.loginJson(here, "alice", "writer");
  const mqtt = await RawMqtt.login(here, "alice", { version: 5 });
  return { alice: { xmpp: stanzas(xmpp), json: verbs(json), mqtt: payloads(mqtt) }, bob };
}

function stanzas(socket: RawWebSocket): Writer {
  const say = (inside: string, id: string = inside.length.toString()): void =>
    socket.text(`<message xmlns="jabber:client" type="chat" to="bob@localhost" id="${id}">${inside}</message>`);
  return {
    message: (body) => say(`<body>${body}</body>`, body.replaceAll(" ", "-")),
    edit: (id, body) => say(`<body>${body}</body><replace xmlns="urn:xmpp:message-correct:0" id="${id}"/>`),
    react: (id, emoji) =>
      say(`<reactions xmlns="urn:xmpp:reactions:0" id="${id}"><reaction>${emoji}</reaction></reactions>`),
    reply: (id, body) =>
      say(
        `<reply xmlns="urn:xmpp:reply:0" to="alice@localhost" id="${id}"/><body>> hi\n${body}</body>` +
          `<fallback xmlns="urn:xmpp:fallback:0" for="urn:xmpp:reply:0"><body start="0" end="5"/></fallback>`,
      ),
    retract: (id) =>
      say(
        `<retract xmlns="urn:xmpp:message-retract:1" id="${id}"/><body>/me retracted something</body>` +
          `<fallback xmlns="urn:xmpp:fallback:0" for="urn:xmpp:message-retract:1"/>`,
      ),
  };
}

function verbs(socket: RawWebSocket): Writer {
  const ask = (command: Event): void => socket.text(JSON.stringify({ id: 1, to: "bob", ...command }));
  return {
    message: (body) => ask({ type: "send", body }),
    edit: (mid, body) => ask({ type: "edit", mid, body }),
    react: (mid, emoji) => ask({ type: "react", mid, emojis: [emoji] }),
    reply: (replyTo, body) => ask({ type: "send", replyTo, body }),
    retract: (mid) => ask({ type: "retract", mid }),
  };
}

function payloads(client: RawMqtt): Writer {
  const publish = (payload: Event): void =>
    client.send({ cmd: "publish", topic: "chat/dm/bob", payload: JSON.stringify(payload), qos: 0, retain: false, dup: false }); // prettier-ignore
  return {
    message: (body) => publish({ body }),
    edit: (target, body) => publish({ kind: "edit", target, body }),
    react: (target, emoji) => publish({ kind: "reaction", target, emojis: [emoji] }),
    reply: (replyTo, body) => publish({ body, replyTo }),
    retract: (target) => publish({ kind: "retraction", target }),
  };
}

async function jsonEvent(socket: RawWebSocket, wanted: (event: Event) => boolean): Promise<Event> {
  const events = (frame: string): Event[] => frame.split("\n").map((line) => JSON.parse(line) as Event);
  const frame = await socket.frames.find("an event", (each) => events(each).some(wanted), 10_000);
  return events(frame).find(wanted)!;
}

async function mqttEvent(client: RawMqtt): Promise<Event> {
  const { payload } = await client.next("publish", 10_000);
  return JSON.parse(payload.toString()) as Event;
}
