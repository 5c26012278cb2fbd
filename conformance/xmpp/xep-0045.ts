// XEP-0045: Multi-User Chat: enter, speak, leave, history.
import assert from "node:assert/strict";
import { conditionOf, ns } from "../clients/xmpp.ts";
import type { Xml } from "../clients/xml.ts";
import { codes } from "../muc-kit.ts";
import { connections, requirement } from "./requirement.ts";

const say = (room: string, body: string, id = body): string =>
  `<message xmlns="jabber:client" type="groupchat" id="${id}" to="${room}"><body>${body}</body></message>`;
const muc = { needs: ["muc"] } as const;

describe("XEP-0045 Multi-User Chat", () => {
  requirement(
    "XEP-0045 §6.1",
    'A service names itself in disco: category "conference", type "text", and the feature http://jabber.org/protocol/muc.',
    async (t) => {
      const client = await t.bound();

      const info = (await client.iq("get", `<query xmlns="${ns.discoInfo}"/>`, t.address.rooms)).child(
        "query",
        ns.discoInfo,
      )!;

      assert.ok(
        info.elements.some(
          (one) =>
            one.is("identity") && one.attributes["category"] === "conference" && one.attributes["type"] === "text",
        ),
      );
      assert.ok(info.elements.some((one) => one.attributes["var"] === ns.muc));
    },
    muc,
  );

  requirement(
    "XEP-0045 §10.1.2",
    "If the room does not yet exist, the service SHOULD create the room, and MUST send presence to the creator with status codes 110 and 201, as its owner.",
    async (t) => {
      const [client, room] = [await t.available(), t.room()];

      client.send(`<presence xmlns="jabber:client" to="${room}/first"><x xmlns="${ns.muc}"/></presence>`);

      const own = await client.presence(`${room}/first`);
      assert.ok(codes(own).includes("110") && codes(own).includes("201"), codes(own).join());
      assert.equal(own.deep("item", ns.mucUser)?.attributes["affiliation"], "owner");
    },
    muc,
  );

  requirement(
    "XEP-0045 §7.2.2",
    "The service MUST first send the complete list of existing occupants to the new occupant and only then send the new occupant's own presence to the new occupant, with status code 110.",
    async (t) => {
      const [romeo, juliet, room] = [await t.available(0), await t.available(1), t.room()];
      await t.enter(romeo, room, "romeo");

      juliet.send(`<presence xmlns="jabber:client" to="${room}/juliet"><x xmlns="${ns.muc}"/></presence>`);

      const heard = [0, 1].map(() =>
        juliet.take(
          "a presence of the room",
          (xml) => xml.is("presence") && xml.attributes["from"]!.startsWith(`${room}/`),
        ),
      );
      const [first, second] = await Promise.all(heard);
      assert.deepEqual([first!.attributes["from"], second!.attributes["from"]], [`${room}/romeo`, `${room}/juliet`]);
      assert.ok(!codes(first!).includes("110") && codes(second!).includes("110"));
      const told = await romeo.presence(`${room}/juliet`);
      assert.equal(told.deep("item", ns.mucUser)?.attributes["role"], "participant");
    },
    muc,
  );

  requirement(
    "XEP-0045 §7.4",
    "The service MUST change the 'from' attribute to the sender's occupant JID and reflect the message out to the full JID of each occupant, the sender included; it SHOULD keep the id.",
    async (t) => {
      const [romeo, juliet, room] = [await t.available(0), await t.available(1), t.room()];
      await t.enter(romeo, room, "romeo");
      await t.enter(juliet, room, "juliet");
      const word = t.word();

      romeo.send(say(room, word));

      for (const client of [romeo, juliet]) {
        const got = await client.message(word);
        assert.deepEqual(
          [got.attributes["from"], got.attributes["type"], got.attributes["id"], got.attributes["to"]],
          [`${room}/romeo`, "groupchat", word, client.jid],
        );
      }
    },
    muc,
  );

  requirement(
    "XEP-0045 §7.2.14",
    "The order: in-room presence from other occupants, own presence, room history, the room subject, live messages.",
    async (t) => {
      const [romeo, room] = [await t.available(0), t.room()];
      await t.enter(romeo, room, "romeo");
      const words = Array.from({ length: 5 }, () => t.word());
      for (const word of words) romeo.send(say(room, word));
      await romeo.message(words.at(-1)!);
      const juliet = await t.available(1);

      juliet.send(`<presence xmlns="jabber:client" to="${room}/juliet"><x xmlns="${ns.muc}"/></presence>`);

      const heard: Xml[] = [];
      const subject = (xml: Xml): boolean =>
        xml.is("message") && xml.child("subject") !== undefined && xml.child("body") === undefined;
      do
        heard.push(
          await juliet.take(
            "something from the room",
            (xml) => xml.attributes["from"]?.startsWith(xml.is("presence") ? `${room}/` : room) === true,
          ),
        );
      while (!subject(heard.at(-1)!));
      assert.deepEqual(
        heard.map((xml) =>
          xml.is("presence") ? xml.attributes["from"]!.split("/")[1] : (xml.childText("body") ?? "subject"),
        ),
        ["romeo", "juliet", ...words, "subject"],
      );
      for (const xml of heard.slice(2, -1))
        assert.ok(
          Number.isFinite(Date.parse(xml.child("delay", ns.delay)?.attributes["stamp"] ?? "")),
          "§7.2.13: history is stamped with <delay/>",
        );
    },
    muc,
  );

  requirement(
    "XEP-0045 §7.2.13",
    "If the client wishes to receive no history, it MUST set the 'maxchars' attribute to a value of \"0\"; 'maxstanzas' limits the number of messages.",
    async (t) => {
      const [romeo, room] = [await t.available(0), t.room()];
      await t.enter(romeo, room, "romeo");
      const words = Array.from({ length: 4 }, () => t.word());
      for (const word of words) romeo.send(say(room, word));
      await romeo.message(words.at(-1)!);
      const [none, two] = [await t.available(1), await t.available(2)];
      const marker = t.word();

      await t.enter(none, room, "none", `<history maxchars="0"/>`);
      await t.enter(two, room, "two", `<history maxstanzas="2"/>`);
      romeo.send(say(room, marker));

      for (const [client, expected] of [
        [none, []],
        [two, words.slice(2)],
      ] as const) {
        await client.message(marker);
        assert.deepEqual(
          client.waiting.map((xml) => xml.childText("body")).filter((body) => words.includes(body ?? "")),
          expected,
        );
      }
    },
    muc,
  );

  requirement(
    "XEP-0045 §7.2.8",
    "If the room already contains another user with the nickname desired by the user seeking to enter the room, the service MUST deny access with a <conflict/> error.",
    async (t) => {
      const [romeo, juliet, room] = [await t.available(0), await t.available(1), t.room()];
      await t.enter(romeo, room, "taken");

      juliet.send(`<presence xmlns="jabber:client" to="${room}/taken"><x xmlns="${ns.muc}"/></presence>`);

      assert.equal(conditionOf(await juliet.presence(`${room}/taken`, "error")), "conflict");
    },
    muc,
  );

  requirement(
    "XEP-0045 §7.4",
    "If the sender is not an occupant of the room, the service SHOULD return a <not-acceptable/> error to the sender and SHOULD NOT reflect the message to all occupants.",
    async (t) => {
      const [romeo, juliet, room] = [await t.available(0), await t.available(1), t.room()];
      await t.enter(romeo, room, "romeo");
      const [word, marker] = [t.word(), t.word()];

      juliet.send(say(room, word));

      const error = await juliet.take(
        "an error",
        (xml) => xml.is("message") && xml.attributes["type"] === "error" && xml.attributes["id"] === word,
      );
      assert.equal(conditionOf(error), "not-acceptable");
      romeo.send(say(room, marker));
      await romeo.message(marker);
      assert.ok(romeo.waiting.every((xml) => xml.childText("body") !== word));
    },
    { about: "an outsider", ...muc },
  );

  requirement(
    "XEP-0045 §7.14",
    "The service MUST send unavailable presence from the departing occupant to all, with status code 110 to the departing one.",
    async (t) => {
      const [romeo, juliet, room] = [await t.available(0), await t.available(1), t.room()];
      await t.enter(romeo, room, "romeo");
      await t.enter(juliet, room, "juliet");

      juliet.send(`<presence xmlns="jabber:client" to="${room}/juliet" type="unavailable"/>`);

      const [own, told] = [
        await juliet.presence(`${room}/juliet`, "unavailable"),
        await romeo.presence(`${room}/juliet`, "unavailable"),
      ];
      assert.ok(codes(own).includes("110") && !codes(told).includes("110"));
      assert.equal(told.deep("item", ns.mucUser)?.attributes["role"], "none");
    },
    muc,
  );

  requirement(
    "XEP-0045 §7.14",
    "An occupant whose connection is lost leaves the room, and the others are told.",
    async (t) => {
      const [romeo, juliet, room] = [await t.available(0), await t.available(1), t.room()];
      await t.enter(romeo, room, "romeo");
      await t.enter(juliet, room, "juliet");

      await juliet.drop();

      await romeo.presence(`${room}/juliet`, "unavailable");
    },
    { about: "a broken connection", only: connections, ...muc },
  );

  requirement(
    "XEP-0045 §7.4",
    "Every occupant sees the messages of a room in one order, whoever wrote them.",
    async (t) => {
      const room = t.room();
      const clients = [await t.available(0), await t.available(1), await t.available(2)];
      for (const [index, client] of clients.entries()) await t.enter(client, room, `n${index}`);
      const words = clients.map(() => Array.from({ length: 20 }, () => t.word()));

      for (let n = 0; n < 20; n++)
        for (const [index, client] of clients.entries()) client.send(say(room, words[index]![n]!));

      const orders: string[][] = [];
      for (const client of clients) {
        const order: string[] = [];
        while (order.length < 60)
          order.push(
            (
              await client.take(
                "a line",
                (xml) => xml.is("message") && words.flat().includes(xml.childText("body") ?? ""),
              )
            ).childText("body")!,
          );
        orders.push(order);
      }
      assert.deepEqual(orders[1], orders[0]);
      assert.deepEqual(orders[2], orders[0]);
      for (const own of words)
        assert.deepEqual(
          orders[0]!.filter((word) => own.includes(word)),
          own,
          "each writer's own order",
        );
    },
    { about: "one order", ...muc },
  );
});
