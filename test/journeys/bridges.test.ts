// Bridges to real brokers: unmodified aedes and mosquitto, and another Trivium.
import assert from "node:assert/strict";
import { createMemoryStore } from "#testing";
import { startBridges } from "../../protocols/mqtt/bridge/index.ts";
import { startTcpProxy } from "../../src/testing/tcp-proxy.ts";
import { until } from "../../src/testing/until.ts";
import { bridgeTo, type Ear, Here, listen, startAedes, type Topic } from "../support/bridged.ts";
import { Authority } from "../support/certificates.ts";
import { Mosquitto } from "../support/mosquitto.ts";

const remotes = [
  { name: "aedes, 3.1.1", version: 4, start: startAedes },
  { name: "mosquitto, 3.1.1", version: 4, start: () => Mosquitto.start() },
  { name: "mosquitto, 5.0", version: 5, start: () => Mosquitto.start() },
] as const;

for (const { name, version, start } of remotes) {
  describe(`a bridge to ${name}`, function () {
    this.timeout(40_000);

    it("carries publications both ways under their prefixes, and none comes back", async () => {
      await using remote = await start();
      await using here = await Here.start();
      const [mine, theirs] = [await listen(here.port, { login: "alice" }), await listen(remote.port, { id: "theirs" })];
      await mine.subscribe("#");
      await theirs.subscribe("#");
      const topics = [{ filter: "line/+/temp", localPrefix: "plant/", remotePrefix: "hall-7/" }];
      here.bridge(bridgeTo(`mqtt://127.0.0.1:${remote.port}`, topics, { version }));
      await here.connected();

      await mine.say("plant/line/1/temp", "21.5");
      await mine.say("plant/line/1/other", "no");
      await theirs.say("hall-7/line/2/temp", "19");
      await until(() => mine.got.length >= 3 && theirs.got.length >= 2, 5000);
      await mine.say("plant/line/1/temp", "22");
      await until(() => theirs.got.length >= 3, 5000);
      await new Promise((resolve) => setTimeout(resolve, 300)); // for what must not come

      assert.deepEqual(mine.got.map(({ topic, text }) => [topic, text]).sort(), [
        ["plant/line/1/other", "no"],
        ["plant/line/1/temp", "21.5"],
        ["plant/line/1/temp", "22"],
        ["plant/line/2/temp", "19"],
      ]);
      assert.deepEqual(theirs.got.map(({ topic, text }) => [topic, text]).sort(), [
        ["hall-7/line/1/temp", "21.5"],
        ["hall-7/line/1/temp", "22"],
        ["hall-7/line/2/temp", "19"],
      ]);
      await mine.end();
      await theirs.end();
    });

    it("loses nothing at QoS 1 while the remote is away again and again", async () => {
      await using remote = await start();
      await using here = await Here.start();
      await using proxy = await startTcpProxy(remote.port);
      const [mine, theirs] = [await listen(here.port, { login: "alice" }), await listen(remote.port, { id: "theirs" })];
      await mine.subscribe("down/#");
      await theirs.subscribe("up/#");
      const topics: Topic[] = [
        { filter: "up/#", direction: "out" },
        { filter: "down/#", direction: "in" },
      ];
      here.bridge(bridgeTo(`mqtt://127.0.0.1:${proxy.port}`, topics, { version }));
      await here.connected();

      const count = 240;
      for (let n = 0; n < count; n++) {
        await Promise.all([mine.say("up/n", `${n}`), theirs.say("down/n", `${n}`)]);
        if (n === 60 || n === 150) proxy.cut();
        if (n === 61 || n === 200) proxy.restore();
      }

      const all = Array.from({ length: count }, (_, n) => `${n}`);
      const complete = (ear: Ear): boolean => new Set(ear.texts()).size === count;
      await until(() => complete(mine) && complete(theirs), 25_000);
      assert.deepEqual([...new Set(theirs.texts())], all, "out, in order but for repetitions");
      // aedes sends what it kept and what is new side by side.
      if (start !== startAedes) assert.deepEqual([...new Set(mine.texts())], all, "in, in order but for repetitions");
      await mine.end();
      await theirs.end();
    });
  });
}

