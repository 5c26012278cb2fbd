// A real Redis of the test's own: temporary directory, spare port on loopback, gone with the test process.
import { existsSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { freePort, Supervised } from "./supervised.ts";

export interface RedisServer {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** SIGKILL: what it held in memory is gone. */
  kill9(): Promise<void>;
  /** Starts it again on the same port, empty, after `kill9`. */
  restart(): Promise<void>;
  /** Ends it. */
  stop(): Promise<void>;
}

/** Keeps nothing on disk: the bus is never the only copy of anything. */
export async function startRedis(): Promise<RedisServer> {
  const binary = (process.env["PATH"] ?? "")
    .split(delimiter)
    .map((one) => join(one, "redis-server"))
    .find(existsSync);
  if (binary === undefined) {
    throw new Error("no redis-server here: install Debian's package redis-server (apt-get install redis-server)");
  }
  const directory = await mkdtemp(join(tmpdir(), "trivium-redis-"));
  const port = await freePort();
  const server = new Supervised({
    directory,
    command: [
      binary, "--port", String(port), "--bind", "127.0.0.1", "--dir", directory, "--save", "", "--appendonly", "no",
    ], // prettier-ignore
    ready: () => answersPing(port),
  });
  await server.start();
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    get pid() {
      return server.pid;
    },
    kill9: () => server.end("KILL"),
    restart: () => server.start(),
    stop: () => server.stop(),
  };
}

function answersPing(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    const done = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(1000, () => done(false));
    socket.once("error", () => done(false));
    socket.once("data", (reply) => done(reply.toString().startsWith("+PONG")));
    socket.once("connect", () => socket.write("PING\r\n"));
  });
}
