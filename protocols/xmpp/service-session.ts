// A session of the front-end's own, which speaks for a service in the core: attached until it is stopped, and again when the core
// has ended it.
import { randomBytes } from "node:crypto";
import { type DeviceId, faultFrom, type Session, type UserId } from "#core";
import { frontendName } from "./deliver.ts";
import type { XmppServer } from "./server.ts";

const retryMs = 1000;

export interface ServiceParts {
  /** A host: whose addresses it speaks for. */
  readonly user: UserId;
  /** What the device's name begins with. */
  readonly prefix?: string;
  /** There is something in the outbox; at most once until it is drained. */
  wake(): void;
  /** Attached, for the first time or again. */
  attached(session: Session): void;
  /** The core has ended it: what was in the outbox is gone. */
  ended(): void;
}

export class ServiceSession {
  /** Resolves when it is attached for the first time. */
  readonly ready: Promise<void>;
  readonly #server: XmppServer;
  readonly #parts: ServiceParts;
  readonly #device: DeviceId;
  #session: Session | undefined;
  #stopped = false;

  constructor(server: XmppServer, parts: ServiceParts) {
    this.#server = server;
    this.#parts = parts;
    this.#device = `${frontendName}:${parts.prefix ?? ""}${randomBytes(9).toString("base64url")}` as DeviceId;
    this.ready = this.#attach();
  }

  /** Undefined while there is none. */
  get now(): Session | undefined {
    return this.#session;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.ready;
    if (this.#session?.attached === true) await this.#server.core.sessions.detach(this.#session, false);
  }

  async #attach(): Promise<void> {
    const { core } = this.#server;
    while (!this.#stopped) {
      try {
        this.#session = await core.sessions.attach({
          user: this.#parts.user,
          device: this.#device, // the same again: what is left of the session before goes
          echo: "never",
          durable: false,
          rememberMs: 0,
          wake: () => queueMicrotask(() => this.#parts.wake()),
          ended: () => this.#ended(),
        });
        return this.#parts.attached(this.#session);
      } catch (error) {
        this.#server.note(faultFrom(error));
        await new Promise<void>((resolve) => core.clock.after(retryMs, resolve));
      }
    }
  }

  #ended(): void {
    this.#session = undefined;
    this.#parts.ended();
    void this.#attach();
  }
}
