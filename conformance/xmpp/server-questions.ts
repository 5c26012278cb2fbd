// What may be asked of a server itself: XEP-0012, XEP-0092, XEP-0115, XEP-0202, XEP-0215, XEP-0478.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { NotOffered } from "../requirement.ts";
import { ns } from "../clients/xmpp.ts";
import { offered } from "./offered.ts";
import { requirement } from "./requirement.ts";

const last = "jabber:iq:last";

describe("XEP-0012, XEP-0092, XEP-0115, XEP-0202, XEP-0215, XEP-0478", () => {
  requirement(
    "XEP-0012 §3.3",
    "When the last activity query is sent to a server, the information contained in the IQ reply reflects the uptime of the server.",
    async (t) => {
      const romeo = await t.bound(0);
      await offered(romeo, last);

      const query = (await romeo.iq("get", `<query xmlns="${last}"/>`, t.domain)).child("query", last);

      assert.match(query?.attributes["seconds"] ?? "", /^\d+$/);
    },
  );

  requirement(
    "XEP-0012 §3.1",
    "If the queried account has an available resource the 'seconds' are 0; the server MUST NOT answer those who may not see its presence.",
    async (t) => {
      const [romeo, juliet] = [await t.available(0), await t.available(1)];
      await offered(romeo, last);
      await t.befriend(romeo, juliet);

      const seen = await romeo.iq("get", `<query xmlns="${last}"/>`, juliet.bare);
      await t.estrange(romeo, juliet);
      const hidden = await romeo.iq("get", `<query xmlns="${last}"/>`, juliet.bare);

      assert.equal(seen.child("query", last)?.attributes["seconds"], "0");
      assert.equal(hidden.attributes["type"], "error");
    },
  );

  requirement(
    "XEP-0012 §3.1",
    "Of an account without available resources, the seconds since the last one went.",
    async (t) => {
      const [romeo, juliet] = [await t.available(0), await t.available(1)];
      await offered(romeo, last);
      await t.befriend(romeo, juliet);
      const other = juliet.bare;
      const gone = romeo.presence(juliet.jid, "unavailable");
      await juliet.end();
      await gone;

      const answer = await romeo.iq("get", `<query xmlns="${last}"/>`, other);

      await t.estrange(romeo, await t.available(1));
      assert.ok(Number(answer.child("query", last)?.attributes["seconds"]) < 60);
    },
    { about: "away" },
  );

  requirement("XEP-0092 §3", "The <name/> and <version/> elements MUST be included in any result.", async (t) => {
    const romeo = await t.bound(0);
    await offered(romeo, "jabber:iq:version");

    const query = (await romeo.iq("get", `<query xmlns="jabber:iq:version"/>`, t.domain)).child("query");

    assert.ok((query?.childText("name") ?? "") !== "" && (query?.childText("version") ?? "") !== "");
  });

  requirement(
    "XEP-0202 §3",
    "The response contains <utc/>, the UTC time according to the responding entity, and <tzo/>, its numeric time zone offset from UTC.",
    async (t) => {
      const romeo = await t.bound(0);
      await offered(romeo, "urn:xmpp:time");

      const time = (await romeo.iq("get", `<time xmlns="urn:xmpp:time"/>`, t.domain)).child("time");

      assert.match(time?.childText("tzo") ?? "", /^([+-]\d\d:\d\d|Z)$/);
      assert.ok(Math.abs(Date.parse(time?.childText("utc") ?? "") - Date.now()) < 60_000);
    },
  );

  requirement(
    "XEP-0115 §6.3",
    "A server MAY advertise its capabilities in stream features; the verification string MUST be that of the disco#info under the node with it.",
    async (t) => {
      const romeo = await t.bound(0);
      const caps = romeo.features.child("c", "http://jabber.org/protocol/caps");
      if (caps === undefined) throw new NotOffered("not offered: capabilities in stream features");
      const { node, ver, hash } = caps.attributes as { node: string; ver: string; hash: string };

      const query = (await romeo.iq("get", `<query xmlns="${ns.discoInfo}" node="${node}#${ver}"/>`, t.domain)).child(
        "query",
        ns.discoInfo,
      )!;

      const sorted = (items: readonly string[]): string =>
        items
          .toSorted()
          .map((each) => `${each}<`)
          .join("");
      const identities = query.elements
        .filter((each) => each.is("identity"))
        .map(({ attributes: a }) => `${a["category"]}/${a["type"]}/${a["xml:lang"] ?? ""}/${a["name"] ?? ""}`);
      const features = query.elements.filter((each) => each.is("feature")).map((each) => each.attributes["var"]!);
      const forms = query.elements
        .filter((each) => each.is("x"))
        .map((form) => {
          const values = (name: string): string[] =>
            form.elements.find((each) => each.attributes["var"] === name)!.elements.map((value) => value.text);
          const names = form.elements.map((each) => each.attributes["var"]!).filter((name) => name !== "FORM_TYPE");
          return `${values("FORM_TYPE")[0]}<${names
            .toSorted()
            .map((name) => `${name}<${sorted(values(name))}`)
            .join("")}`;
        });
      const text = sorted(identities) + sorted(features) + forms.toSorted().join("");
      assert.equal(createHash(hash.replace("-", "")).update(text).digest("base64"), ver);
      assert.equal(query.attributes["node"], `${node}#${ver}`);
    },
  );

  requirement(
    "XEP-0215 §3.1",
    "In order to request all of a server's external services, the requesting entity sends an empty <services/> element; each service MUST have 'host' and 'type'.",
    async (t) => {
      const romeo = await t.bound(0);
      await offered(romeo, "urn:xmpp:extdisco:2");

      const services = (await romeo.iq("get", `<services xmlns="urn:xmpp:extdisco:2"/>`, t.domain)).child("services");

      assert.ok(services !== undefined);
      for (const { attributes } of services.elements)
        assert.ok(attributes["host"] !== undefined && attributes["type"] !== undefined);
    },
  );

  requirement(
    "XEP-0478 §2",
    "The <limits/> stream feature holds <max-bytes/>, the maximum size of any first-level stream element, in bytes, and <idle-seconds/>.",
    async (t) => {
      const [before, after] = [await t.stream(), await t.bound(0)];
      const limits = (features: typeof before.features): string[] => {
        const found = features.child("limits", "urn:xmpp:stream-limits:0");
        if (found === undefined) throw new NotOffered("not offered: stream limits");
        return [found.childText("max-bytes") ?? "", found.childText("idle-seconds") ?? ""];
      };

      for (const [bytes, seconds] of [limits(before.features), limits(after.features)])
        assert.ok(Number(bytes) >= 10_000 && Number(seconds) > 0); // RFC 6120 §13.12
    },
  );
});
