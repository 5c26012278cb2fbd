// RFC 6121 §8.5: stanzas to one resource, to accounts of which nobody is there, and to accounts that are none.
import assert from "node:assert/strict";
import { conditionOf, ns } from "../clients/xmpp.ts";
import { errorPart, isMessage, messageOf } from "./message-types.ts";
import { requirement } from "./requirement.ts";

describe("RFC 6121 §8.5 to a resource, or to nobody", () => {
  for (const type of ["normal", "chat", "groupchat", "headline", "error"] as const) {
    requirement(
      "RFC 6121 §8.5.3.1",
      `If a resource exactly matches the full JID, the server MUST deliver a message stanza to it; also one of type "${type}", whatever the priority.`,
      async (t) => {
        const [romeo, shy] = [await t.available(0), await t.available(1, -1)];
        const word = t.word();

        romeo.send(messageOf(type, shy.jid, word));

        const got = await shy.message(word);
        assert.deepEqual([got.attributes["from"], got.attributes["to"]], [romeo.jid, shy.jid]);
        assert.equal(got.attributes["type"] ?? "normal", type);
      },
      { about: `a message of type ${type}` },
    );
  }

  for (const type of [undefined, "unavailable"] as const) {
    requirement(
      "RFC 6121 §8.5.3.1",
      "If a resource exactly matches the full JID, a presence of no type or of type 'unavailable' MUST be delivered to it, as it was sent.",
      async (t) => {
        const [romeo, juliet] = [await t.available(0), await t.available(1)];
        const word = t.word();

        romeo.send(
          `<presence xmlns="jabber:client" id="${word}" xml:lang="it"${type === undefined ? "" : ` type="${type}"`} to="${juliet.jid}"><status>ciao</status></presence>`,
        );

        const got = await juliet.take("the presence", (xml) => xml.is("presence") && xml.attributes["id"] === word);
        assert.deepEqual(
          [got.attributes["from"], got.attributes["type"], got.childText("status")],
          [romeo.jid, type, "ciao"],
        );
      },
      { about: `presence, ${type ?? "available"}` },
    );

    requirement(
      "RFC 6121 §8.5.2.1.2",
      "For a presence stanza with no type or of type 'unavailable' to the bare JID, the server MUST deliver it to all available resources, and MUST NOT rewrite its 'to'.",
      async (t) => {
        const romeo = await t.available(0);
        const julias = [await t.available(1, 1), await t.available(1, 0), await t.available(1, -1)];
        const word = t.word();

        romeo.send(
          `<presence xmlns="jabber:client" id="${word}"${type === undefined ? "" : ` type="${type}"`} to="${t.bare(1)}"><x xmlns="urn:example:x">${word}</x></presence>`,
        );

        for (const julia of julias) {
          const got = await julia.take("the presence", (xml) => xml.is("presence") && xml.childText("x") === word);
          assert.deepEqual([got.attributes["from"], got.attributes["to"]], [romeo.jid, t.bare(1)]);
        }
      },
      { about: type ?? "available" },
    );

    requirement(
      "RFC 6121 §8.5.3.2.2",
      "If no resource matches the full JID, a presence stanza of no type or of type 'unavailable' MUST be silently ignored.",
      async (t) => {
        const [romeo, juliet] = [await t.available(0), await t.available(1)];
        const word = t.word();

        romeo.send(
          `<presence xmlns="jabber:client" id="${word}"${type === undefined ? "" : ` type="${type}"`} to="${t.bare(1)}/away"/>`,
        );
        await t.settled(romeo, juliet);
        await romeo.ping();

        for (const client of [romeo, juliet])
          assert.ok(
            client.waiting.every((xml) => xml.attributes["id"] !== word),
            "somebody was told",
          );
      },
      { about: type ?? "available" },
    );
  }

  requirement(
    "RFC 6121 §8.5.2.2.1",
    'If there are no available resources, a message of type "groupchat" MUST be answered with an error, and one of type "headline" or "error" MUST be silently ignored.',
    async (t) => {
      const romeo = await t.available(0);
      const words = { groupchat: t.word(), headline: t.word(), error: t.word() };

      for (const type of ["headline", "error", "groupchat"] as const)
        romeo.send(messageOf(type, t.bare(2), words[type]));

      const error = await romeo.take("an error", (xml) => isMessage(xml, words.groupchat));
      assert.equal(conditionOf(error), "service-unavailable");
      await romeo.ping();
      assert.ok(romeo.waiting.every((xml) => !isMessage(xml, words.headline) && !isMessage(xml, words.error)));
      const nurse = await t.available(2);
      await nurse.ping();
      assert.ok(nurse.waiting.every((xml) => !Object.values(words).includes(xml.attributes["id"] ?? "")));
    },
  );

  requirement(
    "RFC 6120 §8.3.1",
    "The entity that generates an error stanza MAY include the original XML sent, so that the sender can inspect it and, if necessary, correct it.",
    async (t) => {
      const romeo = await t.available(0);
      const word = t.word();

      romeo.send(messageOf("groupchat", t.bare(1), word));

      const error = await romeo.take("an error", (xml) => isMessage(xml, word));
      assert.equal(error.childText("body"), word);
    },
    { about: "a message's", needs: ["policy"] },
  );

  for (const type of ["result", "error"] as const) {
    requirement(
      "RFC 6121 §8.5.3.1",
      'For an IQ stanza of type "result" or "error", the server MUST deliver the stanza to the resource.',
      async (t) => {
        const [romeo, juliet] = [await t.available(0), await t.available(1)];
        const word = t.word();

        romeo.send(
          `<iq xmlns="jabber:client" type="${type}" id="${word}" to="${juliet.jid}"><q xmlns="urn:example:q"/>${type === "error" ? errorPart : ""}</iq>`,
        );

        const got = await juliet.take("the IQ", (xml) => xml.is("iq") && xml.attributes["id"] === word);
        assert.deepEqual([got.attributes["type"], got.attributes["from"]], [type, romeo.jid]);
      },
      { about: `an IQ of type ${type}` },
    );
  }

  for (const type of ["get", "set"] as const) {
    requirement(
      "RFC 6121 §8.5.2.1.3",
      "An IQ to the bare JID MUST be answered by the server, with <service-unavailable/> where nothing is defined, and MUST NOT be delivered to any of the resources; and so where there are none (§8.5.2.2.3), and to a full JID that is not there (§8.5.3.2.3).",
      async (t) => {
        const [romeo, juliet] = [await t.available(0), await t.available(1)];

        for (const to of [t.bare(1), t.bare(2), `${t.bare(1)}/away`]) {
          const answer = await romeo.iq(type, `<q xmlns="urn:example:q"/>`, to);
          assert.deepEqual([conditionOf(answer), answer.attributes["from"]], ["service-unavailable", to]);
        }
        await juliet.ping();
        assert.ok(juliet.waiting.every((xml) => !xml.is("iq")));
      },
      { about: type },
    );
  }

  requirement(
    "RFC 6121 §8.5.1",
    "If the user account does not exist: presence of every type but 'probe' MUST be silently ignored; 'probe' is ignored or answered with 'unsubscribed'; for an IQ the server MUST return <service-unavailable/>.",
    async (t) => {
      const romeo = await t.available(0);
      const nobody = `no-${t.word()}@${t.domain}`;

      for (const to of [nobody, `${nobody}/x`]) {
        for (const type of [undefined, "unavailable", "subscribed", "unsubscribe", "unsubscribed", "probe"])
          romeo.send(`<presence xmlns="jabber:client"${type === undefined ? "" : ` type="${type}"`} to="${to}"/>`);
        for (const query of [ns.roster, ns.discoInfo, "urn:example:q", "jabber:iq:last"])
          assert.equal(
            conditionOf(await romeo.iq("get", `<query xmlns="${query}"/>`, to)),
            "service-unavailable",
            query,
          );
      }
      for (const xml of romeo.waiting.filter((each) => each.attributes["from"]?.startsWith(nobody) === true))
        assert.deepEqual([xml.name, xml.attributes["type"]], ["presence", "unsubscribed"], String(xml));
    },
    { about: "presence and IQs" },
  );

  for (const [what, type, payload] of [
    ["an archive", "set", `<query xmlns="${ns.mam}"/>`],
    ["private data", "get", `<query xmlns="jabber:iq:private"><x xmlns="urn:example:x"/></query>`],
    ["items", "get", `<pubsub xmlns="http://jabber.org/protocol/pubsub"><items node="urn:example:x"/></pubsub>`],
    [
      "a publication",
      "set",
      `<pubsub xmlns="http://jabber.org/protocol/pubsub"><publish node="urn:example:x"/></pubsub>`,
    ],
    ["a card", "set", `<vCard xmlns="vcard-temp"/>`],
    ["a ping", "get", `<ping xmlns="${ns.ping}"/>`],
  ] as const)
    // prettier-ignore
    requirement(
      "RFC 6121 §8.5.1",
      "If the user account identified by the 'to' attribute does not exist: for an IQ stanza, the server MUST return a <service-unavailable/> stanza error to the sender, whatever it asks.",
      async (t) => {
        const romeo = await t.available(0);

        const answer = await romeo.iq(type, payload, `no-${t.word()}@${t.domain}`);

        assert.equal(conditionOf(answer), "service-unavailable");
      },
      { about: `nobody, asked for ${what}`, only: "any" },
    );
});
