// What a server may do for its users beside messages: XEP-0157, XEP-0050 with XEP-0401, XEP-0490; and what it must not.
import assert from "node:assert/strict";
import { ns } from "../clients/xmpp.ts";
import { commands, field } from "../command-kit.ts";
import { NotOffered } from "../requirement.ts";
import { offered } from "./offered.ts";
import { requirement } from "./requirement.ts";

const displayed = "urn:xmpp:mds:displayed:0";

describe("XEP-0078, XEP-0157, XEP-0401, XEP-0490", () => {
  requirement(
    "RFC 6120 §6.3.1",
    "Obsolete authentication (XEP-0078) is not offered, and stanzas before SASL close the stream.",
    async (t) => {
      const client = await t.stream();
      assert.equal(client.features.child("auth", "http://jabber.org/features/iq-auth"), undefined);

      client.send(
        `<iq xmlns="jabber:client" type="set" id="a"><query xmlns="jabber:iq:auth"><username>romeo</username><resource>r</resource><password>x</password></query></iq>`,
      );

      assert.equal((await client.streamError()).condition, "not-authorized");
    },
    { about: "XEP-0078", needs: ["policy"] },
  );

  requirement(
    "XEP-0157 §2",
    "The information MUST be communicated in the FORM_TYPE http://jabber.org/network/serverinfo, as fields of type list-multi whose values are addresses.",
    async (t) => {
      const romeo = await t.bound(0);
      const info = await romeo.iq("get", `<query xmlns="${ns.discoInfo}"/>`, t.domain);
      const form = info
        .child("query", ns.discoInfo)!
        .elements.find(
          (each) => each.is("x", "jabber:x:data") && String(each).includes("http://jabber.org/network/serverinfo"),
        );
      if (form === undefined) throw new NotOffered("not offered: contact addresses");

      assert.equal(form.attributes["type"], "result");
      for (const each of form.elements.filter(({ attributes }) => attributes["var"]?.endsWith("-addresses") === true))
        for (const value of each.elements) assert.match(value.text, /^(?:mailto|xmpp|https?):/);
    },
  );

  requirement(
    "XEP-0401 §3.1",
    "The invite command gives a uri for the contact to be, with a token that preauthorizes it.",
    async (t) => {
      const romeo = await t.available(0);
      const node = "urn:xmpp:invite#invite";
      const listed = await romeo.iq("get", `<query xmlns="${ns.discoItems}" node="${commands}"/>`, t.domain);
      if (!String(listed).includes(node)) throw new NotOffered("not offered: invitations");

      const answer = await romeo.iq("set", `<command xmlns="${commands}" node="${node}" action="execute"/>`, t.domain);

      const command = answer.child("command", commands);
      assert.equal(command?.attributes["status"], "completed");
      assert.match(String(command), /xmpp:[^?]+\?roster;preauth=[^;<&"]+/);
    },
    { about: "to be a contact" },
  );

  requirement(
    "XEP-0379 §3.4",
    "A subscription with a valid preauth token is accepted without asking the user.",
    async (t) => {
      const [romeo, juliet] = [await t.available(0), await t.available(1)];
      const node = "urn:xmpp:invite#invite";
      const listed = await romeo.iq("get", `<query xmlns="${ns.discoItems}" node="${commands}"/>`, t.domain);
      if (!String(listed).includes(node)) throw new NotOffered("not offered: invitations");
      await t.estrange(romeo, juliet);
      const made = await romeo.iq("set", `<command xmlns="${commands}" node="${node}" action="execute"/>`, t.domain);
      const token = /preauth=([^;<&"]+)/.exec(String(made))![1]!;

      juliet.send(
        `<presence xmlns="jabber:client" to="${romeo.bare}" type="subscribe"><preauth xmlns="urn:xmpp:pars:0" token="${token}"/></presence>`,
      );

      await juliet.presence(romeo.bare, "subscribed");
      await t.estrange(romeo, juliet);
    },
  );

  requirement(
    "XEP-0445 §4",
    "If the token provided by the client was unknown, invalid or expired, the server should return an appropriate error to the client.",
    async (t) => {
      const client = await t.stream();
      if (client.features.child("register", "urn:xmpp:ibr-token:0") === undefined)
        throw new NotOffered("not offered: registration by token");

      const answer = await client.iq("set", `<preauth xmlns="urn:xmpp:pars:0" token="${t.word()}"/>`, t.domain);

      // "appropriate" is not said to be the example's.
      assert.equal(answer.attributes["type"], "error");
    },
  );

  requirement(
    "XEP-0490 §3",
    "Which message was displayed last is an item of the user's own node, whose other devices are notified; nobody else may read it.",
    async (t) => {
      const romeo = await t.available(0);
      for (const needed of ["publish-options", "config-node-max"])
        await offered(romeo, `http://jabber.org/protocol/pubsub#${needed}`, romeo.bare);
      const [peer, id] = [`${t.word()}@${t.domain}`, t.word()];
      const other = await t.bound(0);
      const caps = `<c xmlns="http://jabber.org/protocol/caps" hash="sha-1" node="urn:example:${t.word()}" ver="${Buffer.from(t.word()).toString("base64")}"/>`;
      other.send(`<presence xmlns="jabber:client">${caps}</presence>`);
      const asked = await other.take(
        "a question about its capabilities",
        (xml) => xml.is("iq") && xml.child("query", ns.discoInfo) !== undefined && xml.attributes["type"] === "get",
      );
      other.send(
        `<iq xmlns="jabber:client" type="result" id="${asked.attributes["id"]}" to="${asked.attributes["from"] ?? t.domain}"><query xmlns="${ns.discoInfo}" node="${asked.child("query")!.attributes["node"] ?? ""}"><identity category="client" type="pc"/><feature var="${displayed}+notify"/></query></iq>`,
      );
      await other.ping();
      const options = `<publish-options><x xmlns="jabber:x:data" type="submit">${field("FORM_TYPE", "http://jabber.org/protocol/pubsub#publish-options")}${field("pubsub#persist_items", "true")}${field("pubsub#max_items", "max")}${field("pubsub#send_last_published_item", "never")}${field("pubsub#access_model", "whitelist")}</x></publish-options>`;

      const published = await romeo.iq(
        "set",
        `<pubsub xmlns="http://jabber.org/protocol/pubsub"><publish node="${displayed}"><item id="${peer}"><displayed xmlns="${displayed}"><stanza-id xmlns="urn:xmpp:sid:0" by="${romeo.bare}" id="${id}"/></displayed></item></publish>${options}</pubsub>`,
      );
      assert.equal(published.attributes["type"], "result", published.toString());

      await other.take("the notification", (xml) => xml.is("message") && String(xml).includes(id));
      const juliet = await t.bound(1);
      const read = await juliet.iq(
        "get",
        `<pubsub xmlns="http://jabber.org/protocol/pubsub"><items node="${displayed}"/></pubsub>`,
        romeo.bare,
      );
      assert.equal(read.attributes["type"], "error");
    },
  );
});
