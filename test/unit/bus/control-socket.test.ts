import assert from "node:assert/strict";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Announced, BusListener } from "../../../src/bus/bus.ts";
import { createMemoryBus } from "../../../src/bus/memory/bus.ts";
import { throughControlSocket, withControlSocket } from "../../../src/bus/memory/control-socket.ts";
import { silent } from "../../../src/ops/log.ts";
import { until } from "../../../src/testing/until.ts";

describe("the control socket of a node that is alone", () => {
  let folder: string;
  let path: string;
  let heard: Announced[];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "trivium-control-"));
    path = join(folder, "control.sock");
    heard = [];
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const listener = (into: Announced[]): BusListener => ({
    heard: (event) => void into.push(event),
    gap: () => undefined,
    nodeUp: () => undefined,
    nodeDown: () => undefined,
  });

  async function server() {
    const bus = withControlSocket(createMemoryBus(), path, silent);
    await bus.start(listener(heard));
    return bus;
  }

  const removed = { type: "control", name: "removed", payload: '{"user":"a@h"}' } as const;

  it("lets a command tell what it has changed, and nobody else in", async () => {
    await using bus = await server();
    const command = throughControlSocket(createMemoryBus(), path);
    await command.start(listener([]));
    command.announce(["nodes"], removed);
    await command[Symbol.asyncDispose]();

    await until(() => heard.length === 1);

    assert.deepEqual(heard, [removed]);
    assert.equal(statSync(path).mode & 0o077, 0);
    assert.deepEqual(bus.nodes(), []);
  });

  it("is not missed by a command without a server", async () => {
    const command = throughControlSocket(createMemoryBus(), path);
    await command.start(listener([]));
    command.announce(["nodes"], removed);
    await command[Symbol.asyncDispose]();
  });

  it("is opened anew after a server that was killed, and left to one that runs", async () => {
    writeFileSync(path, "");
    const first = await server();
    const second = await server();
    await second[Symbol.asyncDispose]();

    const command = throughControlSocket(createMemoryBus(), path);
    command.announce(["nodes"], removed);
    await command[Symbol.asyncDispose]();
    await until(() => heard.length === 1);

    await first[Symbol.asyncDispose]();
  });

  it("is shut to what is no news", async () => {
    await using _bus = await server();

    for (const text of ["nonsense\n", "{}\n", "null\n", '{"name":1,"payload":"x"}\n', "x".repeat(70_000)]) {
      const socket = connect(path);
      const closed = new Promise((resolve) => socket.on("close", resolve));
      socket.on("error", () => undefined);
      socket.write(text);
      await closed;
    }

    assert.deepEqual(heard, []);
  });
});