describe("a bridge", function () {
  this.timeout(40_000);

  it("keeps the retain flag and the properties of MQTT 5, and brings what is retained", async () => {
    await using remote = await Mosquitto.start();
    await using here = await Here.start();
    const mine = await listen(here.port, { login: "alice", protocolVersion: 5 });
    const theirs = await listen(remote.port, { id: "theirs", protocolVersion: 5 });
    await mine.say("out/old", "kept", { retain: true });
    await theirs.say("in/old", "kept too", { retain: true });
    await mine.subscribe("in/#");
    await theirs.subscribe("out/#");
    const topics: Topic[] = [
      { filter: "out/#", direction: "out" },
      { filter: "in/#", direction: "in" },
    ];
    here.bridge(bridgeTo(`mqtt://127.0.0.1:${remote.port}`, topics));
    await here.connected();

    const properties = { contentType: "text/x", correlationData: Buffer.from([0, 255]), userProperties: { a: ["1", "2"] }, messageExpiryInterval: 100 }; // prettier-ignore
    await mine.say("out/new", "x", { retain: true, properties });
    await theirs.say("in/new", "y", { properties });
    await until(() => mine.got.length === 2 && theirs.got.length === 2, 5000);

    for (const [ear, way] of [
      [mine, "in"],
      [theirs, "out"],
    ] as const) {
      // prettier-ignore
      assert.deepEqual(ear.got.map(({ topic, retain }) => [topic, retain]), [[`${way}/old`, true], [`${way}/new`, way === "out"]]); // prettier-ignore
      const { contentType, correlationData, userProperties, messageExpiryInterval } = ear.got[1]!.packet.properties!;
      assert.deepEqual([contentType, correlationData], ["text/x", Buffer.from([0, 255])]);
      assert.deepEqual(userProperties!["a"], ["1", "2"]);
      assert.ok(messageExpiryInterval! > 90 && messageExpiryInterval! <= 100);
    }
    await mine.end();
    await theirs.end();
  });

  it("brings what the remote kept for it, and takes what was queued for it, after a restart", async () => {
    await using remote = await Mosquitto.start();
    const store = createMemoryStore();
    const topics: Topic[] = [
      { filter: "up/#", direction: "out" },
      { filter: "down/#", direction: "in" },
    ];
    const options = bridgeTo(`mqtt://127.0.0.1:${remote.port}`, topics);
    {
      await using here = await Here.start(store);
      here.bridge(options);
      await here.connected();
    }
    const theirs = await listen(remote.port, { id: "theirs" });
    await theirs.subscribe("up/#");
    await theirs.say("down/1", "while you were away");
    {
      await using here = await Here.start(store); // without the bridge
      const mine = await listen(here.port, { login: "alice" });
      await mine.say("up/1", "while it was away");
      await mine.end();
    }

    await using here = await Here.start(store);
    const mine = await listen(here.port, { login: "alice" });
    await mine.subscribe("down/#");
    here.bridge(options);
    await until(() => mine.got.length > 0 && theirs.got.length > 0, 10_000);

    assert.deepEqual([mine.texts(), theirs.texts()], [["while you were away"], ["while it was away"]]);
    await mine.end();
    await theirs.end();
  });

  it("goes on in TLS with the right authority, a name and a password, and not with another", async () => {
    await using authority = await Authority.found();
    await using stranger = await Authority.found();
    const login = { username: "hall", password: "p w" };
    await using remote = await Mosquitto.start({ tls: await authority.sign(), login });
    await using here = await Here.start();
    const mine = await listen(here.port, { login: "alice" });
    await mine.subscribe("$SYS/broker/connection/#");
    const url = `mqtts://localhost:${remote.port}`;
    const [ca, other] = [Buffer.from(await authority.ca), Buffer.from(await stranger.ca)];
    here.bridge(
      bridgeTo(url, [{}], { ...login, name: "right", tls: { ca } }),
      bridgeTo(url, [{}], { ...login, name: "stranger", clientId: "c2", tls: { ca: other } }),
      bridgeTo(url, [{}], { ...login, name: "name", clientId: "c3", tls: { ca, servername: "elsewhere.example" } }),
      bridgeTo(url, [{}], { ...login, password: "no", name: "password", clientId: "c4", tls: { ca } }),
    );

    const state = (name: string) => mine.got.findLast(({ topic }) => topic.includes(`/${name}/`))?.text;
    await until(() => state("right") === "1", 10_000);
    await new Promise((resolve) => setTimeout(resolve, 2000));
    assert.deepEqual(["right", "stranger", "name", "password"].map(state), ["1", "0", "0", "0"]);
    await mine.end();
  });

  it("ends a ring of two servers that bridge to each other", async () => {
    await using one = await Here.start();
    await using two = await Here.start();
    const [a, b] = [await listen(one.port, { login: "alice" }), await listen(two.port, { login: "alice" })];
    await a.subscribe("#");
    await b.subscribe("#");
    const login = { username: "peer", password: "secret-peer" };
    one.bridge(bridgeTo(`mqtt://127.0.0.1:${two.port}`, [{ direction: "out" }], { ...login, clientId: "from-one" }));
    two.bridge(bridgeTo(`mqtt://127.0.0.1:${one.port}`, [{ direction: "out" }], { ...login, clientId: "from-two" }));
    await one.connected();
    await two.connected();

    await a.say("ring/1", "from a");
    await b.say("ring/2", "from b");
    await until(() => a.got.length >= 2 && b.got.length >= 2, 5000);
    await new Promise((resolve) => setTimeout(resolve, 1000)); // for what must not come

    assert.deepEqual([a.texts().toSorted(), b.texts().toSorted()], [["from a", "from b"], ["from a", "from b"]]); // prettier-ignore
    await a.end();
    await b.end();
  });

  it("refuses topics that it cannot carry", async () => {
    await using here = await Here.start();
    for (const topic of [
      { filter: "chat/#" },
      { filter: "a/#/b" },
      { remotePrefix: "+/" },
      { filter: "$SYS/#" },
      { filter: "x", localPrefix: "chat/" },
    ])
      assert.throws(() => startBridges(here.core, [bridgeTo("mqtt://127.0.0.1:1", [topic])], "chat"), /bridge b1: /);
  });

  it("finishes what is under way when it is stopped, so that nothing comes twice after it", async () => {
    await using remote = await Mosquitto.start();
    const store = createMemoryStore();
    const theirs = await listen(remote.port, { id: "theirs" });
    await theirs.subscribe("up/#");
    const options = bridgeTo(`mqtt://127.0.0.1:${remote.port}`, [{ filter: "up/#", direction: "out" }]);
    const count = 1000;
    {
      await using here = await Here.start(store);
      const mine = await listen(here.port, { login: "alice" });
      here.bridge(options);
      await here.connected();
      await Promise.all(Array.from({ length: count }, (_, n) => mine.say("up/n", `${n}`)));
      await mine.end();
    }

    await using here = await Here.start(store);
    here.bridge(options);
    await until(() => theirs.got.length >= count, 10_000);
    await new Promise((resolve) => setTimeout(resolve, 300)); // for what must not come

    assert.deepEqual(
      theirs.texts(),
      Array.from({ length: count }, (_, n) => `${n}`),
    );
    await theirs.end();
  });
});
