// RFC 7395: XMPP over WebSocket.
import assert from "node:assert/strict";
import WebSocket from "ws";
import { ns } from "../clients/xmpp.ts";
import type { RequirementOptions } from "../requirement.ts";
import type { XmppKit } from "../xmpp-kit.ts";
import { requirement as eitherWay } from "./requirement.ts";

const requirement = (
  clause: string,
  quote: string,
  check: (t: XmppKit) => Promise<void>,
  options: RequirementOptions = {},
): void => eitherWay(clause, quote, check, { ...options, only: "WebSocket" });

describe("RFC 7395 framing", () => {
  requirement(
    "RFC 7395 §3.1",
    'The reply from the server MUST also contain "xmpp" in its own Sec-WebSocket-Protocol header in order for an XMPP subprotocol connection to be established.',
    async (t) => {
      const client = await t.socket();

      assert.equal(client.subprotocol, "xmpp");
    },
  );

  requirement(
    "RFC 7395 §3.4",
    "The server replies with an <open/> element in the framing namespace, with 'from', 'id' and 'version', and then with its stream features.",
    async (t) => {
      const client = await t.socket();

      const header = await client.open(t.domain);

      assert.deepEqual([header.attributes["from"], header.attributes["version"]], [t.domain, "1.0"]);
      assert.ok(
        (header.attributes["id"] ?? "").length > 0,
        "RFC 6120 §4.7.3: the id MUST be unique to the receiving application",
      );
      assert.equal(header.children.length, 0, "the <open/> element has no content");
      assert.ok(client.mechanisms.length > 0, `no mechanisms in ${client.features.toString()}`);
    },
  );

  requirement(
    "RFC 7395 §3.9",
    "A server MUST NOT advertise TLS as a stream feature when using the XMPP subprotocol.",
    async (t) => {
      const client = await t.stream();

      assert.equal(client.features.child("starttls"), undefined);
    },
  );

  requirement(
    "RFC 7395 §3.7",
    "Whenever a stream restart is mandated, both the server and client streams are implicitly closed and new streams MUST be opened, using the same process as in Section 3.4.",
    async (t) => {
      const client = await t.authenticated();

      assert.ok(
        client.features.child("bind", ns.bind) !== undefined,
        "RFC 6120 §7.4: the server offers resource binding after authentication",
      );
      assert.equal(client.features.child("mechanisms"), undefined);
    },
  );

  requirement(
    "RFC 7395 §3.6",
    "The client closes its stream with a <close/> element; the server replies with a <close/> element and the WebSocket connection is closed.",
    async (t) => {
      const client = await t.stream();

      client.send(`<close xmlns="${ns.framing}"/>`);

      assert.ok((await client.next()).is("close", ns.framing));
      await client.closed();
    },
  );

  requirement(
    "RFC 7395 §3.5",
    "If the error occurs during the opening of a stream, the server MUST send the initial open element response, followed by the stream-level error in a second WebSocket message frame. The server MUST then close the connection.",
    async (t) => {
      const client = await t.socket();

      client.send(`<open xmlns="${ns.framing}" to="nowhere.invalid" version="1.0"/>`);

      assert.ok((await client.next()).is("open", ns.framing));
      assert.equal((await client.streamError()).condition, "host-unknown", "RFC 6120 §4.9.3.6");
      await client.closed();
    },
  );

  requirement(
    "RFC 7395 §3.2",
    "Data frame messages in the XMPP subprotocol MUST be of the text type and contain UTF-8 encoded data.",
    async (t) => {
      const client = await t.stream();

      client.send(Buffer.from(`<iq xmlns="jabber:client" type="get" id="b"><ping xmlns="${ns.ping}"/></iq>`));

      const code = await client.closed();
      assert.equal(code, 1003, "RFC 6455 §7.4.1: data of a type it cannot accept");
    },
    { about: "X28", needs: ["policy"] },
  );

  requirement("RFC 7395 §3.3", "The first frame is an <open/> element in the framing namespace.", async (t) => {
    for (const first of [
      `<stream:stream xmlns="jabber:client" xmlns:stream="${ns.streams}" to="${t.domain}" version="1.0">`,
      `<message xmlns="jabber:client"/>`,
    ]) {
      const client = await t.socket();

      client.send(first);

      await client.closed();
      assert.ok(
        client.waiting.every((xml) => !xml.is("features")),
        "a stream was opened",
      );
    }
  });

  requirement(
    "RFC 7395 §3.3",
    "Every stanza is sent in its own frame: a frame with two root elements is not well-formed.",
    async (t) => {
      const client = await t.bound();
      const ping = (id: string): string =>
        `<iq xmlns="jabber:client" type="get" id="${id}"><ping xmlns="${ns.ping}"/></iq>`;

      client.send(ping("p1") + ping("p2"));

      await client.closed();
      assert.ok(
        client.waiting.every((xml) => xml.attributes["id"] !== "p2"),
        "the second was answered",
      );
    },
    { about: "X28", needs: ["policy"] },
  );

  requirement(
    "RFC 7395 §3.1",
    'A client that does not offer the subprotocol "xmpp" gets no XMPP connection.',
    async (t) => {
      const socket = new WebSocket(t.address.url, "chat", { perMessageDeflate: false });

      const outcome = await new Promise<string>((resolve) => {
        socket.once("open", () => resolve(socket.protocol)).once("error", () => resolve("refused"));
      });

      socket.terminate();
      assert.notEqual(outcome, "xmpp");
    },
    { about: "another subprotocol" },
  );
});
