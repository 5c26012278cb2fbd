// RFC 6120 §6 SASL negotiation and §7 resource binding.
import assert from "node:assert/strict";
import { Scram, plain } from "../clients/sasl.ts";
import { conditionOf, ns } from "../clients/xmpp.ts";
import { NotOffered } from "../requirement.ts";
import type { XmppKit } from "../xmpp-kit.ts";
import { requirement } from "./requirement.ts";

describe("RFC 6120 SASL and binding", () => {
  requirement(
    "RFC 6120 §13.8.1",
    "Servers MUST support SASL SCRAM-SHA-1 for the purpose of password-based authentication.",
    async (t) => {
      const client = await t.stream();

      const { answer, scram } = await client.scram("SHA-1", t.credentials(0));

      assert.ok(answer.is("success"), String(answer));
      assert.ok(scram.proves(answer.text), "RFC 5802 §5: the server's signature is wrong");
      assert.ok(Number(scram.challenge.get("i")) >= 4096, "RFC 5802 §5.1: iterations SHOULD be at least 4096");
    },
  );

  requirement(
    "RFC 7677 §3",
    "SCRAM-SHA-256 works as SCRAM-SHA-1 does, with SHA-256 and at least 4096 iterations.",
    async (t) => {
      const client = await t.stream();
      if (!client.mechanisms.includes("SCRAM-SHA-256")) throw new NotOffered("SCRAM-SHA-256 is not offered");

      const { answer, scram } = await client.scram("SHA-256", t.credentials(0));

      assert.ok(answer.is("success") && scram.proves(answer.text), String(answer));
    },
  );

  requirement(
    "RFC 4616 §2",
    "The mechanism PLAIN: authorization identity, NUL, authentication identity, NUL, password.",
    async (t) => {
      const client = await t.stream();
      if (!client.mechanisms.includes("PLAIN")) throw new NotOffered("PLAIN is not offered");

      assert.ok((await client.auth("PLAIN", plain(t.credentials(0)))).is("success"));
    },
  );

  requirement(
    "RFC 6120 §6.5.10",
    "<not-authorized/>: The authentication failed because the initiating entity did not provide proper credentials.",
    async (t) => {
      const wrong = { user: t.credentials(0).user, password: "wrong" };

      await fails(t, (client) => client.auth("PLAIN", plain(wrong)), ["not-authorized"]);
      await fails(t, (client) => client.auth("PLAIN", plain({ user: "nobody-of-that-name", password: "x" })), [
        "not-authorized",
      ]);
      await fails(t, async (client) => (await client.scram("SHA-1", t.credentials(0), { wrongProof: true })).answer, [
        "not-authorized",
      ]);
      await fails(t, async (client) => (await client.scram("SHA-1", t.credentials(0), { wrongNonce: true })).answer, [
        "not-authorized",
        "malformed-request",
      ]);
    },
    { about: "X14" },
  );

  requirement(
    "RFC 5802 §9",
    "The server must not let an attacker learn whether a user exists: the exchange of an unknown name looks like any other, and its salt is the same each time.",
    async (t) => {
      const unknown = { user: "nobody-of-that-name", password: "x" };
      const [one, two, known] = [await t.stream(), await t.stream(), await t.stream()];

      const [first, second] = [await one.scram("SHA-1", unknown), await two.scram("SHA-1", unknown)];
      const real = await known.scram("SHA-1", t.credentials(0), { wrongProof: true });

      assert.ok(first.answer.child("not-authorized") !== undefined);
      assert.equal(first.scram.challenge.get("s"), second.scram.challenge.get("s"));
      assert.equal(first.scram.challenge.get("i"), real.scram.challenge.get("i"));
      assert.equal(
        Buffer.from(first.scram.challenge.get("s")!, "base64").length,
        Buffer.from(real.scram.challenge.get("s")!, "base64").length,
      );
    },
    { about: "X16", needs: ["policy"] },
  );

  requirement(
    "RFC 6120 §6.5.5",
    "<incorrect-encoding/>: The data provided by the initiating entity could not be processed because the base 64 encoding is incorrect.",
    (t) => fails(t, (client) => client.auth("PLAIN", "!!!"), ["incorrect-encoding"]),
    { about: "X14" },
  );

  requirement(
    "RFC 6120 §6.5.7",
    "<invalid-mechanism/>: The initiating entity did not specify a mechanism, or requested a mechanism that is not supported by the receiving entity.",
    (t) => fails(t, (client) => client.auth("X-TOP-SECRET", ""), ["invalid-mechanism"]),
    { about: "X14" },
  );

  requirement(
    "RFC 6120 §6.5.6",
    "<invalid-authzid/>: The authzid provided by the initiating entity is invalid, either because it is incorrectly formatted or because the initiating entity does not have permissions to authorize that ID.",
    (t) =>
      fails(t, (client) => client.auth("PLAIN", plain(t.credentials(0), t.bare(1))), [
        "invalid-authzid",
        "not-authorized",
      ]),
    { about: "X18" },
  );

  requirement(
    "RFC 6120 §6.5.1",
    "<aborted/>: The receiving entity acknowledges that the authentication handshake has been aborted by the initiating entity.",
    async (t) => {
      const client = await t.stream();
      const { first } = new Scram("SHA-1", t.credentials(0));
      assert.ok((await client.auth("SCRAM-SHA-1", first)).is("challenge"));

      client.send(`<abort xmlns="${ns.sasl}"/>`);

      assert.ok((await client.take("a failure", (xml) => xml.is("failure", ns.sasl))).child("aborted") !== undefined);
    },
  );

  requirement(
    "RFC 6120 §6.4.5",
    "The receiving entity SHOULD allow a reasonable number of retries: a failure leaves the stream open for another attempt.",
    async (t) => {
      const client = await t.stream();
      const wrong = { user: t.credentials(0).user, password: "wrong" };

      assert.ok((await client.auth("PLAIN", plain(wrong))).is("failure"));
      assert.ok((await client.auth("PLAIN", plain(t.credentials(0)))).is("success"));
    },
  );

  requirement(
    "RFC 6120 §7.7.1",
    "A client requests a resource by including a <resource/> element; the server binds it and returns the full JID.",
    async (t) => {
      const client = await t.authenticated();
      const resource = t.word();

      const result = await client.bind(resource);

      assert.equal(result.attributes["type"], "result");
      assert.equal(client.jid, `${t.bare(0)}/${resource}`);
    },
  );

  requirement(
    "RFC 6120 §7.6",
    "A server MUST be able to generate an XMPP resourcepart on behalf of a client. The resourcepart generated by the server MUST be random.",
    async (t) => {
      const [one, two] = [await t.authenticated(), await t.authenticated()];

      await one.bind();
      await two.bind();

      const resources = [one.jid, two.jid].map((jid) => jid.slice(t.bare(0).length + 1));
      assert.ok(
        resources.every((resource) => resource.length > 3),
        resources.join(", "),
      );
      assert.notEqual(resources[0], resources[1]);
    },
  );

  requirement(
    "RFC 6120 §7.1",
    "If, before completing the resource binding step, the client attempts to send an XML stanza to an entity other than the server itself or the client's account, the server MUST NOT process the stanza and MUST close the stream with a <not-authorized/> stream error.",
    async (t) => {
      const [client, juliet] = [await t.authenticated(), await t.available(1)];
      const word = t.word();

      client.send(`<message xmlns="jabber:client" to="${juliet.bare}"><body>${word}</body></message>`);

      assert.equal((await client.streamError()).condition, "not-authorized");
      await juliet.ping();
      assert.ok(juliet.waiting.every((xml) => xml.childText("body") !== word));
    },
  );

  requirement(
    "RFC 6120 §7.7.2.2",
    "If there is already a connected resource of that name, the server either binds another, or returns a <conflict/> error, or terminates the old session with a <conflict/> stream error.",
    async (t) => {
      const resource = t.word();
      const old = await t.bound(0, resource);
      const young = await t.authenticated();

      const answer = await young.bind(resource);

      if (answer.attributes["type"] === "error") assert.equal(conditionOf(answer), "conflict");
      else if (young.jid === old.jid) assert.equal((await old.streamError()).condition, "conflict");
      else await old.ping();
    },
  );
});

/** The exchange ends with one of these failures. */
async function fails(
  t: XmppKit,
  exchange: (
    client: Awaited<ReturnType<XmppKit["stream"]>>,
  ) => Promise<{ is(name: string): boolean; readonly elements: readonly { readonly name: string }[] }>,
  conditions: readonly string[],
): Promise<void> {
  const client = await t.stream();

  const answer = await exchange(client);

  assert.ok(answer.is("failure"), "no failure");
  const names = answer.elements.map((child) => child.name);
  assert.ok(
    conditions.some((condition) => names.includes(condition)),
    `<${names.join("/>, <")}/> instead of <${conditions.join("/> or <")}/>`,
  );
}
