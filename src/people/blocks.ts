// Whom an account does not want to hear (XEP-0191 in XMPP, `block` in JSON): kept with the account, known where it counts.
import type { Bus } from "../bus/bus.ts";
import type { Blocks, Session } from "../core.ts";
import type { BlockingSignal } from "../model/event.ts";
import { Fault } from "../model/fault.ts";
import { hostOf, type UserId } from "../model/ids.ts";
import type { Clock } from "../ops/clock.ts";
import { nodesKey } from "../sessions/interests.ts";
import type { Accounts } from "../store/store.ts";

/** What is known is used for so long without asking; then it is used, and asked anew. */
const freshMs = 10 * 60_000;
const accountsBound = 100_000;
/** How old it is is looked at once in so many uses: a message uses it four times (bench: xmpp-chat). */
const usesBetween = 16;
const mostBlocked = 1000;
const prefix = "core/blocked/";

interface Known {
  readonly addresses: ReadonlySet<string>;
  at: number;
  /** How often it was used. */
  uses: number;
}

const nobody: ReadonlySet<string> = new Set();

export interface BlockParts {
  readonly store: Pick<Accounts, "data" | "putDatum">;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly failed: (error: unknown) => void;
  /** The account's list is another one now. */
  changed(owner: UserId, before: ReadonlySet<string>, after: ReadonlySet<string>): void;
  /** For the owner's own sessions. */
  tell(signal: BlockingSignal): void;
}

export class BlockBook implements Blocks {
  readonly #parts: BlockParts;
  readonly #known = new Map<UserId, Known>();
  readonly #asked = new Map<UserId, Promise<ReadonlySet<string>>>();

  constructor(parts: BlockParts) {
    this.#parts = parts;
  }

  async list(owner: UserId): Promise<readonly string[]> {
    return [...(await this.#ask(owner))];
  }

  async block(owner: UserId, addresses: readonly string[], by?: Session): Promise<void> {
    const before = await this.#ask(owner);
    const added = addresses.filter((address) => !before.has(address));
    if (before.size + added.length > mostBlocked) throw new Fault("quota-exceeded", "too many are blocked already");
    for (const address of added) await this.#parts.store.putDatum(owner, prefix + address, "");
    await this.#news(owner, addresses, { blocked: true, by });
  }

  async unblock(owner: UserId, addresses: readonly string[] | undefined, by?: Session): Promise<void> {
    const gone = addresses ?? [...(await this.#ask(owner))];
    for (const address of gone) await this.#parts.store.putDatum(owner, prefix + address, undefined);
    await this.#news(owner, addresses ?? [], { blocked: false, by });
  }

  async blocks(owner: UserId, other: UserId): Promise<boolean> {
    return holds(await this.need(owner), owner, other);
  }

  /** The same from what is known; undefined when that is nothing. */
  peek(owner: UserId, other: UserId): boolean | undefined {
    const known = this.#known.get(owner);
    if (known === undefined) return undefined;
    if (known.uses++ % usesBetween === 0 && this.#parts.clock.now() - known.at > freshMs) {
      known.at = this.#parts.clock.now();
      this.#ask(owner).catch(this.#parts.failed);
    }
    return known.addresses.size > 0 && holds(known.addresses, owner, other);
  }

  /** Whether either does not want to hear the other, as far as is known. */
  between(one: UserId, other: UserId): boolean {
    return this.peek(one, other) === true || this.peek(other, one) === true;
  }

  async need(owner: UserId): Promise<ReadonlySet<string>> {
    return this.#known.get(owner)?.addresses ?? this.#ask(owner);
  }

  /** News of another node. */
  heard(signal: BlockingSignal): void {
    this.#parts.tell(signal);
    this.#reread(signal.user);
  }

  /** News may have been lost. */
  doubt(): void {
    for (const known of this.#known.values()) {
      known.at = -Infinity;
      known.uses = 0;
    }
  }

  async #news(
    owner: UserId,
    addresses: readonly string[],
    { blocked, by }: { readonly blocked: boolean; readonly by: Session | undefined },
  ): Promise<void> {
    await this.#ask(owner); // in force here before it is answered
    const signal: BlockingSignal = { type: "signal", name: "blocking", user: owner, addresses, blocked, by: by?.id };
    this.#parts.bus.announce([nodesKey], signal);
    this.#parts.tell(signal);
  }

  #reread(owner: UserId): void {
    if (this.#known.has(owner)) this.#ask(owner).catch(this.#parts.failed);
  }

  /** What the store says now; one question at a time for each account. */
  #ask(owner: UserId): Promise<ReadonlySet<string>> {
    const under = this.#asked.get(owner);
    const asking = (under ?? Promise.resolve()).catch(() => undefined).then(() => this.#read(owner));
    this.#asked.set(owner, asking);
    const done = (): void => {
      if (this.#asked.get(owner) === asking) this.#asked.delete(owner);
    };
    asking.then(done, done);
    return asking;
  }

  async #read(owner: UserId): Promise<ReadonlySet<string>> {
    const kept = await this.#parts.store.data(owner, prefix, mostBlocked);
    const addresses = kept.length === 0 ? nobody : new Set(kept.map(({ name }) => name.slice(prefix.length)));
    const before = this.#known.get(owner);
    if (before === undefined && this.#known.size >= accountsBound) this.#known.delete(this.#known.keys().next().value!);
    this.#known.set(owner, { addresses, at: this.#parts.clock.now(), uses: 0 });
    if (before !== undefined) this.#parts.changed(owner, before.addresses, addresses);
    return addresses;
  }
}

/** By the account, or with its whole tenant; never oneself. */
export function holds(addresses: ReadonlySet<string>, owner: UserId, other: UserId): boolean {
  if (addresses.size === 0 || owner === other) return false;
  return addresses.has(other) || addresses.has(hostOf(other));
}
