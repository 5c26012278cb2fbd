// SCRAM with channel binding: RFC 5802 §6, RFC 5929, RFC 9266, and what XEP-0440 and XEP-0474 say about it.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { ScramHash, ScramOptions } from "../clients/sasl.ts";
import { ns, type XmppClient } from "../clients/xmpp.ts";
import { NotOffered } from "../requirement.ts";
import type { XmppKit } from "../xmpp-kit.ts";
import { requirement } from "./requirement.ts";

const options = { only: "TCP", needs: ["starttls"] } as const;
const hashes = ["SHA-1", "SHA-256"] as const;

/** A stream in TLS where that mechanism is offered. */
async function offering(t: XmppKit, hash: ScramHash): Promise<XmppClient> {
  const client = await t.secured();
  if (!client.mechanisms.includes(`SCRAM-${hash}-PLUS`)) throw new NotOffered(`not offered: SCRAM-${hash}-PLUS`);
  return client;
}

function typesOf(client: XmppClient): string[] {
  const announced = client.features.child("sasl-channel-binding", ns.channelBindings);
  if (announced === undefined) throw new NotOffered("not announced: types of channel binding (XEP-0440)");
  return announced.elements.map((child) => child.attributes["type"] ?? "");
}

/** A type this end can bind to, and what it binds to. */
function binding(client: XmppClient, wanted?: string): { gs2: string; channel: Buffer } {
  const type = wanted ?? typesOf(client).find((name) => client.tcp.channel(name) !== undefined);
  if (type === undefined || !typesOf(client).includes(type))
    throw new NotOffered(`not announced: ${wanted ?? "any known"}`);
  return { gs2: `p=${type},,`, channel: client.tcp.channel(type)! };
}

describe("SCRAM with channel binding", () => {
  requirement(
    "XEP-0440 §3",
    "The 'sasl-channel-binding' element MUST contain one or more 'channel-binding' elements, of which each MUST have an attribute with the name 'type'.",
    async (t) => {
      const client = await offering(t, "SHA-1");
      const types = typesOf(client);

      assert.ok(types.length > 0);
      for (const type of types) assert.match(type, /^[a-z][a-z0-9.-]+$/);
    },
    options,
  );

  requirement(
    "XEP-0440 §5",
    "Servers MUST at least implement the channel-binding type tls-server-end-point.",
    async (t) => {
      const client = await offering(t, "SHA-1");

      assert.ok(typesOf(client).includes("tls-server-end-point"), typesOf(client).join(", "));
    },
    options,
  );

  requirement(
    "RFC 5802 §6",
    "If the server supports a mechanism with channel binding, it offers the one without, too: a client may be unable to bind.",
    async (t) => {
      const client = await offering(t, "SHA-1");

      assert.ok(client.mechanisms.includes("SCRAM-SHA-1"));
      assert.ok((await client.scram("SHA-1", t.credentials(0), { gs2: "n,," })).answer.is("success"));
    },
    { ...options, about: "both" },
  );

  for (const hash of hashes) {
    for (const [clause, type] of [
      ["RFC 9266 §2", "tls-exporter"],
      ["RFC 5929 §4", "tls-server-end-point"],
    ] as const) {
      requirement(
        clause,
        `A client that binds to ${type} by its mechanism's -PLUS variant is authenticated, and the server proves itself.`,
        async (t) => {
          const client = await offering(t, hash);

          const { answer, scram } = await client.scram(hash, t.credentials(0), {
            plus: true,
            ...binding(client, type),
          });

          assert.ok(answer.is("success") && scram.proves(answer.text), answer.toString());
        },
        { ...options, about: `SCRAM-${hash}-PLUS` },
      );
    }
  }

  const refusals: readonly (readonly [about: string, quote: string, make: (client: XmppClient) => ScramOptions])[] = [
    [
      "another channel",
      "The server MUST verify the channel binding data: that of another connection fails.",
      (client) => ({ plus: true, ...binding(client), channel: Buffer.alloc(32, 1) }),
    ],
    [
      "no data",
      "The server MUST verify the channel binding data: without any it fails.",
      (client) => ({ plus: true, gs2: binding(client).gs2 }),
    ],
    [
      "y",
      'If the flag is set to "y" and the server supports channel binding, the server MUST fail authentication.',
      () => ({ gs2: "y,," }),
    ],
    [
      "n and PLUS",
      "A client that negotiates a mechanism with channel binding MUST say so by the flag p; the server fails what does not.",
      () => ({ plus: true, gs2: "n,," }),
    ],
    [
      "p without PLUS",
      "The flag p belongs to mechanisms with channel binding; the server fails it elsewhere.",
      (client) => binding(client),
    ],
    [
      "an unknown type",
      "If the server does not support the channel binding type it MUST fail authentication.",
      () => ({ plus: true, gs2: "p=x-not-a-type,,", channel: Buffer.alloc(32) }),
    ],
  ];
  for (const [about, quote, make] of refusals) {
    requirement(
      "RFC 5802 §6",
      quote,
      async (t) => {
        const client = await offering(t, "SHA-1");

        const { answer } = await client.scram("SHA-1", t.credentials(0), make(client));

        assert.ok(answer.is("failure"), answer.toString());
      },
      { ...options, about },
    );
  }

  requirement(
    "XEP-0474 §5.1",
    "The server then adds the optional attribute “h” with the base64 encoded hash of the sorted mechanisms and channel-binding types it advertised to its server-first-message.",
    async (t) => {
      for (const hash of hashes) {
        const client = await offering(t, hash);
        const bound = { plus: true, ...binding(client) };

        const { scram } = await client.scram(hash, t.credentials(0), bound);

        const said = scram.challenge.get("h");
        if (said === undefined) throw new NotOffered("not there: the attribute h (XEP-0474)");
        const all = `${client.mechanisms.toSorted().join("\x1e")}\x1f${typesOf(client).toSorted().join("\x1e")}`;
        const digest = hash === "SHA-1" ? "sha1" : "sha256";
        assert.equal(said, createHash(digest).update(all).digest("base64"));
      }
    },
    options,
  );

  requirement(
    "XEP-0474 §5.1",
    "If the server used no channel-binding types, only the mechanisms are hashed.",
    async (t) => {
      const client = await t.stream();
      if (client.features.child("sasl-channel-binding", ns.channelBindings) !== undefined)
        throw new NotOffered("channel binding is offered here");

      const { scram } = await client.scram("SHA-1", t.credentials(0));

      const said = scram.challenge.get("h");
      if (said === undefined) throw new NotOffered("not there: the attribute h (XEP-0474)");
      assert.equal(said, createHash("sha1").update(client.mechanisms.toSorted().join("\x1e")).digest("base64"));
    },
    { about: "without types" },
  );
});
