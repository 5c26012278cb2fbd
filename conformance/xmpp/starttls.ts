// RFC 6120 §5: STARTTLS.
import assert from "node:assert/strict";
import * as sasl2 from "../clients/sasl2.ts";
import { plain } from "../clients/sasl.ts";
import { ns } from "../clients/xmpp.ts";
import { streamHeader } from "../clients/xmpp-tcp.ts";
import { requirement } from "./requirement.ts";

const options = { only: "TCP", needs: ["starttls"] } as const;

describe("RFC 6120 STARTTLS", () => {
  requirement(
    "RFC 6120 §5.4.1",
    "A server that can do TLS advertises the STARTTLS feature in its stream features.",
    async (t) => {
      const client = await t.stream();

      assert.ok(client.features.child("starttls", ns.tls) !== undefined, client.features.toString());
    },
    options,
  );

  requirement(
    "RFC 6120 §5.4.3.3",
    "After the TLS negotiation the initiating entity sends a new stream header, the receiving entity MUST respond with a new one and MUST send features that do not include STARTTLS; the client then authenticates and binds.",
    async (t) => {
      const client = await t.stream();
      const before = client.tcp.heard.length;

      await client.startTls(t.domain);

      assert.match(client.tcp.heard.slice(before), /<stream:stream /);
      assert.equal(client.features.child("starttls"), undefined);
      assert.ok(client.mechanisms.length > 0, "§6.3.3");
      const { answer } = await client.scram("SHA-1", t.credentials(0));
      assert.ok(answer.is("success"), answer.toString());
      await client.open(t.domain);
      await client.bind();
      await client.ping();
    },
    options,
  );

  requirement(
    "XEP-0388 §3",
    "SASL2 MUST only be used by Clients or offered by Servers after TLS negotiation: not where STARTTLS is still to come, and so nothing within it.",
    async (t) => {
      const client = await t.stream();
      const before = client.features;
      await client.startTls(t.domain);
      sasl2.authenticationOf(client);

      assert.equal(before.child("authentication", ns.sasl2), undefined, before.toString());
      const insecure = await t.stream();
      assert.ok(!(await sasl2.ask(insecure, "PLAIN", plain(t.credentials(0))).catch(() => undefined))?.is("success"));
    },
    options,
  );

  requirement(
    "RFC 6120 §5.4.3.3",
    "The receiving entity MUST discard any knowledge obtained in an insecure manner from the initiating entity before TLS took effect; what stands in plain behind <starttls/> is never answered.",
    async (t) => {
      const client = await t.stream();
      const injected = `${streamHeader(`to="${t.domain}" version="1.0"`)}<iq xmlns="jabber:client" type="get" id="injected"><ping xmlns="${ns.ping}"/></iq>`;

      client.send(`<starttls xmlns="${ns.tls}"/>${injected}`);

      // Either it was thrown away and TLS begins, or the handshake is refused: never is it read as said in TLS.
      await client.take("<proceed/>", (xml) => xml.is("proceed", ns.tls)).catch(() => undefined);
      const opened = await client.tcp
        .startTls(t.domain)
        .then(() => client.open(t.domain))
        .then(() => true)
        .catch(() => false);
      if (opened) assert.equal([...client.tcp.heard.matchAll(/<stream:stream /g)].length, 2);
      assert.doesNotMatch(client.tcp.heard, /injected/);
    },
    { ...options, about: "command injection" },
  );

  requirement(
    "RFC 6120 §5.4.2.2",
    "A STARTTLS that cannot be: <failure/>, the end of the stream, and the end of the connection.",
    async (t) => {
      const client = await t.stream();
      await client.startTls(t.domain);

      client.send(`<starttls xmlns="${ns.tls}"/>`);

      await client.closed();
      assert.ok(
        client.waiting.every((xml) => !xml.is("proceed")),
        "TLS within TLS",
      );
    },
    { ...options, about: "a second one" },
  );
});
