// XEP-0386: what a session begins with: carbons, client state, stream management, resumption, and no offline messages.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import * as sasl2 from "../clients/sasl2.ts";
import { ns, type XmppClient } from "../clients/xmpp.ts";
import { NotOffered } from "../requirement.ts";
import type { XmppKit } from "../xmpp-kit.ts";
import { chat } from "./message-types.ts";
import { requirement } from "./requirement.ts";

const csi = "urn:xmpp:csi:0";

/** A stream where that feature may be asked for within <bind/>. */
async function offering(t: XmppKit, feature?: string): Promise<XmppClient> {
  const client = await t.secured();
  const inline = sasl2.inlineOf(client, "bind", ns.bind2).child("inline", ns.bind2)?.elements ?? [];
  if (feature !== undefined && !inline.some((child) => child.attributes["var"] === feature))
    throw new NotOffered(`not offered within Bind 2: ${feature}`);
  return client;
}

const enable = (xmlns: string, attributes = ""): string => `<enable xmlns="${xmlns}"${attributes}/>`;

async function available(client: XmppClient): Promise<void> {
  client.send(`<presence xmlns="${ns.client}"/>`);
  await client.ping();
}

const saying = (status: string): string => `<presence xmlns="${ns.client}"><status>${status}</status></presence>`;

/** Whether presence may wait. Now and then it goes out all the same, with something else that came for the client. */
async function holdsBack(t: XmppKit, client: XmppClient, juliet: XmppClient): Promise<boolean> {
  for (let left = 3; left > 0; left--) {
    const status = t.word();
    juliet.send(saying(status));
    await juliet.ping();
    await client.ping();
    if (!client.waiting.some((xml) => xml.is("presence") && xml.childText("status") === status)) return true;
  }
  return false;
}

