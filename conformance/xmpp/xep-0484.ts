// XEP-0484: Fast Authentication Streamlining Tokens.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import * as sasl2 from "../clients/sasl2.ts";
import { ns, type XmppClient } from "../clients/xmpp.ts";
import { NotOffered } from "../requirement.ts";
import type { XmppKit } from "../xmpp-kit.ts";
import { requirement } from "./requirement.ts";

const usual = "HT-SHA-256-NONE";
const channels: Readonly<Record<string, string>> = {
  "HT-SHA-256-EXPR": "tls-exporter",
  "HT-SHA-256-ENDP": "tls-server-end-point",
};

async function offering(t: XmppKit, mechanism = usual): Promise<XmppClient> {
  const client = await t.secured(t.bare(0));
  const mechanisms = sasl2.mechanismsOf(sasl2.inlineOf(client, "fast", ns.fast));
  if (!mechanisms.includes(mechanism)) throw new NotOffered(`not offered within FAST: ${mechanism}`);
  return client;
}

const request = (mechanism = usual): string => `<request-token xmlns="${ns.fast}" mechanism="${mechanism}"/>`;
const fast = (attributes = ""): string => `<fast xmlns="${ns.fast}"${attributes}/>`;

/** A client with a token, and how it logs in with one. */
async function holder(t: XmppKit, mechanism = usual) {
  const id = randomUUID();
  const client = await offering(t, mechanism);
  const success = await sasl2.login(client, t.credentials(0), sasl2.agent(id) + request(mechanism));
  const given = sasl2.tokenIn(success);
  assert.ok(given !== undefined, `§3.3: no token: ${success.toString()}`);
  const use = async (
    token: string,
    inner = sasl2.agent(id) + fast(),
    by = mechanism,
  ): Promise<[XmppClient, typeof success]> => {
    const next = await offering(t, by);
    const type = channels[by];
    const channel = type === undefined ? undefined : next.tcp.channel(type);
    return [next, await sasl2.ask(next, by, sasl2.hashedToken(t.credentials(0).user, token, channel), inner)];
  };
  return { id, ...given, use };
}

function refused([, end]: [XmppClient, Awaited<ReturnType<typeof sasl2.answer>>], why = ""): void {
  assert.ok(end.is("failure", ns.sasl2), `${why} ${end.toString()}`);
}

