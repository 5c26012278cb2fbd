// The promises, one by one. P8 (faults delay, never lose) needs a server that can be killed: test/faults.
import assert from "node:assert/strict";
import { eventIn } from "../cross-kit.ts";
import { ns } from "../clients/xmpp.ts";
import { requirement } from "./requirement.ts";

const chat = { needs: ["chat"] } as const;
const say = (room: string, body: string): string =>
  `<message xmlns="jabber:client" type="groupchat" id="${body}" to="${room}"><body>${body}</body></message>`;

describe("The promise, across protocols", () => {
  requirement(
    "P1",
    "Stored, then acknowledged. No PUBACK, no JSON reply, no MUC reflection, no <a/> that counts a message, before the message is committed.",
    async (t) => {
      const [device, reader, client] = [await t.mqtt.connect(), await t.json.connect(0), await t.xmpp.available(0)];
      const c = `dm:${[t.user(0), t.user(1)].toSorted().join(":")}`;
      const bodies = [t.json.word(), t.json.word(), t.json.word()];
      client.send(`<enable xmlns="${ns.sm}"/>`);
      await client.take("<enabled/>", (xml) => xml.is("enabled", ns.sm));

      // Each is in the log as soon as its protocol has acknowledged it, and at once: nothing else is waited for.
      const inLog = async (body: string): Promise<boolean> =>
        (await reader.ask({ type: "history", c, limit: 3 }))["messages"].some(
          (entry: { body: string }) => entry.body === body,
        );
      const puback = await device.publish({ topic: `chat/dm/${t.user(1)}`, payload: bodies[0]!, qos: 1 });
      assert.equal(puback!.code, 0);
      assert.ok(await inLog(bodies[0]!), "PUBACK came first");
      client.send(
        `<message xmlns="jabber:client" type="chat" to="${t.xmpp.bare(1)}"><body>${bodies[1]!}</body></message>`,
      );
      client.send(`<r xmlns="${ns.sm}"/>`);
      await client.take("<a h='1'/>", (xml) => xml.is("a", ns.sm) && xml.attributes["h"] === "1");
      assert.ok(await inLog(bodies[1]!), "<a/> came first");
      await reader.ask({ type: "send", to: t.user(1), cid: t.json.word(), body: bodies[2]! });
      assert.ok(await inLog(bodies[2]!), "the reply came first");
    },
    chat,
  );

  requirement(
    "P2",
    "One order. Every conversation has one dense sequence; every client of every protocol sees ascending seq.",
    async (t) => {
      const name = t.json.word();
      const [room, topic] = [`${name}@${t.xmpp.address.rooms}`, `chat/room/${name}`];
      const script = await t.json.connect(0);
      await script.ask({ type: "create", c: `room:${name}`, open: true });
      const browser = await t.xmpp.available(1);
      await t.xmpp.enter(browser, room, "browser");
      const device = await t.mqtt.connect({ as: 2 });
      assert.deepEqual((await device.subscribe(topic, 1)).codes, [1]);
      const words = Array.from({ length: 60 }, () => t.json.word());

      const answered = words.map(async (body, index) => {
        if (index % 3 === 0) return script.ask({ type: "send", c: `room:${name}`, cid: body, body });
        if (index % 3 === 1) return device.publish({ topic, payload: body, qos: 1 });
        browser.send(say(room, body));
        return undefined;
      });
      await Promise.all(answered);

      const seen: string[] = [];
      const heard: [number, string][] = [];
      for (let n = 0; n < words.length; n++) {
        seen.push(
          (
            await browser.take(
              "a line in the room",
              (xml) => xml.is("message") && words.includes(xml.childText("body") ?? ""),
            )
          ).childText("body")!,
        );
        const event = eventIn(
          await device.take("publish", (packet) => words.includes(String(eventIn(packet)["body"]))),
        );
        heard.push([event["s"] as number, event["body"] as string]);
      }
      const log = (await script.ask({ type: "history", c: `room:${name}`, limit: 100 }))["messages"].filter(
        (entry: { body: string }) => words.includes(entry.body),
      ) as { s: number; body: string }[];
      assert.deepEqual(
        log.map((entry) => entry.s),
        log.map((_, index) => log[0]!.s + index),
        "a gap in seq",
      );
      assert.deepEqual(
        heard,
        log.map((entry) => [entry.s, entry.body]),
        "MQTT saw another order",
      );
      assert.deepEqual(
        seen,
        log.map((entry) => entry.body),
        "XMPP saw another order",
      );
      const others = log.filter((entry) => words.indexOf(entry.body) % 3 !== 0).map((entry) => entry.s);
      for (const s of others) await script.event("message", (line) => line["c"] === `room:${name}` && line["s"] === s);
    },
    chat,
  );

  requirement(
    "P3",
    "Idempotent sends. (author, conversation, origin id) names a message once: a retry gets the first answer, and nobody sees it twice, whatever protocol the retry comes by.",
    async (t) => {
      const [script, client, device, bob] = [
        await t.json.connect(0),
        await t.xmpp.available(0),
        await t.mqtt.connect(),
        await t.json.connect(1),
      ];
      const [body, origin, marker] = [t.json.word(), t.json.word(), t.json.word()];

      const first = await script.ask({ type: "send", to: t.user(1), cid: origin, body });
      client.send(
        `<message xmlns="jabber:client" type="chat" to="${t.xmpp.bare(1)}"><body>${body}</body><origin-id xmlns="${ns.sid}" id="${origin}"/></message>`,
      );
      await client.ping();
      await device.publish({
        topic: `chat/dm/${t.user(1)}`,
        payload: JSON.stringify({ body }),
        qos: 1,
        properties: { userProperty: [["origin-id", origin]] },
      });
      const again = await script.ask({ type: "send", to: t.user(1), cid: origin, body });
      await script.ask({ type: "send", to: t.user(1), cid: marker, body: marker });

      assert.deepEqual([again["mid"], again["duplicate"]], [first["mid"], true]);
      await bob.message(marker);
      assert.equal(bob.waiting.filter((line) => line["body"] === body).length, 1);
    },
    chat,
  );

  requirement(
    "P4",
    "At least once to every device of every member, until that device has acknowledged; in order; redelivery is marked.",
    async (t) => {
      const options = { clientId: t.mqtt.name(), as: 1, clean: false, properties: { sessionExpiry: 60 } };
      const first = await t.mqtt.connect(options);
      first.acknowledges = false;
      await first.subscribe("chat/dm/+", 1);
      const script = await t.json.connect(0);
      const bodies = [t.json.word(), t.json.word()];
      for (const body of bodies) await script.ask({ type: "send", to: t.user(1), cid: body, body });
      const isOne = (body: string) => (packet: Parameters<typeof eventIn>[0]) => eventIn(packet)["body"] === body;
      for (const body of bodies) assert.equal((await first.take("publish", isOne(body))).dup, false);
      await first.drop();

      const second = await t.mqtt.connect(options);

      for (const body of bodies)
        assert.equal((await second.take("publish", isOne(body))).dup, true, "redelivery is not marked");
      await second.ping();
      await second.drop();
      const third = await t.mqtt.connect(options);
      await third.ping();
      assert.ok(
        third.waiting.every((packet) => packet.kind !== "publish" || !bodies.includes(String(eventIn(packet)["body"]))),
        "what was acknowledged came again",
      );
    },
    chat,
  );

  requirement(
    "P5",
    "Receipts are monotonic: stored, delivered, read, and they cross protocols: a PUBACK by a device is <received/> to an XMPP sender and delivered to a JSON sender.",
    async (t) => {
      const device = await t.mqtt.connect({ as: 1, clientId: t.mqtt.name() });
      await device.subscribe("chat/dm/+", 1);
      const [client, script] = [await t.xmpp.available(0), await t.json.connect(2)];
      const [one, two] = [t.json.word(), t.json.word()];

      client.send(
        `<message xmlns="jabber:client" type="chat" id="${one}" to="${t.xmpp.bare(1)}"><body>${one}</body><request xmlns="${ns.receipts}"/></message>`,
      );
      const { s } = await script.ask({ type: "send", to: t.user(1), cid: two, body: two });

      const receipt = await client.take(
        "<received/>",
        (xml) => xml.child("received", ns.receipts)?.attributes["id"] === one,
      );
      assert.equal(receipt.attributes["from"]?.split("/")[0], t.xmpp.bare(1));
      await script.event(
        "receipt",
        (line) => line["s"] === s && line["user"] === t.user(1) && line["mark"] === "delivered",
      );
      await device.publish({
        topic: `chat/receipt/dm/${t.user(2)}`,
        payload: JSON.stringify({ s, mark: "read" }),
        qos: 1,
      });
      await script.event("receipt", (line) => line["s"] === s && line["user"] === t.user(1) && line["mark"] === "read");
    },
    chat,
  );

  requirement(
    "P6",
    "Ephemeral is at most once: typing is never stored, and nobody who comes later is told of it.",
    async (t) => {
      const [client, script, later] = [await t.xmpp.available(0), await t.json.connect(1), t.json.word()];
      const c = `dm:${[t.user(0), t.user(1)].toSorted().join(":")}`;
      const body = t.json.word();
      client.send(
        `<message xmlns="jabber:client" type="chat" to="${t.xmpp.bare(1)}"><composing xmlns="${ns.chatStates}"/></message>`,
      );

      const signal = await script.event("typing", (line) => line["c"] === c);

      assert.deepEqual([signal["state"], signal["s"]], ["composing", undefined]);
      client.send(`<message xmlns="jabber:client" type="chat" to="${t.xmpp.bare(1)}"><body>${body}</body></message>`);
      const { s } = await script.message(body);
      const previous = (await script.ask({ type: "history", c, before: s, limit: 1 }))["messages"][0]?.s ?? s - 1;
      assert.equal(previous, s - 1, "a signal took a seq");
      const late = await t.json.connect(1, later);
      await late.ask({ type: "ping" });
      assert.ok(late.waiting.every((line) => line["type"] !== "typing"));
    },
    chat,
  );

  requirement(
    "P7",
    "A slow client costs itself, nobody else.",
    async (t) => {
      const name = t.json.word();
      const script = await t.json.connect(0);
      await script.ask({ type: "create", c: `room:${name}`, open: true });
      const slow = await t.mqtt.connect({ as: 1, properties: { receiveMaximum: 1 } });
      slow.acknowledges = false;
      await slow.subscribe(`chat/room/${name}`, 1);
      const quick = await t.xmpp.available(2);
      await t.xmpp.enter(quick, `${name}@${t.xmpp.address.rooms}`, "quick");
      const words = Array.from({ length: 200 }, () => t.json.word());

      for (let at = 0; at < words.length; at += 40)
        await Promise.all(
          words.slice(at, at + 40).map((body) => script.ask({ type: "send", c: `room:${name}`, cid: body, body })),
        );

      for (const word of words) await quick.message(word);
      await slow.ping();
      assert.equal(
        slow.waiting.filter((packet) => packet.kind === "publish").length,
        1,
        "one in flight is all that it took",
      );
    },
    chat,
  );

  requirement(
    "P10",
    "What only one protocol understands reaches clients of the same protocol unchanged; other protocols get the best faithful translation.",
    async (t) => {
      const [client, friend, script] = [await t.xmpp.available(0), await t.xmpp.available(1), await t.json.connect(1)];
      const device = await t.mqtt.connect({ as: 1 });
      await device.subscribe("chat/dm/+", 1);
      const [word, other] = [t.json.word(), t.json.word()];

      client.send(
        `<message xmlns="jabber:client" type="chat" to="${t.xmpp.bare(1)}"><body>${word}</body><x xmlns="urn:example:x" a="1"><y/></x></message>`,
      );
      const publisher = await t.mqtt.connect();
      await publisher.publish({
        topic: `chat/dm/${t.user(1)}`,
        payload: other,
        qos: 1,
        properties: {
          userProperty: [
            ["k", "2"],
            ["k", "1"],
          ],
        },
      });

      assert.equal(
        String((await friend.message(word)).child("x", "urn:example:x")),
        '<x xmlns="urn:example:x" a="1"><y xmlns="urn:example:x"></y></x>',
      );
      assert.equal((await script.message(word))["from"], t.user(0));
      const seen = await device.take("publish", (packet) => eventIn(packet)["body"] === other);
      assert.deepEqual(
        seen.properties.userProperty?.filter(([key]) => key === "k"),
        [
          ["k", "2"],
          ["k", "1"],
        ],
      );
      await friend.message(other);
    },
    chat,
  );
});
