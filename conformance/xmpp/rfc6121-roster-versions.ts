// RFC 6121 §2.6 (first XEP-0237): roster versioning; §3.4: pre-approval.
import assert from "node:assert/strict";
import { NotOffered } from "../requirement.ts";
import { ns, type XmppClient } from "../clients/xmpp.ts";
import type { Xml } from "../clients/xml.ts";
import { requirement } from "./requirement.ts";

const versioned = (client: XmppClient): void => {
  if (client.features.child("ver", "urn:xmpp:features:rosterver") === undefined)
    throw new NotOffered("not offered: roster versioning");
};
const roster = (client: XmppClient, ver?: string): Promise<Xml> =>
  client.iq("get", `<query xmlns="${ns.roster}"${ver === undefined ? "" : ` ver="${ver}"`}/>`);
const put = (client: XmppClient, jid: string, name: string): Promise<Xml> =>
  client.iq("set", `<query xmlns="${ns.roster}"><item jid="${jid}" name="${name}"/></query>`);
const remove = (client: XmppClient, jid: string): Promise<Xml> =>
  client.iq("set", `<query xmlns="${ns.roster}"><item jid="${jid}" subscription="remove"/></query>`);
const push = (client: XmppClient, jid: string): Promise<Xml> =>
  client.take(
    `a push of ${jid}`,
    (xml) =>
      xml.is("iq") &&
      xml.attributes["type"] === "set" &&
      xml.child("query", ns.roster)?.child("item")?.attributes["jid"] === jid,
  );
const versionOf = (xml: Xml): string | undefined => xml.child("query", ns.roster)?.attributes["ver"];

describe("RFC 6121 §2.6 Roster versioning", () => {
  requirement(
    "RFC 6121 §2.6.2",
    "If a client supports roster versioning and has no cache, it bootstraps with an empty 'ver'; the server's result then carries the version of the whole roster.",
    async (t) => {
      const romeo = await t.bound(0);
      versioned(romeo);

      const answer = await roster(romeo, "");

      assert.ok((versionOf(answer) ?? "") !== "");
    },
  );

  requirement(
    "RFC 6121 §2.6.3",
    "If the roster has not been modified since the version, the server MUST return an empty IQ-result.",
    async (t) => {
      const romeo = await t.bound(0);
      versioned(romeo);
      const version = versionOf(await roster(romeo, ""));

      const answer = await roster(romeo, version);

      assert.equal(answer.attributes["type"], "result");
      assert.equal(answer.elements.length, 0);
    },
    { about: "unchanged" },
  );

  requirement(
    "RFC 6121 §2.6.3",
    "Otherwise the server either returns the complete roster, or an empty IQ-result followed by roster pushes of what was modified, in order from oldest to newest, each with its version.",
    async (t) => {
      const romeo = await t.bound(0);
      versioned(romeo);
      const [one, two] = [`${t.word()}@${t.domain}`, `${t.word()}@${t.domain}`];
      await put(romeo, one, "One");
      const version = versionOf(await roster(romeo, ""));
      await put(romeo, two, "Two");
      await remove(romeo, one);

      const back = await t.bound(0);
      const answer = await roster(back, version);

      const query = answer.child("query", ns.roster);
      if (query !== undefined) {
        const listed = new Set(query.elements.map((each) => each.attributes["jid"]));
        assert.deepEqual([listed.has(one), listed.has(two)], [false, true]);
      } else {
        const [added, gone] = [await push(back, two), await push(back, one)];
        assert.equal(gone.child("query")!.child("item")!.attributes["subscription"], "remove");
        assert.notEqual(versionOf(added), versionOf(gone));
        assert.equal((await roster(back, versionOf(gone))).elements.length, 0);
      }
      await remove(romeo, two);
    },
    { about: "increments" },
  );

  requirement(
    "RFC 6121 §2.6.2",
    "The server MUST include the 'ver' attribute in each roster push to a client that supports versioning.",
    async (t) => {
      const romeo = await t.bound(0);
      versioned(romeo);
      await roster(romeo, "");
      const jid = `${t.word()}@${t.domain}`;

      await put(romeo, jid, "Somebody");

      assert.ok((versionOf(await push(romeo, jid)) ?? "") !== "");
      await remove(romeo, jid);
    },
    { about: "push" },
  );
});

describe("RFC 6121 §3.4 Pre-approval", () => {
  const approves = (client: XmppClient): void => {
    if (client.features.child("sub", "urn:xmpp:features:pre-approval") === undefined)
      throw new NotOffered("not offered: subscription pre-approval");
  };

  requirement(
    "RFC 6121 §3.4.1",
    "If the contact is not in the user's roster or in state 'None', the server MUST note the pre-approval by setting the 'approved' flag to 'true', and push it; it MUST NOT route the stanza to the contact.",
    async (t) => {
      const [romeo, mercutio] = [await t.available(0), await t.available(2)];
      approves(romeo);
      await t.estrange(romeo, mercutio);
      await roster(romeo);

      romeo.send(`<presence xmlns="jabber:client" to="${mercutio.bare}" type="subscribed"/>`);

      const item = (await push(romeo, mercutio.bare)).child("query")!.child("item")!;
      assert.deepEqual([item.attributes["approved"], item.attributes["subscription"]], ["true", "none"]);
      await romeo.ping();
      await mercutio.ping();
      assert.ok(mercutio.waiting.every((xml) => xml.attributes["type"] !== "subscribed"));
      await t.estrange(romeo, mercutio);
    },
  );

  requirement(
    "RFC 6121 §3.4.2",
    "If the contact then asks, the user's server MUST automatically answer with 'subscribed', and MUST NOT deliver the request.",
    async (t) => {
      const [romeo, mercutio] = [await t.available(0), await t.available(2)];
      approves(romeo);
      await t.estrange(romeo, mercutio);
      await roster(romeo);
      await roster(mercutio);
      romeo.send(`<presence xmlns="jabber:client" to="${mercutio.bare}" type="subscribed"/>`);
      await push(romeo, mercutio.bare);

      mercutio.send(`<presence xmlns="jabber:client" to="${romeo.bare}" type="subscribe"/>`);

      const item = (await push(romeo, mercutio.bare)).child("query")!.child("item")!;
      assert.equal(item.attributes["subscription"], "from");
      await mercutio.presence(romeo.jid);
      assert.ok(romeo.waiting.every((xml) => xml.attributes["type"] !== "subscribe"));
      await t.estrange(romeo, mercutio);
    },
  );
});
