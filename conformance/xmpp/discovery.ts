// XEP-0030 discovery, XEP-0199 ping, XEP-0156 connection methods, XEP-0077 and XEP-0138 not offered.
import assert from "node:assert/strict";
import { conditionOf, ns } from "../clients/xmpp.ts";
import { requirement } from "./requirement.ts";

describe("XEP-0030, XEP-0199, XEP-0156, XEP-0077", () => {
  requirement(
    "XEP-0030 §3.1",
    "The target entity then MUST either return an IQ result or return an error; the <query/> of a result contains one or more <identity/> elements and one or more <feature/> elements, at least disco#info itself.",
    async (t) => {
      const client = await t.bound();

      const info = (await client.iq("get", `<query xmlns="${ns.discoInfo}"/>`, t.domain)).child("query", ns.discoInfo)!;

      assert.ok(
        info.elements.some(
          (one) => one.is("identity") && one.attributes["category"] === "server" && one.attributes["type"] === "im",
        ),
      );
      const features = info.elements.filter((one) => one.is("feature")).map((one) => one.attributes["var"]);
      assert.ok(features.includes(ns.discoInfo) && features.includes(ns.ping), features.join(" "));
      assert.equal(new Set(features).size, features.length, "a feature is named once");
    },
  );

  requirement("XEP-0030 §4.1", "A server answers a request for its items with the services it knows.", async (t) => {
    const client = await t.bound();

    const items = (await client.iq("get", `<query xmlns="${ns.discoItems}"/>`, t.domain)).child(
      "query",
      ns.discoItems,
    )!;

    if (t.address.rooms !== undefined)
      assert.ok(
        items.elements.some((one) => one.attributes["jid"] === t.address.rooms),
        String(items),
      );
  });

  requirement(
    "XEP-0030 §3.2",
    "If the node does not exist, the entity MUST return an <item-not-found/> error.",
    async (t) => {
      const client = await t.bound();

      const answer = await client.iq("get", `<query xmlns="${ns.discoInfo}" node="no-such-node"/>`, t.domain);

      assert.equal(conditionOf(answer), "item-not-found");
    },
  );

  requirement(
    "XEP-0030 §3.2",
    "If the node does not exist, the entity MUST return an <item-not-found/> error: whatever the entity, and whether its features or its items are asked for.",
    async (t) => {
      const client = await t.bound();
      const services = (await client.iq("get", `<query xmlns="${ns.discoItems}"/>`, t.domain)).child("query")!;
      const component = t.target.component?.domain; // which may not be there
      const entities = services.elements.map((one) => one.attributes["jid"]!).filter((jid) => jid !== component);
      if (t.address.rooms !== undefined) {
        const room = t.room();
        await t.enter(client, room, "owner");
        entities.push(room);
      }

      for (const entity of [t.domain, ...entities])
        for (const xmlns of [ns.discoInfo, ns.discoItems]) {
          const answer = await client.iq("get", `<query xmlns="${xmlns}" node="no-such-node"/>`, entity);
          assert.equal(conditionOf(answer), "item-not-found", `${entity} ${xmlns}`);
        }
    },
    { about: "of every entity", only: "any" },
  );

  requirement(
    "XEP-0030 §8",
    "Asked for a user's bare JID, the server answers on behalf of the account that it is a registered one, to those who may know.",
    async (t) => {
      const client = await t.bound();

      const info = (await client.iq("get", `<query xmlns="${ns.discoInfo}"/>`, client.bare)).child(
        "query",
        ns.discoInfo,
      );

      assert.ok(
        info?.elements.some(
          (one) =>
            one.is("identity") &&
            one.attributes["category"] === "account" &&
            ["registered", "admin"].includes(one.attributes["type"] ?? ""),
        ),
        String(info),
      );
    },
  );

  requirement(
    "XEP-0030 §8",
    "In response to a disco#info request the server MUST return <service-unavailable/> if the target does not exist or the requester may not see its presence, also for a node; and to disco#items an empty result set.",
    async (t) => {
      const [romeo, juliet] = [await t.available(0), await t.available(1)];
      await t.estrange(romeo, juliet);

      for (const to of [juliet.bare, `no-${t.word()}@${t.domain}`]) {
        for (const node of ["", ` node="${t.word()}"`]) {
          const info = await romeo.iq("get", `<query xmlns="${ns.discoInfo}"${node}/>`, to);
          const items = await romeo.iq("get", `<query xmlns="${ns.discoItems}"${node}/>`, to);
          assert.equal(conditionOf(info), "service-unavailable", `${to}${node}`);
          assert.deepEqual([items.attributes["type"], items.child("query")?.elements], ["result", []], `${to}${node}`);
        }
      }
    },
    { about: "strangers and nobody" },
  );

  requirement(
    "XEP-0030 §4.1",
    "What a server's items name can itself be asked what it is: each service answers disco#info and disco#items.",
    async (t) => {
      const client = await t.bound();
      const items = (await client.iq("get", `<query xmlns="${ns.discoItems}"/>`, t.domain)).child("query")!.elements;

      for (const { attributes } of items) {
        if (attributes["jid"] === t.target.component?.domain) continue; // nobody is connected as that
        const info = await client.iq("get", `<query xmlns="${ns.discoInfo}"/>`, attributes["jid"]);
        assert.ok(info.child("query")?.child("identity") !== undefined, String(info));
        const inner = await client.iq("get", `<query xmlns="${ns.discoItems}"/>`, attributes["jid"]);
        assert.equal(inner.attributes["type"], "result", attributes["jid"]);
      }
    },
    { about: "services" },
  );

  requirement("XEP-0199 §4.1", "If the server supports the ping namespace, it MUST return an IQ-result.", async (t) => {
    const client = await t.bound();

    for (const to of [undefined, t.domain, client.bare]) {
      const answer = await client.iq("get", `<ping xmlns="${ns.ping}"/>`, to);
      assert.deepEqual([answer.attributes["type"], answer.elements.length], ["result", 0], `to ${to ?? "nobody"}`);
    }
  });

  requirement(
    "RFC 6121 §8.5.3.1",
    "An IQ addressed to a full JID is delivered to that resource, and its answer to the asker.",
    async (t) => {
      const [romeo, juliet] = [await t.available(0), await t.available(1)];
      await t.befriend(romeo, juliet);

      const answered = romeo.iq("get", `<ping xmlns="${ns.ping}"/>`, juliet.jid);
      const asked = await juliet.take("a ping", (xml) => xml.is("iq") && xml.child("ping", ns.ping) !== undefined);
      assert.equal(asked.attributes["from"], romeo.jid);
      juliet.send(`<iq xmlns="jabber:client" type="result" id="${asked.attributes["id"]}" to="${romeo.jid}"/>`);

      assert.equal((await answered).attributes["from"], juliet.jid);
    },
    { about: "IQ" },
  );

  requirement(
    "RFC 6121 §8.5.3.2.3",
    "If there is no resource that matches the full JID, for an IQ stanza the server MUST return a <service-unavailable/> stanza error to the sender.",
    async (t) => {
      const client = await t.bound();

      assert.equal(
        conditionOf(await client.iq("get", `<ping xmlns="${ns.ping}"/>`, `${t.bare(1)}/gone`)),
        "service-unavailable",
      );
    },
  );

  requirement(
    "XEP-0156 §3",
    "The HTTP host publishes where its WebSocket is, as XRD in /.well-known/host-meta and as JSON in /.well-known/host-meta.json.",
    async (t) => {
      const base = new URL(t.address.url.replace(/^ws/, "http"));
      const [xrd, json] = await Promise.all(
        ["host-meta", "host-meta.json"].map((file) => fetch(new URL(`/.well-known/${file}`, base))),
      );

      assert.deepEqual([xrd!.status, json!.status], [200, 200]);
      assert.match(await xrd!.text(), /rel=["']urn:xmpp:alt-connections:websocket["']/);
      const { links } = (await json!.json()) as { links: { rel: string; href: string }[] };
      assert.match(
        links.find((link) => link.rel === "urn:xmpp:alt-connections:websocket")?.href ?? "none",
        /^wss?:\/\//,
      );
      assert.equal(json!.headers.get("access-control-allow-origin"), "*", "§4: web clients of any origin may read it");
    },
    { needs: ["host-meta"], only: "WebSocket" },
  );

  requirement(
    "XEP-0077 §3",
    "In-band registration is not offered unless the operator asked for it.",
    async (t) => {
      const client = await t.stream();

      assert.equal(client.features.child("register", "http://jabber.org/features/iq-register"), undefined);
      client.send(
        `<iq xmlns="jabber:client" type="set" id="r"><query xmlns="${ns.register}"><username>${t.word()}</username><password>x</password></query></iq>`,
      );

      const answer = await client.next();
      assert.ok(answer.is("error", ns.streams) || answer.attributes["type"] === "error", String(answer));
    },
    { needs: ["policy"] },
  );

  requirement(
    "XEP-0138 §8",
    "Stream compression is not offered, since it lets an attacker exhaust memory; who asks for it fails.",
    async (t) => {
      const client = await t.bound();

      assert.equal(client.features.child("compression"), undefined);
      client.send(`<compress xmlns="http://jabber.org/protocol/compress"><method>zlib</method></compress>`);

      const answer = await client.next();
      assert.ok(answer.is("failure") || answer.is("error", ns.streams), String(answer));
    },
    { about: "X20" },
  );

  requirement(
    "XEP-0313 §6",
    "The archive of another account must not be readable: the server MUST return a <forbidden/> error, or say that there is no such service.",
    async (t) => {
      const client = await t.bound();

      const answer = await client.iq("set", `<query xmlns="${ns.mam}"/>`, t.bare(1));

      assert.ok(
        ["forbidden", "service-unavailable", "item-not-found"].includes(conditionOf(answer)),
        conditionOf(answer),
      );
    },
    { about: "X26" },
  );
});
