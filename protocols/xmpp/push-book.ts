// Which push services an account has enabled (XEP-0357): kept with the account, and known for a while.
import { createHash } from "node:crypto";
import type { Core, UserId } from "#core";
import { StanzaError } from "./faults.ts";

export interface Registration {
  /** Of service and node; names it in what is stored and in questions to the service. */
  readonly key: string;
  /** The service. */
  readonly jid: string;
  /** Empty when the client named none. */
  readonly node: string;
  /** The client that enabled it, which needs no push while it is there. */
  readonly device: string;
  /** Fields for `publish-options`, each with its values. */
  readonly options: readonly (readonly [string, readonly string[]])[];
}

const prefix = "xmpp/push/";
const mostOfAccount = 20;
const freshMs = 60_000;
const knownBound = 50_000;

interface Known {
  readonly registrations: readonly Registration[];
  readonly at: number;
}

export function keyOf(jid: string, node: string): string {
  return createHash("sha256").update(`${jid}\n${node}`).digest("base64url").slice(0, 22);
}

export class PushBook {
  readonly #core: Pick<Core, "accountData" | "clock">;
  readonly #known = new Map<UserId, Known>();

  constructor(core: Pick<Core, "accountData" | "clock">) {
    this.#core = core;
  }

  async of(user: UserId): Promise<readonly Registration[]> {
    const { accountData, clock } = this.#core;
    const known = this.#known.get(user);
    if (known !== undefined && clock.now() - known.at < freshMs) return known.registrations;
    const kept = await accountData.list(user, prefix);
    const registrations = kept.map(({ value }) => JSON.parse(value) as Registration);
    this.#known.delete(user);
    if (this.#known.size >= knownBound) this.#known.delete(this.#known.keys().next().value!);
    this.#known.set(user, { registrations, at: clock.now() });
    return registrations;
  }

  /** Replaces what was enabled for the same service and node: the last request counts (§5). */
  async put(user: UserId, registration: Registration): Promise<void> {
    this.forget(user);
    const others = (await this.of(user)).filter(({ key }) => key !== registration.key);
    if (others.length >= mostOfAccount) throw new StanzaError("resource-constraint", "too many push services");
    await this.#core.accountData.put(user, prefix + registration.key, JSON.stringify(registration));
    this.forget(user);
  }

  async remove(user: UserId, keys: readonly string[]): Promise<void> {
    for (const key of keys) await this.#core.accountData.put(user, prefix + key, undefined);
    this.forget(user);
  }

  /** What is known is not so any more. */
  forget(user: UserId): void {
    this.#known.delete(user);
  }
}
