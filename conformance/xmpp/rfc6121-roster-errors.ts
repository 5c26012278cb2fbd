// RFC 6121 §2: what a roster get and a roster set may not hold, what is ignored in them, and what a set changes.
import assert from "node:assert/strict";
import { conditionOf, ns, type XmppClient } from "../clients/xmpp.ts";
import { requirement } from "./requirement.ts";

const query = (inside = ""): string => `<query xmlns="${ns.roster}">${inside}</query>`;

async function itemOf(client: XmppClient, jid: string): Promise<Readonly<Record<string, string>> | undefined> {
  const items = (await client.iq("get", query())).child("query")!.elements;
  return items.find((item) => item.attributes["jid"] === jid)?.attributes;
}

describe("RFC 6121 §2: rosters, refused and ignored", () => {
  requirement(
    "RFC 6121 §2.1.3",
    "In a roster get the <query/> element MUST NOT contain any <item/> child elements.",
    async (t) => {
      const client = await t.bound();

      assert.equal(conditionOf(await client.iq("get", query(`<item jid="a@${t.domain}"/>`))), "bad-request");
    },
    { needs: ["policy"] },
  );

  requirement(
    "RFC 6121 §2.1.5",
    "In a roster set the server MUST ignore any value of the 'subscription' attribute other than 'remove', and any 'ask' (§2.1.2.2) and 'approved' (§2.1.2.1).",
    async (t) => {
      const client = await t.bound();

      for (const attributes of [`subscription="both"`, `subscription="sideways"`, `approved="true"`]) {
        const jid = `${t.word()}@${t.domain}`;
        const answer = await client.iq("set", query(`<item jid="${jid}" ${attributes}/>`));
        assert.equal(answer.attributes["type"], "result", attributes);
        const { subscription, ask, approved } = (await itemOf(client, jid))!;
        assert.deepEqual([subscription, ask, approved], ["none", undefined, undefined], attributes);
        await client.iq("set", query(`<item jid="${jid}" subscription="remove"/>`));
      }
    },
    { about: "ignored" },
  );

  for (const [what, inside, condition] of [
    ["no item", "", "bad-request"],
    ["an item without a JID", "<item/>", "bad-request"],
    ["a group twice", `<item jid="a@example.net"><group>g</group><group>g</group></item>`, "bad-request"],
    ["a group of no length", `<item jid="a@example.net"><group/></item>`, "not-acceptable"],
    ["a name that is too long", `<item jid="a@example.net" name="${"n".repeat(20_000)}"/>`, "not-acceptable"],
    [
      "a group that is too long",
      `<item jid="a@example.net"><group>${"g".repeat(20_000)}</group></item>`,
      "not-acceptable",
    ],
  ] as const) {
    requirement(
      "RFC 6121 §2.3.3",
      "The server MUST return <bad-request/> for a roster set without exactly one item, without a JID or with a group twice, and <not-acceptable/> for a group of no length, or a name or group longer than it supports.",
      async (t) => {
        const client = await t.bound();

        assert.equal(conditionOf(await client.iq("set", query(inside))), condition);
      },
      { about: what, ...(what.includes("too long") ? { needs: ["policy"] as const } : {}) },
    );
  }

  requirement(
    "RFC 6121 §2.4.1",
    "Because a roster item is atomic, the item MUST be updated exactly as provided in the roster set: groups and name that it does not name are gone.",
    async (t) => {
      const client = await t.bound();
      const jid = `${t.word()}@${t.domain}`;
      const set = (inside: string) => client.iq("set", query(inside));

      await set(`<item jid="${jid}" name="N"><group>a</group><group>b</group></item>`);
      await set(`<item jid="${jid}" name="M"><group>b</group></item>`);
      const items = (await client.iq("get", query())).child("query")!.elements;
      const item = items.find((each) => each.attributes["jid"] === jid)!;
      assert.deepEqual([item.attributes["name"], item.elements.map((group) => group.text)], ["M", ["b"]]);
      await set(`<item jid="${jid}"/>`);
      const bare = (await client.iq("get", query()))
        .child("query")!
        .elements.find((each) => each.attributes["jid"] === jid)!;

      assert.deepEqual([bare.attributes["name"] ?? "", bare.elements.length], ["", 0]);
      await set(`<item jid="${jid}" subscription="remove"/>`);
    },
  );

  requirement(
    "RFC 6121 §2.3.2",
    "Who sets an item and asked for the roster has the push when the result comes, so that its own list is right from then on.",
    async (t) => {
      const client = await t.bound();
      await client.iq("get", query());
      const jid = `${t.word()}@${t.domain}`;

      const answer = await client.iq("set", query(`<item jid="${jid}"/>`));

      assert.equal(answer.attributes["type"], "result");
      assert.ok(client.waiting.some((xml) => xml.child("query", ns.roster)?.elements[0]?.attributes["jid"] === jid));
      await client.iq("set", query(`<item jid="${jid}" subscription="remove"/>`));
    },
    { about: "the push first", needs: ["policy"] },
  );

  requirement(
    "RFC 6121 §2.1.6",
    "A push has no 'from', or the bare JID of the user; a client answers it, and the answer goes no further.",
    async (t) => {
      const client = await t.bound();
      await client.iq("get", query());
      const jid = `${t.word()}@${t.domain}`;
      await client.iq("set", query(`<item jid="${jid}"/>`));

      const push = await client.take(
        "a push",
        (xml) => xml.child("query", ns.roster)?.elements[0]?.attributes["jid"] === jid,
      );
      client.send(`<iq xmlns="jabber:client" type="result" id="${push.attributes["id"]}"/>`);
      await client.ping();

      assert.ok([undefined, client.bare].includes(push.attributes["from"]));
      assert.deepEqual([undefined, client.bare, client.jid].includes(push.attributes["to"]), true);
      assert.ok(client.waiting.every((xml) => xml.attributes["type"] !== "error"));
      await client.iq("set", query(`<item jid="${jid}" subscription="remove"/>`));
    },
  );

  requirement(
    "RFC 6121 §2.5.2",
    "When an item with a subscription is removed, the server MUST send 'unsubscribe' and 'unsubscribed' to the contact as the subscription was, and the contact's list is changed with it; unavailable presence follows.",
    async (t) => {
      const [romeo, juliet] = [await t.available(0), await t.available(1)];
      await t.befriend(romeo, juliet);
      await romeo.presence(juliet.jid);

      await juliet.iq("set", query(`<item jid="${romeo.bare}" subscription="remove"/>`));

      await romeo.presence(juliet.bare, "unsubscribe");
      await romeo.presence(juliet.bare, "unsubscribed");
      await romeo.presence(juliet.jid, "unavailable");
      assert.equal((await itemOf(romeo, juliet.bare))?.["subscription"] ?? "none", "none");
    },
    { about: "with a subscription" },
  );
});
