// XEP-0124: BOSH, its sessions and their terms.
import assert from "node:assert/strict";
import { termOf } from "../bosh-kit.ts";
import { endOf } from "../clients/bosh.ts";
import { ns } from "../clients/xmpp-namespaces.ts";
import { boshRequirement as requirement } from "./requirement.ts";

/** XEP-0206 §3: with a 'version', so that a server has features to answer with. */
const terms = "wait='10' hold='1' xml:lang='en' xmpp:version='1.0' xmlns:xmpp='urn:xmpp:xbosh'";

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
        const body = `<body xmlns='${ns.httpBind}' rid='7' to='${t.domain}' ver='1.6' ${terms}/>`;

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
      const body = `<body xmlns='${ns.httpBind}' rid='7' to='${t.domain}' ver='1.6' ${terms}/>`;

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
      const { answer } = await t.created("wait='10' hold='1'");

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
        const body = `<body xmlns='${ns.httpBind}' rid='7' to='${t.domain}' ver='${asked}' ${terms}/>`;

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
      const { answer } = await t.created("wait='10' hold='1'");

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
      const { session, answer } = await t.created("wait='10' hold='1' content='text/plain; charset=utf-8'");
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
      const { session } = await t.created("wait='10' hold='1' route='xmpp:localhost:9999' secure='true'");

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
      const body = `<body xmlns='${ns.httpBind}' rid='7' ver='1.6' ${terms}/>`;

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
});
