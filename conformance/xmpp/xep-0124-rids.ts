// XEP-0124 §14: requests out of order, beyond the window, and again.
import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { idsIn, ping, termOf, until } from "../bosh-kit.ts";
import { endOf } from "../clients/bosh.ts";
import { boshRequirement as requirement } from "./requirement.ts";

describe("XEP-0124 request ids", () => {
  requirement(
    "XEP-0124 §6",
    "The <body/> element of every client request MUST possess a sequential request ID encapsulated via the 'rid' attribute.",
    async (t) => {
      const answer = await t
        .session()
        .post(`<body xmlns='http://jabber.org/protocol/httpbind' to='${t.domain}' ver='1.6' wait='10' hold='1'/>`);

      assert.equal(endOf(answer), "bad-request");
    },
    { about: "no rid" },
  );

  requirement(
    "XEP-0124 §14.2",
    "When a client makes simultaneous requests, the connection manager might receive them out of order. The connection manager MUST forward the payloads to the server and respond to the client requests in the order specified by the 'rid' attributes.",
    async (t) => {
      const { session } = await t.boundSession();
      await until(session, await session.request("", ping("before")), (all) => all.some((one) => one.is("iq")));
      const { rid } = session;
      const late = session.numbered(rid + 2, "", ping("second"));
      await pause(150);

      const early = await session.numbered(rid + 1, "", ping("first"));
      session.rid = rid + 2;
      const said = [...idsIn(early)];
      while (said.length < 2) said.push(...idsIn(await (said.length === 0 ? session.request() : late)));

      assert.deepEqual(said.slice(0, 2), ["first", "second"]);
    },
    { about: "out of order" },
  );

  requirement(
    "XEP-0124 §14.2",
    "The size of the window is equal to the maximum number of simultaneous requests allowed by the connection manager. If it receives a request with a 'rid' greater than the values in the window, then the connection manager MUST terminate the session with an error (item-not-found).",
    async (t) => {
      const { session, answer } = await t.boundSession();
      const requests = Number(termOf(answer, "requests"));

      const far = await session.numbered(session.rid + requests + 10, "", ping("far"));

      assert.equal(endOf(far), "item-not-found");
      assert.notEqual(endOf(await session.request("", ping("next"))), undefined, "the session goes on");
    },
    { about: "beyond the window" },
  );

  requirement(
    "XEP-0124 §14.3",
    "Whenever the connection manager receives a request with a 'rid' that it has already received, it SHOULD return an HTTP 200 (OK) response that includes the buffered copy of the original XML response to the client.",
    async (t) => {
      const { session } = await t.boundSession();
      const first = await session.request("", ping("p"));

      const again = await session.numbered(session.rid, "", ping("p"));

      assert.equal(again.status, 200);
      assert.equal(again.body.toString(), first.body.toString());
    },
    { about: "the same answer (X30)" },
  );

  requirement(
    "XEP-0124 §14.3",
    "A request with a 'rid' that has already been received is answered from the buffer: what it holds is not forwarded again.",
    async (t) => {
      const [{ session }, { session: other, jid }] = [await t.boundSession(0), await t.boundSession(1)];
      const [word, last] = [t.word(), t.word()];
      const message = (body: string): string =>
        `<message xmlns='jabber:client' to='${jid}'><body>${body}</body></message>${ping(body)}`;
      const sent = await session.request("", message(word));
      const { rid } = session;
      await session.numbered(rid, "", message(word));
      if (!idsIn(sent).includes(word)) await session.request();

      await session.request("", message(last));
      const heard = await until(other, await other.request("", ping("p")), (all) =>
        all.some((one) => one.childText("body") === last),
      );

      assert.equal(heard.filter((one) => one.childText("body") === word).length, 1);
    },
    { about: "not forwarded again (X30)" },
  );

  requirement(
    "XEP-0124 §14.3",
    "If the original response is not available (e.g., it is no longer in the buffer), then the connection manager MUST return an 'item-not-found' terminal binding error.",
    async (t) => {
      const { session } = await t.boundSession();
      const { rid } = session;
      for (let n = 0; n < 6; n++)
        await until(session, await session.request("", ping(`p${n}`)), (all) => all.some((one) => one.is("iq")));

      assert.equal(endOf(await session.numbered(rid - 1)), "item-not-found");
    },
    { about: "too old" },
  );

  requirement(
    "XEP-0124 §14.3",
    "If the network connection is broken or closed before the client receives a response to a request from the connection manager, then the client MAY resend an exact copy of the original request.",
    async (t) => {
      const [{ session }, { session: other, jid }] = [await t.boundSession(0), await t.boundSession(1)];
      await until(other, await other.request("", ping("before")), (all) => all.some((one) => one.is("iq")));
      const word = t.word();
      const broken = other.request();
      await pause(100);
      other.cut();
      await broken.catch(() => {});
      await session.request(
        "",
        `<message xmlns='jabber:client' to='${jid}'><body>${word}</body></message>${ping("p")}`,
      );

      const again = await other.numbered(other.rid);

      await until(other, again, (all) => all.some((one) => one.childText("body") === word));
    },
    { about: "broken connections" },
  );

  requirement(
    "XEP-0124 §5",
    "Each BOSH session MAY share the HTTP connection(s) it uses with other HTTP traffic, including other BOSH sessions.",
    async (t) => {
      const [{ session: one }, { session: two }] = [await t.boundSession(0), await t.boundSession(1)];
      const shared = t.session();
      [shared.sid, shared.rid] = [one.sid, one.rid];
      const first = await shared.request("", ping("one"));
      one.rid = shared.rid;
      [shared.sid, shared.rid] = [two.sid, two.rid];

      const second = await shared.request("", ping("two"));
      two.rid = shared.rid;
      shared.sid = "";

      assert.deepEqual([endOf(first), endOf(second)], [undefined, undefined]);
    },
    { about: "shared connections" },
  );
});
