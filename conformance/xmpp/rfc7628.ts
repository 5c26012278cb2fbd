// OAUTHBEARER (RFC 7628), as far as it can be judged without a token of somebody the server trusts.
import assert from "node:assert/strict";
import { ns, type XmppClient } from "../clients/xmpp.ts";
import { NotOffered } from "../requirement.ts";
import type { XmppKit } from "../xmpp-kit.ts";
import { requirement } from "./requirement.ts";

async function offering(t: XmppKit): Promise<XmppClient> {
  const client = await t.secured();
  if (!client.mechanisms.includes("OAUTHBEARER")) throw new NotOffered("not offered: OAUTHBEARER");
  return client;
}

const message = (text: string): string => Buffer.from(text).toString("base64");

describe("RFC 7628 OAUTHBEARER", () => {
  requirement(
    "RFC 7628 §3.2.2",
    "For a failed authentication, the server returns an error result in JSON: status (REQUIRED).",
    async (t) => {
      const client = await offering(t);

      const challenge = await client.auth(
        "OAUTHBEARER",
        message(`n,a=${t.bare(0)},\x01auth=Bearer none.of.them\x01\x01`),
      );

      assert.ok(challenge.is("challenge"), challenge.toString());
      const error = JSON.parse(Buffer.from(challenge.text, "base64").toString()) as { status?: unknown };
      assert.equal(typeof error.status, "string");
    },
  );

  requirement(
    "RFC 7628 §3.2.3",
    "The client MUST then send either an additional client response consisting of a single %x01 (control A) character to the server; the server fails the exchange, and another attempt may follow.",
    async (t) => {
      const client = await offering(t);
      await client.auth("OAUTHBEARER", message("n,,\x01auth=Bearer none.of.them\x01\x01"));

      client.send(`<response xmlns="${ns.sasl}">AQ==</response>`);

      const failure = await client.take("the end", (xml) => xml.xmlns === ns.sasl);
      assert.ok(failure.is("failure") && failure.child("not-authorized") !== undefined, failure.toString());
      assert.ok((await client.scram("SHA-1", t.credentials(0))).answer.is("success"));
    },
  );

  requirement(
    "RFC 7628 §3.1",
    "The client's initial message is a GS2 header and key/value pairs between %x01 octets; what is not fails.",
    async (t) => {
      for (const wrong of ["auth=Bearer a.b.c\x01\x01", "n,,\x01\x01", "n,,\x01auth=Bearer a.b.c"]) {
        const client = await offering(t);
        const failure = await client.auth("OAUTHBEARER", message(wrong));
        assert.ok(failure.is("failure"), failure.toString());
      }
    },
  );
});
