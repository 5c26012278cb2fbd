// XEP-0124: BOSH, its sessions and their terms.
import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { idsIn, ping, termOf, until } from "../bosh-kit.ts";
import { endOf } from "../clients/bosh.ts";
import { ns } from "../clients/xmpp-namespaces.ts";
import { NotOffered } from "../requirement.ts";
import { boshRequirement as requirement } from "./requirement.ts";

/** XEP-0124 §6: what no content may hold. */
const forbidden: readonly (readonly [about: string, inside: string])[] = [
  ["a partial element", "<message xmlns='jabber:client'>"],
  ["a comment", "<!-- a -->"],
  ["a processing instruction", "<?php a ?>"],
  ["an entity reference", "<message xmlns='jabber:client'>&nbsp;</message>"],
];

describe("XEP-0124 BOSH", () => {
  for (const type of ["text/plain", "application/x-www-form-urlencoded"]) {
    requirement(
      "XEP-0124 §5",
      "Clients MAY specify another Content-Type if they are constrained to do so (e.g., application/x-www-form-urlencoded or text/plain). The client and connection manager SHOULD ignore all HTTP Content-Type headers they receive.",
      async (t) => {
        const body = `<body xmlns='${ns.httpBind}' rid='7' to='${t.domain}' ver='1.6' wait='60' hold='1'/>`;

        const answer = await t.session().post(body, { "content-type": type });

        assert.ok(answer.body.attributes["sid"] !== undefined, answer.raw);
      },
      { about: type },
    );
  }

  requirement(
    "XEP-0124 §5",
    "Requests and responses MAY include HTTP headers not specified herein. The receiver SHOULD ignore any such headers.",
    async (t) => {
      const body = `<body xmlns='${ns.httpBind}' rid='7' to='${t.domain}' ver='1.6' wait='60' hold='1'/>`;

      const answer = await t.session().post(body, { "x-unheard-of": "1", "x-requested-with": "XMLHttpRequest" });

      assert.ok(answer.body.attributes["sid"] !== undefined, answer.raw);
    },
    { about: "other headers" },
  );

  requirement(
    "XEP-0124 §5",
    "If the connection manager receives a request with an Accept-Encoding header, it MAY include an HTTP Content-Encoding header in the response (indicating one of the encodings specified in the request).",
    async (t) => {
      const { answer } = await t.created();

      assert.equal(answer.headers["content-encoding"], undefined, "no encoding was specified");
    },
    { about: "Accept-Encoding" },
  );

  for (const [about, inside] of forbidden) {
    requirement(
      "XEP-0124 §6",
      "The content MUST NOT contain partial XML elements, comments, processing instructions, DTD subsets, or entity references other than the predefined ones.",
      async (t) => {
        const { session } = await t.boundSession();
        const refused = session.request("", inside).then(endOf, () => "closed");

        assert.notEqual(await refused, undefined, "it was taken");
      },
      { about },
    );
  }

  requirement(
    "XEP-0124 §7.2",
    "The connection manager MUST generate an opaque, unpredictable session identifier (or SID). The SID MUST be unique within the context of the connection manager application.",
    async (t) => {
      const sids = [await t.created(), await t.created(), await t.created()].map(({ session }) => session.sid);

      assert.equal(new Set(sids).size, 3);
      assert.ok(
        sids.every((sid) => sid.length >= 16),
        `${sids[0]} can be guessed`,
      );
    },
  );

  requirement(
    "XEP-0124 §7.2",
    "'wait': the longest time (in seconds) that the connection manager will wait before responding to any request during the session. The time MUST be less than or equal to the value specified in the session request.",
    async (t) => {
      const { answer } = await t.created("wait='7' hold='1'");

      const wait = Number(answer.body.attributes["wait"]);
      assert.ok(wait >= 0 && wait <= 7, `wait=${wait}`);
    },
    { about: "wait" },
  );

  requirement(
    "XEP-0124 §7.2",
    "'hold': the maximum number of requests the connection manager will keep waiting at any one time during the session. This value MUST NOT be greater than the value specified by the client in the session request.",
    async (t) => {
      const { answer } = await t.created("wait='60' hold='1'");

      assert.ok(Number(termOf(answer, "hold")) <= 1);
    },
    { about: "hold" },
  );

  for (const [asked, highest] of [
    ["1.6", [1, 6]],
    ["1.100", [1, 100]],
  ] as const) {
    requirement(
      "XEP-0124 §7.2",
      "'ver': the highest version of the BOSH protocol that the connection manager supports, or the version specified by the client in its request, whichever is lower. The minor number MUST be treated as a separate integer.",
      async (t) => {
        const session = t.session();
        const body = `<body xmlns='${ns.httpBind}' rid='7' to='${t.domain}' ver='${asked}' wait='60' hold='1'/>`;

        const ver = termOf(await session.post(body), "ver");

        const [major = 0, minor = 0] = ver.split(".").map(Number);
        assert.ok(major < highest[0] || (major === highest[0] && minor <= highest[1]), `ver=${ver}`);
      },
      { about: `ver ${asked}` },
    );
  }

  requirement(
    "XEP-0124 §7.2",
    "'requests': The RECOMMENDED values are either 2 or one more than the value of the 'hold' attribute specified in the session request.",
    async (t) => {
      const { answer } = await t.created("wait='60' hold='1'");

      assert.equal(termOf(answer, "requests"), "2");
    },
    { about: "requests" },
  );

  requirement(
    "XEP-0124 §7.2",
    "The <body/> element SHOULD also include: 'inactivity', the longest allowable inactivity period (in seconds).",
    async (t) => {
      const { answer } = await t.created();

      assert.match(answer.body.attributes["inactivity"] ?? "", /^[1-9]\d*$/);
    },
    { about: "inactivity" },
  );

  requirement(
    "XEP-0124 §7.1",
    "The 'content' attribute specifies the value of the HTTP Content-Type header that MUST appear in all the connection manager's responses during the session.",
    async (t) => {
      const { session, answer } = await t.created("wait='60' hold='1' content='text/plain; charset=utf-8'");
      const { headers } = await session.request("", `<auth xmlns='${ns.sasl}' mechanism='NONE'/>`);

      assert.deepEqual(
        [answer.headers["content-type"], headers["content-type"]],
        ["text/plain; charset=utf-8", "text/plain; charset=utf-8"],
      );
    },
    { about: "content" },
  );

  requirement(
    "XEP-0124 §7.1",
    "If the client request does not possess a 'content' attribute, then the HTTP Content-Type header of responses MUST be \"text/xml; charset=utf-8\".",
    async (t) => {
      const { answer } = await t.created();

      assert.equal(answer.headers["content-type"]?.toLowerCase(), "text/xml; charset=utf-8");
    },
    { about: "no content" },
  );

  requirement(
    "XEP-0124 §7.1",
    "A connection manager that is configured to work only with a single server (or only with a defined list of domains) MAY ignore the 'route' attribute.",
    async (t) => {
      const { session } = await t.created("wait='60' hold='1' route='xmpp:localhost:9999' secure='true'");

      assert.notEqual(session.sid, "");
    },
    { about: "route" },
  );

  requirement(
    "XEP-0124 §17.2",
    "host-unknown: The target domain specified in the 'to' attribute or the target host or port specified in the 'route' attribute is no longer serviced by the connection manager.",
    async (t) => {
      const answer = await t.session().create("elsewhere.example");

      assert.equal(endOf(answer), "host-unknown");
    },
    { about: "host-unknown" },
  );

  requirement(
    "XEP-0124 §17.2",
    "improper-addressing: The initialization element lacks a 'to' or 'route' attribute (or the attribute has no value) but the connection manager requires one.",
    async (t) => {
      const body = `<body xmlns='${ns.httpBind}' rid='7' ver='1.6' wait='60' hold='1'/>`;

      const answer = await t.session().post(body);

      assert.ok(endOf(answer) === "improper-addressing" || answer.body.attributes["sid"] !== undefined, answer.raw);
    },
    { about: "improper-addressing" },
  );

  requirement(
    "XEP-0124 §17.1",
    "Non-legacy connection managers SHOULD NOT send HTTP error codes unless they are communicating with a legacy client.",
    async (t) => {
      const session = t.session();
      session.sid = "nobody-s";

      const answer = await session.request();

      assert.deepEqual([answer.status, endOf(answer)], [200, "item-not-found"]);
    },
    { about: "an unknown sid" },
  );

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
      const answer = await session.create(t.domain, "wait='60' hold='1' ack='1'");
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
      const { session, answer } = await t.boundSession(0, "wait='60' hold='1'");
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

      assert.ok(inactivity[1]! - inactivity[0]! > Number(termOf(polling.answer, "polling")), `${String(inactivity)}`);
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