describe("XEP-0386 Bind 2, features", () => {
  requirement(
    "XEP-0386 §3.2",
    "If the client included a XEP-0280 <enable/> element in the requested features, Message Carbons MUST be enabled at this point.",
    async (t) => {
      const [client, other, word] = [await offering(t, ns.carbons), await t.available(0), t.word()];
      await sasl2.login(client, t.credentials(0), sasl2.bind(enable(ns.carbons)));
      await available(client);

      other.send(chat(t.bare(1), word));

      const carbon = await client.take("a carbon", (xml) => xml.child("sent", ns.carbons) !== undefined);
      assert.ok(carbon.toString().includes(word));
    },
    { about: "carbons" },
  );

  requirement(
    "XEP-0386 §3.2",
    "If the client included a XEP-0198 <enable/> element, the <bound/> response MUST contain the resulting <enabled/> (or <failed/>) element.",
    async (t) => {
      const client = await offering(t, ns.sm);

      const success = await sasl2.login(client, t.credentials(0), sasl2.bind(enable(ns.sm)));

      assert.ok(success.child("bound", ns.bind2)?.child("enabled", ns.sm) !== undefined, success.toString());
      await client.ping();
      client.send(`<r xmlns="${ns.sm}"/>`);
      const count = await client.take("a count", (xml) => xml.is("a", ns.sm));
      assert.equal(count.attributes["h"], "1", "counting begins with the session");
    },
    { about: "stream management" },
  );

  requirement(
    "XEP-0386 §3.2",
    "If the client included a XEP-0352 <inactive/> element, the session must begin in that state.",
    async (t) => {
      const [client, juliet] = [await offering(t, csi), await t.available(1)];
      const romeo = await t.bound(0);
      await t.befriend(romeo, juliet);
      await sasl2.login(client, t.credentials(0), sasl2.bind(`<inactive xmlns="${csi}"/>`));
      await available(client);

      const begins = await holdsBack(t, client, juliet);
      client.send(`<inactive xmlns="${csi}"/>`);
      const goesOn = await holdsBack(t, client, juliet);

      client.send(`<active xmlns="${csi}"/>`);
      const status = t.word();
      juliet.send(saying(status));
      await client.take("her presence", (xml) => xml.is("presence") && xml.childText("status") === status);
      await t.estrange(romeo, juliet);
      if (!begins && !goesOn)
        throw new NotOffered("an inactive client is told of presence, which XEP-0352 leaves to it");
      assert.ok(begins, "what is held back once the client says so is not from the beginning on");
    },
    { about: "client state" },
  );

  requirement(
    "XEP-0386 §3.2",
    "If that resumption is successful, the server MUST skip resource binding and MUST entirely ignore the <bind/> request.",
    async (t) => {
      const first = await offering(t, ns.sm);
      const success = await sasl2.login(first, t.credentials(0), sasl2.bind(enable(ns.sm, ' resume="true"')));
      const id = success.child("bound", ns.bind2)?.child("enabled", ns.sm)?.attributes["id"];
      if (id === undefined) throw new NotOffered("streams may not be resumed");
      await available(first);
      await first.drop();
      const [again, word] = [await offering(t), t.word()];
      sasl2.inlineOf(again, "sm", ns.sm);

      const resume = `<resume xmlns="${ns.sm}" previd="${id}" h="0"/>`;
      const resumed = await sasl2.login(again, t.credentials(0), sasl2.bind("<tag>other</tag>") + resume);

      assert.equal(resumed.child("resumed", ns.sm)?.attributes["previd"], id, resumed.toString());
      assert.equal(resumed.child("bound"), undefined);
      assert.equal(again.jid, first.jid, "XEP-0388 §2.6.1: the full JID");
      (await t.available(1)).send(chat(again.jid, word));
      await again.message(word);
    },
    { about: "resumed" },
  );

  requirement(
    "XEP-0386 §3.2",
    "If resumption of the previous stream fails, the server MUST include the XEP-0198 failure in the response, and then MUST proceed to process the bind request to establish a new session.",
    async (t) => {
      const client = await offering(t);
      sasl2.inlineOf(client, "sm", ns.sm);

      const success = await sasl2.login(
        client,
        t.credentials(0),
        `<resume xmlns="${ns.sm}" previd="nothing-of-the-kind" h="0"/>${sasl2.bind()}`,
      );

      const failed = success.child("failed", ns.sm);
      assert.ok(failed?.child("item-not-found", ns.stanzaErrors) !== undefined, success.toString());
      assert.ok(success.child("bound", ns.bind2) !== undefined && client.jid.includes("/"), success.toString());
      await client.ping();
    },
    { about: "not resumed" },
  );

  requirement(
    "XEP-0386 §3.2",
    "Clear the offline messages for this user, if any, without sending them (as they will be provided by MAM): who fetched them from the archive is not sent them again.",
    async (t) => {
      const id = randomUUID();
      const agent = `<user-agent id="${id}"/>`;
      const before = await offering(t);
      const bound = await sasl2.login(before, t.credentials(2), agent + sasl2.bind());
      if (bound.child("bound", ns.bind2)?.child("metadata", ns.mam) === undefined)
        throw new NotOffered("not told: the state of the archive");
      await available(before);
      await before.end();
      const [juliet, missed, live] = [await t.available(1), t.word(), t.word()];
      juliet.send(chat(t.bare(2), missed));
      await juliet.ping();

      const client = await offering(t);
      await sasl2.login(client, t.credentials(2), agent + sasl2.bind());
      const last = `<query xmlns="${ns.mam}"><set xmlns="http://jabber.org/protocol/rsm"><max>5</max><before/></set></query>`;
      assert.equal((await client.iq("set", last)).attributes["type"], "result");
      const found = client.waiting.filter((xml) => xml.child("result", ns.mam) !== undefined).map(String);
      assert.ok(found.some((xml) => xml.includes(missed)));
      await available(client);
      juliet.send(chat(t.bare(2), live));

      await client.message(live);
      assert.ok(client.waiting.every((xml) => xml.childText("body") !== missed));
    },
    { about: "offline messages" },
  );
});
