// RFC 6121 §8.5: how messages find the resources of a local account.
import assert from "node:assert/strict";
import { conditionOf, ns } from "../clients/xmpp.ts";
import { requirement } from "./requirement.ts";

const chat = (to: string, body: string, type = "chat", extra = ""): string =>
  `<message xmlns="jabber:client" type="${type}" to="${to}"><body>${body}</body>${extra}</message>`;

describe("RFC 6121 messages", () => {
  requirement(
    "RFC 6121 §8.5.2.1.1",
    "If there is one available resource with a non-negative presence priority then the server MUST deliver the message to that resource.",
    async (t) => {
      const [romeo, juliet] = [await t.available(0), await t.available(1)];
      const words = [t.word(), t.word()];

      romeo.send(chat(juliet.bare, words[0]!));
      romeo.send(chat(juliet.bare, words[1]!, "normal"));

      const got = [await juliet.message(words[0]!), await juliet.message(words[1]!)];
      assert.deepEqual(
        got.map((xml) => xml.attributes["to"]),
        [juliet.bare, juliet.bare],
        "In all cases, the server MUST NOT rewrite the 'to' attribute",
      );
    },
  );

  requirement(
    "RFC 6121 §8.5.3.1",
    "If there is an available or connected resource that exactly matches the full JID, the server MUST deliver the stanza to the connected resource.",
    async (t) => {
      const [romeo, phone, laptop] = [await t.available(0), await t.available(1), await t.available(1)];
      const word = t.word();

      romeo.send(chat(phone.jid, word));

      assert.equal((await phone.message(word)).attributes["to"], phone.jid);
      await laptop.ping();
      // A carbon would need enabling (XEP-0280 §4).
      assert.ok(
        laptop.waiting.every((xml) => xml.childText("body") !== word),
        "another resource got it",
      );
    },
    { needs: ["policy"] },
  );

  requirement(
    "RFC 6121 §8.5.3.2.1",
    'If the full JID does not match a connected resource, a message of type "chat" is treated as if it were addressed to the bare JID (or stored, or refused).',
    async (t) => {
      const [romeo, juliet] = [await t.available(0), await t.available(1)];
      const word = t.word();

      romeo.send(chat(`${juliet.bare}/gone-${word}`, word));

      await juliet.message(word);
    },
  );

  requirement(
    "RFC 6121 §8.5.2.1.1",
    'For a message stanza of type "groupchat", the server MUST NOT deliver the stanza to any of the available resources but instead MUST return a stanza error to the sender, which SHOULD be <service-unavailable/>.',
    async (t) => {
      const [romeo, juliet] = [await t.available(0), await t.available(1)];
      const word = t.word();

      romeo.send(
        `<message xmlns="jabber:client" id="${word}" type="groupchat" to="${juliet.bare}"><body>${word}</body></message>`,
      );

      const error = await romeo.take(
        "an error",
        (xml) => xml.is("message") && xml.attributes["type"] === "error" && xml.attributes["id"] === word,
      );
      assert.equal(conditionOf(error), "service-unavailable");
      await juliet.ping();
      assert.ok(juliet.waiting.every((xml) => xml.childText("body") !== word));
    },
    { about: "groupchat" },
  );

  requirement(
    "RFC 6121 §8.5.2.1.1",
    "The server MUST NOT deliver a message to a resource with a negative presence priority when it is addressed to the bare JID.",
    async (t) => {
      const [romeo, shy, open] = [await t.available(0), await t.available(1, -1), await t.available(1, 0)];
      const word = t.word();

      romeo.send(chat(open.bare, word));

      await open.message(word);
      await shy.ping();
      assert.ok(shy.waiting.every((xml) => xml.childText("body") !== word));
    },
    { about: "negative priority" },
  );

  requirement(
    "RFC 6121 §8.5.2.2.1",
    'If there are no available resources: for a message stanza of type "normal" or "chat", the server SHOULD either store the message offline for later retrieval or return a stanza error.',
    async (t) => {
      const romeo = await t.available(0);
      const word = t.word();

      romeo.send(
        `<message xmlns="jabber:client" id="${word}" type="chat" to="${t.bare(2)}"><body>${word}</body></message>`,
      );
      await romeo.ping();
      const nurse = await t.available(2);

      const got = await nurse.message(word);
      assert.equal(got.attributes["from"], romeo.jid);
      assert.ok(
        Number.isFinite(Date.parse(got.child("delay", ns.delay)?.attributes["stamp"] ?? "")),
        "XEP-0203: a late message says when it was sent",
      );
    },
  );

  requirement(
    "XEP-0160 §3",
    "The server sends the messages it stored when the recipient next sends non-negative available presence, in the order in which they were received, once.",
    async (t) => {
      const romeo = await t.available(0);
      const words = Array.from({ length: 10 }, () => t.word());
      for (const word of words) romeo.send(chat(t.bare(2), word));
      await romeo.ping();

      const first = await t.available(2);
      await first.message(words.at(-1)!);
      const got = first.waiting.map((xml) => xml.childText("body")).filter((body) => words.includes(body ?? ""));
      assert.deepEqual(got, words.slice(0, -1));
      await first.ping(); // a connection that is cut right behind them says nothing of whether they came
      await first.drop();

      const marker = t.word();
      const again = await t.available(2);
      romeo.send(chat(t.bare(2), marker));
      await again.message(marker);
      assert.ok(
        again.waiting.every((xml) => !words.includes(xml.childText("body") ?? "")),
        "they came twice",
      );
    },
    { about: "once" },
  );

  requirement(
    "XEP-0160 §3",
    'Messages with a type of "chat" SHOULD be stored offline, with the exception of messages that contain only Chat State Notifications (such messages SHOULD NOT be stored offline).',
    async (t) => {
      const romeo = await t.available(0);
      const [state, marker] = [t.word(), t.word()];
      romeo.send(
        `<message xmlns="jabber:client" type="chat" id="${state}" to="${t.bare(2)}"><composing xmlns="${ns.chatStates}"/></message>`,
      );
      romeo.send(chat(t.bare(2), marker));
      await romeo.ping();

      const nurse = await t.available(2);

      await nurse.message(marker);
      assert.ok(nurse.waiting.every((xml) => xml.attributes["id"] !== state));
    },
    { about: "not stored" },
  );

  requirement(
    "XEP-0085 §5.3",
    "Chat states travel as children of messages: the server passes them on to a recipient who is there.",
    async (t) => {
      const [romeo, juliet] = [await t.available(0), await t.available(1)];

      romeo.send(
        `<message xmlns="jabber:client" type="chat" to="${juliet.jid}"><composing xmlns="${ns.chatStates}"/></message>`,
      );

      const got = await juliet.take(
        "a chat state",
        (xml) =>
          xml.is("message") &&
          xml.child("composing", ns.chatStates) !== undefined &&
          xml.attributes["from"] === romeo.jid,
      );
      assert.equal(got.child("body"), undefined);
    },
  );

  requirement(
    "RFC 6121 §5.2",
    "What a message carries beside its body reaches the recipient unchanged: subject, thread, other languages, children of any namespace.",
    async (t) => {
      const [romeo, juliet] = [await t.available(0), await t.available(1)];
      const word = t.word();
      const extra = `<subject>s &amp; é</subject><thread parent="p">th</thread><body xml:lang="it">ciao</body><x xmlns="urn:example:x" a="1"><y>😀</y></x>`;

      romeo.send(chat(juliet.bare, word, "chat", extra));

      const got = await juliet.message(word);
      assert.deepEqual(
        [got.childText("subject"), got.childText("thread"), got.child("thread")?.attributes["parent"]],
        ["s & é", "th", "p"],
      );
      assert.ok(
        got.elements.some(
          (child) => child.is("body") && child.attributes["xml:lang"] === "it" && child.text === "ciao",
        ),
      );
      assert.equal(
        String(got.child("x", "urn:example:x")),
        `<x xmlns="urn:example:x" a="1"><y xmlns="urn:example:x">😀</y></x>`,
      );
    },
  );
});