describe("XEP-0484 Fast Authentication Streamlining Tokens", () => {
  requirement(
    "XEP-0484 §3.1",
    "Servers that support FAST MUST advertise this as a SASL2 inline feature. The <fast/> element MUST contain one or more compatible authentication mechanisms; there SHOULD be at least one without channel binding.",
    async (t) => {
      const client = await offering(t);

      const mechanisms = sasl2.mechanismsOf(sasl2.inlineOf(client, "fast", ns.fast));
      assert.ok(mechanisms.some((name) => name.endsWith("-NONE")));
    },
  );

  requirement(
    "XEP-0484 §3.1",
    "There SHOULD be at least one mechanism capable of channel binding.",
    async (t) => {
      const client = await offering(t);

      const mechanisms = sasl2.mechanismsOf(sasl2.inlineOf(client, "fast", ns.fast));
      assert.ok(
        mechanisms.some((name) => !name.endsWith("-NONE")),
        mechanisms.join(", "),
      );
    },
    { about: "binding", only: "TCP", needs: ["starttls"] },
  );

  requirement(
    "XEP-0484 §3.3",
    "The server generates a new unique token and includes it in the SASL2 <success/> response. The <token/> element MUST possess the attributes 'token' and 'expiry' (a DateTime of XEP-0082).",
    async (t) => {
      const [one, other] = [await holder(t), await holder(t)];

      assert.notEqual(one.token, other.token);
      assert.match(one.expiry, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/);
      assert.ok(Date.parse(one.expiry) > Date.now(), one.expiry);
    },
  );

  requirement(
    "XEP-0484 §3.2",
    "The value of 'mechanism' MUST be one of the FAST mechanisms advertised by the server: for another the login succeeds, and no token is given.",
    async (t) => {
      const client = await offering(t);

      const success = await sasl2.login(client, t.credentials(0), sasl2.agent(randomUUID()) + request("HT-WEIRD"));

      assert.equal(sasl2.tokenIn(success), undefined);
    },
  );

  requirement(
    "XEP-0484 §3.4",
    "The client authenticates normally using SASL2, using the FAST SASL mechanism it previously selected, and the token: success or failure within a single round-trip, as often as it likes.",
    async (t) => {
      const { token, use } = await holder(t);

      for (let n = 0; n < 2; n++) {
        const [client, end] = await use(token);
        await sasl2.greeted(client, end);
        assert.ok(sasl2.provesToken(end, token), "the server did not prove that it knows the token");
        assert.equal(client.jid, t.bare(0));
      }
    },
  );

  for (const mechanism of Object.keys(channels)) {
    requirement(
      "XEP-0484 §3.4",
      "A mechanism capable of channel binding: the proof is of this connection, both ways.",
      async (t) => {
        const { token, use, id } = await holder(t, mechanism);

        const [client, end] = await use(token);
        await sasl2.greeted(client, end);

        assert.ok(sasl2.provesToken(end, token, client.tcp.channel(channels[mechanism]!)));
        const stolen = await offering(t, mechanism);
        const proof = sasl2.hashedToken(t.credentials(0).user, token, Buffer.alloc(32));
        refused([stolen, await sasl2.ask(stolen, mechanism, proof, sasl2.agent(id) + fast())]);
      },
      { about: mechanism, only: "TCP", needs: ["starttls"] },
    );
  }

  requirement(
    "XEP-0484 §3.4",
    "Servers MUST bind tokens to the mechanism selected by the client in its original request, and reject attempts to use them with other mechanisms.",
    async (t) => {
      const { token, use } = await holder(t, "HT-SHA-256-ENDP");

      refused(await use(token, undefined, usual));

      const [client, end] = await use(token);
      await sasl2.greeted(client, end);
    },
    { about: "another mechanism", only: "TCP", needs: ["starttls"] },
  );

  requirement(
    "XEP-0484 §3.4",
    "To indicate that it is providing a token, the client MUST include a <fast/> element.",
    async (t) => {
      const { token, use, id } = await holder(t);

      refused(await use(token, sasl2.agent(id)));
    },
    { about: "without <fast/>" },
  );

  requirement(
    "XEP-0484 §4.1",
    "Tokens are issued on a per-client basis: a wrong one, another client's, and one of a client that does not say which it is fail, and the client may authenticate by other means.",
    async (t) => {
      const { token, use } = await holder(t);

      refused(await use(`${token.slice(1)}x`), "a wrong token");
      refused(await use(token, sasl2.agent(randomUUID()) + fast()), "another client");
      const [client, end] = await use(token, fast());
      refused([client, end], "no client");

      await sasl2.login(client, t.credentials(0));
    },
  );

  requirement(
    "XEP-0484 §3.5",
    "The server MUST NOT invalidate the existing token until the new token is actually used; upon successful use of any token, it MUST invalidate all tokens issued to the same client with an earlier expiry.",
    async (t) => {
      const { token: old, use, id } = await holder(t);
      const inner = sasl2.agent(id) + fast() + request();
      const [asking, given] = await use(old, inner);
      await sasl2.greeted(asking, given);
      const young = sasl2.tokenIn(given)?.token;
      assert.ok(young !== undefined && young !== old, given.toString());

      await sasl2.greeted(...(await use(old)));
      await sasl2.greeted(...(await use(young)));

      refused(await use(old), "an earlier one");
      await sasl2.greeted(...(await use(young)));
    },
  );

  requirement(
    "XEP-0484 §3.6",
    "Upon successful authentication with the 'invalidate' attribute set, the server MUST immediately invalidate the token and prevent its use for future authentication attempts.",
    async (t) => {
      for (const value of ["1", "true"]) {
        const { token, use, id } = await holder(t);

        const [client, end] = await use(token, sasl2.agent(id) + fast(` invalidate="${value}"`));
        await sasl2.greeted(client, end);

        assert.equal(sasl2.tokenIn(end), undefined, "MUST NOT include a new token");
        refused(await use(token));
      }
    },
  );

  requirement(
    "XEP-0484 §4.2",
    "If the server no longer trusts a token, it MUST instead fail the authentication (returning the SASL 'credentials-expired' error condition), and then allow the client to authenticate using other mechanisms (e.g. password based).",
    async (t) => {
      const { token, use, id } = await holder(t);
      await sasl2.greeted(...(await use(token, sasl2.agent(id) + fast(' invalidate="true"'))));

      const [client, end] = await use(token);

      refused([client, end]);
      assert.ok(end.child("credentials-expired", ns.sasl) !== undefined, end.toString());
      await sasl2.login(client, t.credentials(0));
    },
  );

  requirement(
    "XEP-0484 §3.3",
    "The server MUST NOT provide a token unless the client has been successfully and fully authenticated.",
    async (t) => {
      const client = await offering(t);
      const wrong = { ...t.credentials(0), password: t.word() };

      const end = await sasl2.askByScram(client, wrong, sasl2.agent(randomUUID()) + request());

      refused([client, end]);
      assert.equal(sasl2.tokenIn(end), undefined, end.toString());
    },
    { about: "a wrong password" },
  );

  requirement(
    "XEP-0484 §3.4",
    "Servers MUST reject authentication requests where the count is less than or equal to a count that has already been processed for this token.",
    async (t) => {
      const { token, use, id } = await holder(t);
      const counted = (count: number): string => sasl2.agent(id) + fast(` count="${count}"`);

      await sasl2.greeted(...(await use(token, counted(5))));
      const [client, again] = await use(token, counted(5));
      if (again.is("success")) throw new NotOffered("a count is looked at within TLS 0-RTT alone, as §3.4 allows");

      refused([client, again]);
      refused(await use(token, counted(4)));
      await sasl2.greeted(...(await use(token, counted(6))));
    },
    { about: "count" },
  );
});
