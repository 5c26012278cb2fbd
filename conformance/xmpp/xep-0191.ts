// XEP-0191: Blocking Command.
import assert from "node:assert/strict";
import { conditionOf, ns, type XmppClient } from "../clients/xmpp.ts";
import type { XmppKit } from "../xmpp-kit.ts";
import { offered } from "./offered.ts";
import { requirement } from "./requirement.ts";

const blocking = "urn:xmpp:blocking";
const item = (jid: string): string => `<item jid="${jid}"/>`;

const block = (client: XmppClient, ...jids: readonly string[]) =>
  client.iq("set", `<block xmlns="${blocking}">${jids.map(item).join("")}</block>`);
const unblockAll = (client: XmppClient) => client.iq("set", `<unblock xmlns="${blocking}"/>`);

async function blocked(client: XmppClient): Promise<string[]> {
  const answer = await client.iq("get", `<blocklist xmlns="${blocking}"/>`);
  return answer.child("blocklist", blocking)!.elements.map((each) => each.attributes["jid"]!);
}

/** Runs with nobody blocked, before and after. */
async function between(t: XmppKit, act: (romeo: XmppClient, juliet: XmppClient) => Promise<void>): Promise<void> {
  const [romeo, juliet] = [await t.available(0), await t.available(1)];
  await offered(romeo, blocking);
  await unblockAll(romeo);
  try {
    await act(romeo, juliet);
  } finally {
    await unblockAll(romeo);
  }
}

const message = (to: string, body: string): string =>
  `<message xmlns="jabber:client" type="chat" to="${to}" id="${body}"><body>${body}</body></message>`;

/** Its condition, and whether it says that the sender blocks. */
async function refusal(client: XmppClient, id: string): Promise<[string, boolean]> {
  const error = await client.take(
    `an error for ${id}`,
    (xml) => xml.attributes["id"] === id && xml.attributes["type"] === "error",
  );
  return [conditionOf(error), error.child("error")?.child("blocked", "urn:xmpp:blocking:errors") !== undefined];
}

