// XEP-0388: Extensible SASL Profile.
import assert from "node:assert/strict";
import { plain, Scram } from "../clients/sasl.ts";
import * as sasl2 from "../clients/sasl2.ts";
import { ns, type XmppClient } from "../clients/xmpp.ts";
import type { XmppKit } from "../xmpp-kit.ts";
import { connections, requirement } from "./requirement.ts";

async function offering(t: XmppKit, from?: string): Promise<XmppClient> {
  const client = await t.secured(from);
  sasl2.authenticationOf(client);
  return client;
}

function assertFailure(failure: Awaited<ReturnType<typeof sasl2.answer>>, ...conditions: readonly string[]): void {
  assert.ok(failure.is("failure", ns.sasl2), failure.toString());
  const codes = failure.elements.filter((child) => child.xmlns === ns.sasl).map((child) => child.name);
  assert.equal(codes.length, 1, `not one SASL error code: ${failure.toString()}`);
  if (conditions.length > 0) assert.ok(conditions.includes(codes[0]!), failure.toString());
}

describe("XEP-0388 Extensible SASL Profile", () => {
  requirement(
    "XEP-0388 §2.1",
    "Servers capable of SASL2 offer a stream feature of <authentication/>, which contains one or more <mechanism/> elements in the same namespace.",
    async (t) => {
      const mechanisms = sasl2.mechanismsOf(sasl2.authenticationOf(await offering(t)));

      assert.ok(mechanisms.length > 0);
      assert.equal(new Set(mechanisms).size, mechanisms.length);
    },
  );

  requirement(
    "XEP-0388 §2.1",
    "The feature so advertised, and its child content, SHOULD be stable for the given stream to and from attributes and encryption state.",
    async (t) => {
      const offers = [await offering(t), await offering(t)].map((client) => String(sasl2.authenticationOf(client)));

      assert.equal(offers[0], offers[1]);
    },
    { about: "stable" },
  );

  requirement(
    "XEP-0388 §2.6.1",
    "The Server sends a <success/> element, which contains an <authorization-identifier/> element containing the negotiated identity: this is a bare JID, unless resource binding has occurred.",
    async (t) => {
      const client = await offering(t);

      await sasl2.login(client, t.credentials(0));

      assert.equal(client.jid, t.bare(0));
    },
  );

  requirement(
    "XEP-0388 §2.6.1",
    "The <success> element is immediately followed by a <features> element containing the applicable stream features of the newly authenticated stream. Note that no stream restart occurs.",
    async (t) => {
      const client = await offering(t);

      await sasl2.login(client, t.credentials(0));

      assert.equal(client.features.child("authentication"), undefined);
      assert.ok(client.features.child("bind", ns.bind) !== undefined, client.features.toString());
      await client.bind(t.word());
      await client.ping();
    },
    { about: "features" },
  );

  requirement(
    "XEP-0388 §2.5",
    "Each Challenge MUST be responded to by a Client in a Client Response; success MAY contain an <additional-data> element, containing additional data from the exchange.",
    async (t) => {
      const client = await offering(t);

      const end = await sasl2.askByScram(client, t.credentials(0));

      assert.ok(end.is("success"), end.toString());
    },
  );

  requirement(
    "XEP-0388 §2.6.2",
    "A <failure/> element is used by the server to terminate the authentication attempt. It MUST contain one of the SASL error codes from RFC 6120 Section 6.5; the stream and session state remain entirely unchanged.",
    async (t) => {
      const client = await offering(t);

      assertFailure(await sasl2.ask(client, "PLAIN", plain({ user: t.credentials(0).user, password: "wrong" })));

      await sasl2.login(client, t.credentials(0));
    },
  );

  requirement(
    "XEP-0388 §2.3",
    "If the mechanism attribute contains a string not announced by the server, the server MUST fail the authentication.",
    async (t) => {
      const client = await offering(t);

      assertFailure(await sasl2.ask(client, "X-NOT-A-MECHANISM", ""), "invalid-mechanism");
    },
  );

  requirement(
    "XEP-0388 §2.2",
    "Both Clients and Servers encode SASL exchanges using Base 64 encoding; what is not base 64 fails.",
    async (t) => {
      const client = await offering(t);

      assertFailure(await sasl2.ask(client, "SCRAM-SHA-1", "!!!"), "incorrect-encoding", "malformed-request");
    },
  );

  requirement(
    "XEP-0388 §3.5",
    "Clients MAY abort unilaterally by sending an <abort/> element; the attempt fails, and another may follow.",
    async (t) => {
      const client = await offering(t);
      const challenge = await sasl2.ask(client, "SCRAM-SHA-1", new Scram("SHA-1", t.credentials(0)).first);
      assert.ok(challenge.is("challenge", ns.sasl2), challenge.toString());

      client.send(`<abort xmlns="${ns.sasl2}"/>`);

      assertFailure(await sasl2.answer(client), "aborted");
      await sasl2.login(client, t.credentials(0));
    },
  );

  for (const [about, element] of [
    ["a stanza", `<message xmlns="${ns.client}"/>`],
    ["a response of RFC 6120", `<response xmlns="${ns.sasl}">YQ==</response>`],
    ["another attempt", sasl2.authenticateXml("PLAIN", "YQ==")],
    ["white space", " "],
  ] as const) {
    requirement(
      "XEP-0388 §2.4",
      "While authentication is in progress clients MUST send only <response/> or <abort/> elements. Servers MUST disconnect Clients immediately if any other traffic is received.",
      async (t) => {
        const client = await offering(t);
        await sasl2.ask(client, "SCRAM-SHA-1", new Scram("SHA-1", t.credentials(0)).first);

        client.send(element);

        await client.closed();
      },
      // Over BOSH there is nothing between elements: an empty <body/> asks whether there is something new.
      element === " " ? { about, only: connections } : { about },
    );
  }

  requirement(
    "XEP-0388 §3.8",
    "Once <success/> has been sent by the server, any further <authenticate/> element MUST result in a stream error.",
    async (t) => {
      const client = await offering(t);
      await sasl2.login(client, t.credentials(0));

      client.send(sasl2.authenticateXml("PLAIN", plain(t.credentials(0))));

      await client.streamError();
    },
  );

  requirement(
    "XEP-0388 §3.4",
    "Any non-empty authorization string MUST be considered an error if the stream's from attribute (if present) does not match.",
    async (t) => {
      const client = await offering(t, t.bare(1));
      const scram = new Scram("SHA-1", t.credentials(0), { gs2: `n,a=${t.bare(0)},` });

      const challenge = await sasl2.ask(client, "SCRAM-SHA-1", scram.first);
      if (challenge.is("challenge"))
        client.send(`<response xmlns="${ns.sasl2}">${scram.final(challenge.text)}</response>`);

      assertFailure(challenge.is("challenge") ? await sasl2.answer(client) : challenge);
    },
  );

  requirement(
    "XEP-0388 §2.3",
    "A <user-agent/> may say which client it is, in any part: id, software, device. It does not change who is authenticated.",
    async (t) => {
      for (const agent of [
        `<user-agent id="d4565fa7-4d72-4749-b3d3-740edbf87770"><software>AwesomeXMPP</software><device>Kiva's Phone</device></user-agent>`,
        "<user-agent><software>AwesomeXMPP</software></user-agent>",
        "<user-agent/>",
      ]) {
        const client = await offering(t);
        await sasl2.login(client, t.credentials(0), agent);
        assert.equal(client.jid, t.bare(0));
      }
    },
    { about: "user-agent" },
  );

  requirement(
    "XEP-0388 §2.3",
    "Additional child elements are used for other desired stream states; one that the server does not know is passed by.",
    async (t) => {
      const client = await offering(t);

      await sasl2.login(
        client,
        t.credentials(0),
        `<megabind xmlns="urn:example:megabind"><resource>x</resource></megabind>`,
      );

      assert.equal(client.jid, t.bare(0));
    },
    { about: "unknown children" },
  );
});
