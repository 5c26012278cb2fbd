// Bad input gives the protocol's own error and costs nobody else: three bystanders talk to each other all along.
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { Bystanders, bystanderNames } from "../support/bystanders.ts";
import { embeddedPlace, type Place } from "../support/place.ts";
import { RawMqtt } from "../support/raw-mqtt.ts";
import { RawWebSocket } from "../support/raw-web-socket.ts";
import type { Server } from "../support/server.ts";
import { passwordOf } from "../support/server.ts";
import type { Attack } from "./attack.ts";
import { jsonAttacks } from "./attacks-json.ts";
import { mqttAttacks } from "./attacks-mqtt.ts";
import { xmppTcpAttacks } from "./attacks-xmpp-tcp.ts";
import { xmppAttacks } from "./attacks-xmpp.ts";

const mebibyte = 1024 * 1024;

describe("bad input", function () {
  this.timeout(30_000);
  let place: Place;
  let server: Server;
  let bystanders: Bystanders;
  let rssBefore = 0;
  let silent: Promise<unknown>;

  before(async function () {
    this.timeout(60_000);
    place = await embeddedPlace();
    server = place.here;
    await server.addUsers(["mallory", ...bystanderNames]);
    bystanders = new Bystanders(server);
    await bystanders.start();
    rssBefore = server.rss;
    silent = neverSpeaks(server);
    silent.catch(() => {}); // its own test reports it
  });

  afterEach(() => bystanders.round());

  after(async () => {
    await bystanders?.stop();
    await place?.[Symbol.asyncDispose]();
  });

  const suites: Record<string, readonly Attack[]> = {
    XMPP: xmppAttacks,
    "XMPP over TCP and BOSH": xmppTcpAttacks,
    MQTT: mqttAttacks,
    JSON: jsonAttacks,
  };
  for (const [protocol, attacks] of Object.entries(suites)) {
    describe(protocol, () => {
      for (const { title, strike } of attacks) it(title, () => strike(server));
    });
  }

  describe("all of them", () => {
    it("closes a connection that never speaks, in time", async function () {
      this.timeout(40_000);
      await silent;
    });

    it("keeps the process, its memory, and its word to the others", async () => {
      assert.ok(server.running);
      const grown = server.rss - rssBefore;
      console.log(
        `      bystanders: ${bystanders.arrived} messages, slowest ${bystanders.slowestMs.toFixed(0)} ms; ` +
          `resident memory ${grown > 0 ? "+" : ""}${(grown / mebibyte).toFixed(1)} MiB`,
      );
      assert.ok(grown < 96 * mebibyte, `resident memory grew by ${grown} bytes`);
      assert.ok(bystanders.slowestMs < 2000, `a bystander waited ${bystanders.slowestMs} ms`);
      assert.ok(bystanders.arrived >= 30);
    });

    it("tells no secret in its output", () => {
      for (const secret of [passwordOf("mallory"), "canary-body"]) {
        assert.ok(!server.output.includes(secret), `found ${JSON.stringify(secret)}`);
      }
    });
  });
});

/** Before authentication a connection has 10 seconds; these say nothing, or stop in the middle of a sentence. */
async function neverSpeaks(server: Server): Promise<void> {
  const quiet = await RawMqtt.dial(server, 4);
  const halfway = await RawMqtt.dial(server, 5);
  halfway.bytes([0x10, 0x40, 0x00, 0x04, 0x4d]);
  const xmpp = await RawWebSocket.dialXmpp(server);
  const json = await RawWebSocket.dialJson(server);
  const http = connect(server.http, "127.0.0.1");
  http.on("error", () => {});
  http.write("GET /healthz HTTP/1.1\r\nHost: loc");
  http.resume();
  const within = 30_000;
  await Promise.all([
    quiet.closed(within),
    halfway.closed(within),
    xmpp.closed(within),
    json.closed(within),
    once(http, "close", { signal: AbortSignal.timeout(within) }),
  ]);
}
