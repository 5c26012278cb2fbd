// A password that is changed logs every client out that came in by the old one, each in its protocol's words.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { client, xml, type XmppClient } from "@xmpp/client";
import { connectAsync } from "mqtt";
import { WebSocket } from "ws";
import { openXmpp } from "../../conformance/clients/xmpp.ts";
import { until } from "../../src/testing/until.ts";
import { openChat } from "../support/clients/bare-json.ts";
import { passwordOf, Server } from "../support/server.ts";

// The library wants the platform's WebSocket, which Node has only from version 22 on.
(globalThis as { WebSocket?: unknown }).WebSocket ??= WebSocket;

interface Token {
  readonly mechanism: string;
  readonly token: string;
  readonly expiry: string;
}

/** The library's part that keeps tokens (XEP-0484), as an app would have it. */
interface Fast {
  saveToken(token: Token): Promise<void>;
  fetchToken(): Promise<Token | undefined>;
  deleteToken(): Promise<void>;
}

describe("an account whose password is changed", function () {
  this.timeout(60_000);
  let server: Server;
  before(async () => {
    server = await Server.prepare({});
    await server.addUsers(["alice"]);
    await server.start();
  });
  after(() => server?.remove());

  /** @xmpp/client as it comes, by what it is given and by nothing else. */
  function app(id: string, password: string, kept: { token?: Token | undefined }): XmppClient {
    const xmpp = client({
      service: server.webSocket("/xmpp-websocket"),
      domain: "localhost",
      resource: "app",
      username: "alice",
      password,
      userAgent: xml("user-agent", { id }, xml("software", {}, "app")),
    });
    xmpp.on("error", () => undefined);
    xmpp.reconnect.stop();
    Object.assign((xmpp as unknown as { fast: Fast }).fast, {
      saveToken: async (token: Token) => void (kept.token = token),
      fetchToken: async () => kept.token,
      deleteToken: async () => void (kept.token = undefined),
    });
    return xmpp;
  }

  it("is left by MQTT, JSON and XMPP, and not let in by what its clients kept", async () => {
    const id = randomUUID();
    const kept: { token?: Token | undefined } = {};
    // A first login by SCRAM gives a token; the second has nothing else to log in with.
    const first = app(id, passwordOf("alice"), kept);
    const jid = String(await first.start());
    await until(() => kept.token !== undefined);
    await first.stop();
    const byToken = app(id, "forgotten", kept);
    assert.equal(String(await byToken.start()), jid, "the same resource for the same client (XEP-0386)");
    const gone = new Promise<void>((resolve) => byToken.once("disconnect", () => resolve()));

    const raw = await openXmpp(server.webSocket("/xmpp-websocket"));
    await raw.login("localhost", { user: "alice", password: passwordOf("alice") });
    await raw.bind("raw");
    const mqtt = await connectAsync(`mqtt://127.0.0.1:${server.mqtt}`, {
      username: "alice",
      password: passwordOf("alice"),
      protocolVersion: 5,
      reconnectPeriod: 0,
    });
    const reasons: (number | undefined)[] = [];
    mqtt.on("disconnect", ({ reasonCode }) => reasons.push(reasonCode));
    const heard: { type?: string; user?: string }[] = [];
    const login = { user: "alice", password: passwordOf("alice"), device: "pad" };
    const { socket } = openChat(server.webSocket("/ws"), login, (event) => heard.push(event));
    const closed = new Promise<string>((resolve) => socket.once("close", (_, why) => resolve(String(why))));
    await until(() => heard.some(({ user }) => user === "alice"));

    await server.cli("user", "passwd", "alice", "--password", "another");

    assert.equal((await raw.streamError()).condition, "reset");
    await until(() => reasons.length > 0);
    assert.deepEqual(reasons, [0x87]);
    assert.equal(await closed, "unauthorized");
    await gone;
    await assert.rejects(app(id, "forgotten", kept).start(), /not-authorized/);
    assert.equal(kept.token, undefined, "the library has thrown its token away");
    const again = app(id, "another", kept);
    await again.start();
    await again.stop();
    await raw.drop();
    await mqtt.endAsync(true);
  });
});