describe("XEP-0191 Blocking Command", () => {
  requirement(
    "XEP-0191 §3.2",
    "The server returns the user's block list: if the user has no contacts in its block list, the server MUST return an IQ-result containing an empty <blocklist/> element.",
    (t) => between(t, async (romeo) => assert.deepEqual(await blocked(romeo), [])),
  );

  requirement(
    "XEP-0191 §3.3",
    "In order for a user to block communications with a contact, the client sends an IQ-set with a <block/> element; if the server can successfully process the command, it MUST return an IQ-result.",
    (t) =>
      between(t, async (romeo, juliet) => {
        const answer = await block(romeo, juliet.bare, "capulet.example");

        assert.equal(answer.attributes["type"], "result");
        assert.deepEqual((await blocked(romeo)).toSorted(), ["capulet.example", juliet.bare].toSorted());
      }),
  );

  requirement(
    "XEP-0191 §3.3",
    "The server MUST also send an IQ-set (block push) to all of the user's resources that have requested the blocklist, containing the blocked item(s).",
    (t) =>
      between(t, async (romeo, juliet) => {
        const laptop = await t.available(0);
        await blocked(laptop);

        await block(romeo, juliet.bare);
        const pushed = await laptop.take(
          "a block push",
          (xml) => xml.is("iq") && xml.child("block", blocking) !== undefined,
        );
        await unblockAll(romeo);
        const freed = await laptop.take("an unblock push", (xml) => xml.child("unblock", blocking) !== undefined);

        assert.equal(pushed.attributes["type"], "set");
        assert.deepEqual(
          pushed.child("block")!.elements.map((each) => each.attributes["jid"]),
          [juliet.bare],
        );
        assert.ok([undefined, romeo.bare].includes(freed.attributes["from"]));
      }),
    { about: "push" },
  );

  requirement(
    "XEP-0191 §3.3",
    "A <block/> without items is a <bad-request/>.",
    (t) => between(t, async (romeo) => assert.equal(conditionOf(await block(romeo)), "bad-request")),
    { about: "nobody" },
  );

  requirement(
    "XEP-0191 §3.3",
    "If the contact has a presence subscription, the server MUST send unavailable presence to the contact for all of the user's available resources.",
    (t) =>
      between(t, async (romeo, juliet) => {
        await t.befriend(romeo, juliet);
        const sighted = await t.available(1);
        await sighted.presence(romeo.jid);

        await block(romeo, juliet.bare);

        await sighted.presence(romeo.jid, "unavailable");
        await unblockAll(romeo);
        await sighted.presence(romeo.jid);
        await t.estrange(romeo, juliet);
      }),
    { about: "presence" },
  );

  requirement(
    "XEP-0191 §3.4",
    "Once the user has blocked communications with the contact, the user's server MUST NOT deliver any XML stanzas from the contact to the user; for message stanzas the server SHOULD return <service-unavailable/>.",
    (t) =>
      between(t, async (romeo, juliet) => {
        await block(romeo, juliet.bare);
        const [word, marker] = [t.word(), t.word()];

        juliet.send(message(romeo.bare, word));

        assert.equal((await refusal(juliet, word))[0], "service-unavailable");
        await unblockAll(romeo);
        juliet.send(message(romeo.bare, marker));
        await romeo.message(marker);
        assert.ok(romeo.waiting.every((xml) => xml.childText("body") !== word));
      }),
  );

  requirement(
    "XEP-0191 §3.4",
    "If the user attempts to send an outbound stanza to the contact, the user's server MUST return <not-acceptable/> with <blocked/>; and whoever is blocked is answered an IQ with <service-unavailable/> (SHOULD): also an IQ to the account, which a server answers in its name.",
    (t) =>
      between(t, async (romeo, juliet) => {
        const card = `<vCard xmlns="vcard-temp"><FN>Juliet</FN></vCard>`;
        for (const client of [romeo, juliet]) await client.iq("set", card);
        await block(romeo, juliet.bare);

        const out = await romeo.iq("get", `<vCard xmlns="vcard-temp"/>`, juliet.bare);
        const back = await juliet.iq("get", `<vCard xmlns="vcard-temp"/>`, romeo.bare);

        assert.equal(conditionOf(out), "not-acceptable");
        assert.ok(out.child("error")?.child("blocked", "urn:xmpp:blocking:errors") !== undefined, String(out));
        assert.equal(conditionOf(back), "service-unavailable");
      }),
    { about: "to an account" },
  );

  requirement(
    "XEP-0191 §3.4",
    'For IQ stanzas of type "get" or "set", the server MUST return an error, which SHOULD be <service-unavailable/>.',
    (t) =>
      between(t, async (romeo, juliet) => {
        await block(romeo, juliet.bare);

        const answer = await juliet.iq("get", `<ping xmlns="${ns.ping}"/>`, romeo.jid);

        assert.equal(conditionOf(answer), "service-unavailable");
      }),
    { about: "IQ" },
  );

  requirement(
    "XEP-0191 §3.4",
    "If the user attempts to send an outbound stanza to the contact, the user's server MUST NOT route the stanza to the contact but instead MUST return a <not-acceptable/> error containing an application-specific error condition of <blocked/>.",
    (t) =>
      between(t, async (romeo, juliet) => {
        await block(romeo, juliet.bare);
        const word = t.word();

        romeo.send(message(juliet.bare, word));

        assert.deepEqual(await refusal(romeo, word), ["not-acceptable", true]);
        const id = romeo.id();
        romeo.send(
          `<iq xmlns="jabber:client" type="get" id="${id}" to="${juliet.jid}"><ping xmlns="${ns.ping}"/></iq>`,
        );
        assert.deepEqual(await refusal(romeo, id), ["not-acceptable", true]);
        await juliet.ping();
        assert.ok(juliet.waiting.every((xml) => xml.childText("body") !== word));
      }),
    { about: "outbound" },
  );

  requirement(
    "XEP-0191 §3.5",
    "The server MUST unblock the contacts of the items, and all of them when there is no item.",
    (t) =>
      between(t, async (romeo, juliet) => {
        await block(romeo, juliet.bare, "capulet.example", "montague.example");
        await romeo.iq("set", `<unblock xmlns="${blocking}">${item("capulet.example")}</unblock>`);
        const some = await blocked(romeo);

        await unblockAll(romeo);

        assert.deepEqual(some.toSorted(), [juliet.bare, "montague.example"].toSorted());
        assert.deepEqual(await blocked(romeo), []);
      }),
  );
});
