// XEP-0124: how requests are held, answered and ended.
import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { idsIn, ping, termOf, until } from "../bosh-kit.ts";
import { endOf } from "../clients/bosh.ts";
import { ns } from "../clients/xmpp-namespaces.ts";
import { NotOffered } from "../requirement.ts";
import { boshRequirement as requirement } from "./requirement.ts";

describe("XEP-0124 requests", () => {
  requirement(
    "XEP-0124 §8",
    "The connection manager SHOULD NOT wait longer than the time specified by the client in the 'wait' attribute. If there are no payloads waiting or ready to be delivered within the waiting period, then it SHOULD include an empty <body/> element in the HTTP result.",
    async (t) => {
      const { session } = await t.boundSession(0, "wait='2' hold='1'");
      const began = performance.now();

      const answer = await session.request();

      const tookMs = performance.now() - began;
      assert.equal(answer.status, 200);
      assert.deepEqual([endOf(answer), answer.body.elements.length], [undefined, 0]);
      assert.ok(tookMs > 1_000 && tookMs < 4_000, `it took ${Math.round(tookMs)} ms`);
    },
    { about: "wait" },
  );

  requirement(
    "XEP-0124 §8",
    "It SHOULD NOT keep more HTTP requests waiting at a time than the number specified in the 'hold' attribute of the session creation request.",
    async (t) => {
      const { session } = await t.boundSession();
      const held = session.request();
      await pause(100);
      const began = performance.now();

      const second = session.request("", `<presence xmlns='jabber:client' to='${t.bare(1)}' type='probe'/>`);
      await held;

      assert.ok(performance.now() - began < 2_000, "the first was not answered");
      await Promise.race([second, pause(10)]);
    },
    { about: "hold" },
  );

  requirement(
    "XEP-0124 §9.1",
    "If the connection manager will be including 'ack' attributes on responses during a session, then it MUST include an 'ack' attribute in its session creation response, set to the 'rid' of the session creation request; it SHOULD NOT include one in any later response if the value would be the 'rid' of the request being responded to.",
    async (t) => {
      const session = t.session();
      const answer = await session.create(t.domain, "wait='10' hold='1' ack='1'");
      const ack = termOf(answer, "ack");
      const next = await session.request("", `<auth xmlns='${ns.sasl}' mechanism='NONE'/>`);

      assert.equal(ack, String(session.rid - 1));
      assert.notEqual(next.body.attributes["ack"], String(session.rid));
    },
  );

  requirement(
    "XEP-0124 §10",
    "Upon reception of a session pause request the connection manager SHOULD respond immediately to all pending requests (including the pause request). The response to the pause request MUST NOT contain any payloads.",
    async (t) => {
      const { session, answer } = await t.boundSession();
      termOf(answer, "maxpause");
      const held = session.request();
      await pause(100);

      const [first, paused] = await Promise.all([held, session.request("pause='20'")]);

      assert.deepEqual([endOf(first), endOf(paused), paused.body.elements.length], [undefined, undefined, 0]);
      const back = await until(session, await session.request("", ping("back")), (all) => all.length > 0);
      assert.equal(back[0]!.attributes["id"], "back");
    },
    { about: "pause" },
  );

  requirement(
    "XEP-0124 §10",
    "If the time since its last response is longer than the maximum inactivity period, then it SHOULD assume the client has been disconnected and terminate the session. If the client subsequently makes another request, then the connection manager SHOULD respond as if the session does not exist. (A client MAY request a temporary reduction of the period by a 'pause'.)",
    async (t) => {
      const { session, answer } = await t.boundSession();
      termOf(answer, "maxpause");
      await session.request("pause='1'");
      await pause(3_000);

      assert.equal(endOf(await session.request()), "item-not-found");
    },
    { about: "inactivity" },
  );

  requirement(
    "XEP-0124 §11",
    "If the client sends a sequence of new requests equal in length to the 'requests' attribute, and the connection manager has not yet responded to any of them, and the last request was empty, and the last two arrived within a period shorter than 'polling', then it SHOULD terminate the HTTP session and return a 'policy-violation' terminal binding error.",
    async (t) => {
      const { session, answer } = await t.boundSession(0, "wait='10' hold='1'");
      termOf(answer, "polling");
      // So that what came with binding is not what the first is answered with.
      await until(session, await session.request("", ping("p")), (all) => all.some((one) => one.is("iq")));
      await pause(100);
      const answers = [session.request(), session.request()];

      const ends = await Promise.all(answers.map((one) => Promise.race([one.then(endOf), pause(5_000, "nothing")])));

      assert.ok(ends.includes("policy-violation"), `ended with ${String(ends)}`);
    },
    { about: "too frequent" },
  );

  requirement(
    "XEP-0124 §12",
    "If the client of a polling session sends two consecutive empty new requests within a period shorter than 'polling', and the response to the first contained no payloads, then upon reception of the second request the connection manager SHOULD terminate the HTTP session and return a 'policy-violation' terminal binding error.",
    async (t) => {
      const { session, answer } = await t.boundSession(0, "wait='0' hold='0'");
      termOf(answer, "polling");
      let end: string | undefined;
      let before = 1;

      for (let tries = 0; tries < 4 && end === undefined; tries++) {
        const polled = await session.request();
        end = endOf(polled);
        if (end !== undefined) assert.equal(before, 0, "the one before had payloads");
        before = polled.body.elements.length;
      }

      assert.equal(end, "policy-violation");
    },
    { about: "too frequent" },
  );

  requirement(
    "XEP-0124 §12",
    "If a session will use polling, the connection manager SHOULD specify a higher than normal value for the 'inactivity' attribute. The increase SHOULD be greater than the value it specifies for the 'polling' attribute.",
    async (t) => {
      const [normal, polling] = [await t.created(), await t.created("wait='0' hold='0'")];
      const inactivity = [normal, polling].map(({ answer }) => Number(termOf(answer, "inactivity")));

      assert.ok(inactivity[1]! - inactivity[0]! > Number(termOf(polling.answer, "polling")), inactivity.join());
    },
    { about: "inactivity" },
  );

  requirement(
    "XEP-0124 §13",
    "The termination request MAY include one or more payloads that the connection manager MUST forward to the server to ensure graceful logoff. The connection manager SHOULD return to the client an HTTP 200 OK response with an empty <body/> element.",
    async (t) => {
      const [{ session }, { session: other, jid }] = [await t.boundSession(0), await t.boundSession(1)];
      const word = t.word();

      const last = `<message xmlns='jabber:client' to='${jid}'><body>${word}</body></message>`;
      const end = await session.request("type='terminate'", last);

      assert.deepEqual([end.status, endOf(end)], [200, "terminate"]);
      await until(other, await other.request("", ping("p")), (all) =>
        all.some((one) => one.childText("body") === word),
      );
      assert.equal(endOf(await session.request()) !== undefined, true, "it goes on");
    },
  );

  requirement(
    "XEP-0124 §16.3",
    "If the connection manager did not indicate its support for multiple streams at the start of the session, then it MUST ignore the extra attributes and treat the request as a normal empty request for payloads.",
    async (t) => {
      const { session, answer } = await t.boundSession();
      if (answer.body.attributes["stream"] !== undefined) throw new NotOffered("the server has several streams");
      const asked = session.request(`to='${t.domain}' xml:lang='en'`);
      await pause(100);

      const second = session.request("", ping("p"));
      const answers = [await asked, ...(await Promise.race([second.then((one) => [one]), pause(2_000, [])]))];

      assert.ok(answers.flatMap(idsIn).includes("p"), "the session does not go on");
    },
  );
});
