// A node that is alone hears no other; but a command beside it (`trivium user remove`) may tell it what it has changed, at a
// socket in the data folder that only the server's own user can open. What is told is news to look up, never an order.
import { chmodSync, rmSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import type { NodeId } from "../../model/ids.ts";
import type { Logger } from "../../ops/log.ts";
import type { Bus, BusListener, Control } from "../bus.ts";

const lineBytes = 64 * 1024;
const visitorsAtOnce = 16;
const patienceMs = 2_000;
/** What the kernel takes as a socket's path (unix(7)). */
const pathBytes = 107;

/** The server's side: what comes in there is heard as if another node had said it. */
export function withControlSocket(bus: Bus, path: string, log: Logger): Bus {
  let server: Server | undefined;
  return {
    ...forwarding(bus),
    async start(listener) {
      await bus.start(listener);
      server = await open(path, listener, log);
    },
    async [Symbol.asyncDispose]() {
      if (server !== undefined) {
        server.close();
        rmSync(path, { force: true });
      }
      await bus[Symbol.asyncDispose]();
    },
  };
}

/** The command's side: what it announces goes to the server, if one runs, before the bus is disposed. */
export function throughControlSocket(bus: Bus, path: string): Bus {
  const told: Control[] = [];
  return {
    ...forwarding(bus),
    announce(keys, event) {
      if (event.type === "control") told.push(event);
      bus.announce(keys, event);
    },
    async [Symbol.asyncDispose]() {
      if (told.length > 0) await tell(path, told);
      await bus[Symbol.asyncDispose]();
    },
  };
}

/** The bus's own methods, whatever `this` is. */
function forwarding(bus: Bus): Omit<Bus, typeof Symbol.asyncDispose> {
  return {
    node: bus.node,
    start: (listener) => bus.start(listener),
    watch: (key) => bus.watch(key),
    unwatch: (key) => bus.unwatch(key),
    announce: (keys, event) => bus.announce(keys, event),
    nodes: () => bus.nodes(),
    ping: () => bus.ping(),
  };
}

/** Undefined, and said in the log, when it cannot be had: the server serves all the same. */
async function open(path: string, listener: BusListener, log: Logger): Promise<Server | undefined> {
  const closed = (why: string): undefined => {
    log.warn(
      { what: "control_socket_closed", path, why },
      "commands beside this server cannot tell it what they change",
    );
    return undefined;
  };
  if (Buffer.byteLength(path) > pathBytes) return closed("the path of the data folder is too long for a socket");
  if (await answers(path)) return closed("another server has it");
  rmSync(path, { force: true }); // left by one that was killed
  const server = createServer((visitor) => welcome(visitor, listener, log));
  server.maxConnections = visitorsAtOnce;
  server.unref();
  return new Promise((resolve) => {
    server.once("error", (error: NodeJS.ErrnoException) => resolve(closed(error.code ?? error.message)));
    server.listen(path, () => {
      chmodSync(path, 0o600);
      server.on("error", (err) => log.warn({ what: "control_socket_failed", err }, "a visitor could not be let in"));
      resolve(server);
    });
  });
}

/** One line of JSON for each piece of news. */
function welcome(visitor: Socket, listener: BusListener, log: Logger): void {
  let text = "";
  visitor.setEncoding("utf8");
  visitor.setTimeout(patienceMs, () => visitor.destroy());
  visitor.on("error", () => visitor.destroy());
  visitor.on("data", (chunk: string) => {
    text += chunk;
    const lines = text.split("\n");
    text = lines.pop()!;
    if (text.length > lineBytes) return void visitor.destroy();
    try {
      for (const line of lines) listener.heard(controlIn(line), "command" as NodeId);
    } catch (err) {
      log.warn({ what: "control_socket_misused", err }, "what was told at the control socket is not understood");
      visitor.destroy();
    }
  });
}

function controlIn(line: string): Control {
  const { name, payload } = JSON.parse(line) as Partial<Control>;
  if (typeof name !== "string" || typeof payload !== "string") throw new Error("not news");
  return { type: "control", name, payload };
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => resolve(true));
    socket.once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}

/** Resolves when the server has read it, or when there is no server. */
async function tell(path: string, news: readonly Control[]): Promise<void> {
  if (Buffer.byteLength(path) > pathBytes) return;
  await new Promise<void>((resolve) => {
    const socket = connect(path);
    socket.setTimeout(patienceMs, () => socket.destroy());
    socket.on("error", () => socket.destroy()); // nobody is there
    socket.once("close", () => resolve());
    socket.resume();
    socket.end(news.map(({ name, payload }) => `${JSON.stringify({ name, payload })}\n`).join(""));
  });
}
