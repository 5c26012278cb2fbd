import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { Authority } from "../support/certificates.ts";
import type { Connect, Device, DeviceOptions } from "../support/devices/device.ts";
import { mqttJs4, mqttJs5 } from "../support/devices/mqtt-js.ts";
import { paho } from "../support/devices/paho.ts";
import { passwordOf, Server } from "../support/server.ts";

const run = promisify(execFile);
const clients: Readonly<Record<string, Connect>> = { "MQTT.js 4": mqttJs4, "MQTT.js 5": mqttJs5, Paho: paho };
const transports = ["tcp", "tls", "ws", "wss"] as const;

describe("unmodified MQTT clients on every transport", function () {
  this.timeout(60_000);
  let authority: Authority;
  let server: Server;
  const open = new Set<Device>();

  before(async () => {
    authority = await Authority.found();
    const { cert, key } = await authority.sign({ names: ["DNS.1=localhost", "IP.1=127.0.0.1"] });
    const settings = {
      TRIVIUM_TLS_CERT: cert,
      TRIVIUM_TLS_KEY: key,
    };
    server = await Server.prepare({ settings });
    await server.addUsers(["alice", "bob"]);
    await server.start();
  });
  afterEach(async () => {
    for (const device of open) await device.cut().catch(() => undefined);
    open.clear();
  });
  after(async () => {
    await server.remove();
    await authority[Symbol.asyncDispose]();
  });

  for (const [name, connect] of Object.entries(clients)) {
    for (const transport of transports) {
      for (const version of [4, 5] as const) {
        const dial = async (username: string, clientId: string, more: Partial<DeviceOptions> = {}): Promise<Device> => {
          const login = { username, password: passwordOf(username), clientId };
          const port = portOf(transport);
          const device = await connect({ version, transport, port, ca: authority.cert, ...login, ...more });
          open.add(device);
          return device;
        };
        const id = `${name}-${transport}-${version}`.replaceAll(/[ .]/g, "");

        it(`${name} speaks ${version === 4 ? "3.1.1" : "5.0"} over ${transport}`, async () => {
          const [alice, bob] = [await dial("alice", `a${id}`), await dial("bob", `b${id}`)];
          await qualitiesOfService(alice, bob, id);
          await retained(alice, () => dial("bob", `late${id}`), id);
          await awaySession(alice, (lasting) => dial("bob", `s${id}`, { lasting }), id);
          await will(
            bob,
            (topic) => dial("alice", `w${id}`, { will: { topic, payload: "gone", qos: 1, retain: false } }),
            id,
          );
          if (version === 5) await properties(alice, bob, id);
        });
      }
    }
  }

  for (const version of ["mqttv31", "mqttv311", "mqttv5"]) {
    it(`mosquitto_pub and mosquitto_sub speak ${version} in TLS`, async () => {
      const login = (user: string): string[] => [
        ...["-h", "localhost", "-p", `${portOf("tls")}`, "--cafile", authority.cert, "-V", version],
        ...["-u", user, "-P", passwordOf(user)],
      ];
      const topic = `mosquitto/${version}`;
      await run("mosquitto_pub", [...login("alice"), "-q", "2", "-r", "-t", topic, "-m", "kept"]);

      const { stdout } = await run("mosquitto_sub", [
        ...login("bob"),
        "-q",
        "2",
        "-t",
        `${topic}/#`,
        "-C",
        "1",
        "-W",
        "10",
      ]);

      assert.equal(stdout, "kept\n");
    });
  }

  function portOf(transport: DeviceOptions["transport"]): number {
    const ready = JSON.parse(/trivium: ready (\{.*\})/.exec(server.output)?.[1] ?? "{}") as Record<string, number>;
    return ready[{ tcp: "mqtt", tls: "mqtts", ws: "http", wss: "https" }[transport]]!;
  }
});

async function qualitiesOfService(alice: Device, bob: Device, id: string): Promise<void> {
  await bob.subscribe(`qos/${id}/+`, 2);
  for (const qos of [0, 1, 2] as const) {
    await alice.publish(`qos/${id}/${qos}`, `at ${qos}`, { qos });
    const got = await bob.arrivals.find(`QoS ${qos}`, ({ topic }) => topic === `qos/${id}/${qos}`);
    assert.deepEqual([got.payload, got.qos, got.retain], [`at ${qos}`, qos, false]);
  }
}

async function retained(alice: Device, late: () => Promise<Device>, id: string): Promise<void> {
  await alice.publish(`retained/${id}`, "kept", { qos: 1, retain: true });
  const bob = await late();
  await bob.subscribe(`retained/${id}/#`, 1);
  const got = await bob.arrivals.find("the retained message", ({ topic }) => topic === `retained/${id}`);
  assert.deepEqual([got.payload, got.retain], ["kept", true]);
  await alice.publish(`retained/${id}`, "", { qos: 1, retain: true });
  await bob.disconnect();
}

/** What comes while a client is away waits for it, in order, once. */
async function awaySession(alice: Device, dial: (lasting: boolean) => Promise<Device>, id: string): Promise<void> {
  const first = await dial(true);
  assert.equal(first.sessionPresent, false);
  await first.subscribe(`away/${id}`, 2);
  await first.disconnect();
  const texts = Array.from({ length: 10 }, (_, n) => `${n}`);
  for (const text of texts) await alice.publish(`away/${id}`, text, { qos: Number(text) % 2 === 0 ? 1 : 2 });

  const second = await dial(true);

  assert.equal(second.sessionPresent, true);
  for (const text of texts) await second.arrivals.find(text, ({ payload }) => payload === text);
  // A library hands over a QoS 2 message when it is released, which QoS 1 does not wait for: the order is each QoS's own.
  for (const qos of [1, 2]) {
    const got = second.arrivals.entries.filter((arrival) => arrival.qos === qos).map(({ payload }) => payload);
    assert.deepEqual(
      got,
      texts.filter((text) => (Number(text) % 2 === 0 ? 1 : 2) === qos),
    );
  }
  await second.disconnect();
  const clean = await dial(false);
  assert.equal(clean.sessionPresent, false);
  await clean.disconnect();
}

async function will(bob: Device, mortal: (topic: string) => Promise<Device>, id: string): Promise<void> {
  const topic = `will/${id}`;
  await bob.subscribe(topic, 1);
  await (await mortal(topic)).disconnect();
  await (await mortal(topic)).cut();
  await bob.arrivals.find("the will", (arrival) => arrival.topic === topic);
  assert.equal(bob.arrivals.entries.filter((arrival) => arrival.topic === topic).length, 1, "one took its leave");
}

async function properties(alice: Device, bob: Device, id: string): Promise<void> {
  await bob.subscribe(`properties/${id}`, 1);
  const given = {
    contentType: "text/plain",
    responseTopic: `answers/${id}`,
    correlation: "7",
    user: { unit: "°C", place: "hall" },
    expiryS: 600,
  };
  await alice.publish(`properties/${id}`, "21.5", { qos: 1, properties: given });
  const got = await bob.arrivals.find("its properties", ({ topic }) => topic === `properties/${id}`);
  assert.ok(got.properties.expiryS! > 590 && got.properties.expiryS! <= 600);
  assert.deepEqual({ ...got.properties, expiryS: 600 }, given);
}
