// A way between a client and a server on this machine that a test can cut, or freeze as a dead network does.
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

export interface TcpProxy extends AsyncDisposable {
  readonly port: number;
  /** Ends every connection and refuses new ones. */
  cut(): void;
  /** Passes nothing on any more and says so to nobody: connections are half open. */
  freeze(): void;
  /** Lets new connections through again. What was frozen stays so. */
  restore(): void;
}

export async function startTcpProxy(toPort: number): Promise<TcpProxy> {
  let state: "open" | "cut" | "frozen" = "open";
  const pairs = new Set<readonly [Socket, Socket]>();
  const server = createServer((near) => {
    if (state === "cut") return void near.resetAndDestroy();
    if (state === "frozen") near.pause();
    const far = connect(toPort, "127.0.0.1");
    const pair = [near, far] as const;
    pairs.add(pair);
    for (const [one, other] of [pair, [far, near]] as const) {
      one.on("data", (bytes: Buffer) => other.write(bytes));
      one.on("error", () => {}); // its "close" follows
      one.on("close", () => {
        other.destroy();
        pairs.delete(pair);
      });
    }
    if (state === "frozen") far.pause();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));

  return {
    port: (server.address() as AddressInfo).port,
    cut() {
      state = "cut";
      for (const [near, far] of pairs) {
        near.resetAndDestroy();
        far.destroy();
      }
    },
    freeze() {
      state = "frozen";
      for (const [near, far] of pairs) {
        near.pause();
        far.pause();
      }
    },
    restore() {
      state = "open";
    },
    async [Symbol.asyncDispose]() {
      for (const [near, far] of pairs) {
        near.destroy();
        far.destroy();
      }
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
