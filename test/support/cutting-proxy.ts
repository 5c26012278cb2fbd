// A way between a client and a server that breaks at a certain byte, as networks do: in either direction, and at times so that
// only one side learns of it.
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";

export interface Cut {
  /** After so many more bytes … */
  readonly bytes: number;
  /** … that go this way. */
  readonly way: "in" | "out";
  /** reset: both sides learn of it; half-open: the server's side of the connection stays as it is, and says nothing. */
  readonly how: "reset" | "half-open";
}

export class CuttingProxy implements AsyncDisposable {
  readonly #server: Server;
  readonly #far = new Set<Socket>();
  #near: Socket | undefined;
  #cut: Cut | undefined;
  #left = 0;

  private constructor(toPort: number) {
    this.#server = createServer({ noDelay: true }, (near) => this.#pass(near, toPort));
  }

  static async start(toPort: number): Promise<CuttingProxy> {
    const proxy = new CuttingProxy(toPort);
    await new Promise<void>((resolve) => proxy.#server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** The connection that there is, or else the next, breaks there. */
  arm(cut: Cut): void {
    this.#cut = cut;
    this.#left = cut.bytes;
  }

  disarm(): void {
    this.#cut = undefined;
  }

  /** It breaks now, wherever it is. */
  now(): void {
    const cut = this.#cut;
    if (cut === undefined) return;
    this.#cut = undefined;
    this.#near?.emit("cut", cut);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#near?.destroy();
    for (const far of this.#far) far.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #pass(near: Socket, toPort: number): void {
    const far = connect({ port: toPort, host: "127.0.0.1", noDelay: true });
    this.#near = near;
    this.#far.add(far);
    near.on("error", () => {}); // its "close" follows
    far.on("error", () => {});
    far.once("close", () => {
      this.#far.delete(far);
      near.destroy();
    });
    near.once("cut", ({ how }: Cut) => {
      near.removeAllListeners("data");
      near.resetAndDestroy();
      if (how === "reset") far.resetAndDestroy();
      // What the server still says goes nowhere.
      else far.removeAllListeners("data").resume();
    });
    near.once("close", () => {
      if (far.listenerCount("data") > 0) far.destroy();
    });
    const relay = (from: Socket, to: Socket, way: Cut["way"]): void => {
      from.on("data", (bytes: Buffer) => {
        const cut = this.#cut;
        if (near !== this.#near || cut?.way !== way) return void to.write(bytes);
        const passed = bytes.subarray(0, this.#left);
        this.#left -= passed.length;
        if (this.#left > 0) return void to.write(passed);
        this.#cut = undefined;
        // What has passed arrives; what comes behind does not.
        to.write(passed, () => near.emit("cut", cut));
        from.removeAllListeners("data");
        from.pause();
      });
    };
    relay(near, far, "in");
    relay(far, near, "out");
  }
}
