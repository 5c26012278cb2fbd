// How many sockets may be open, in all and from one address. At the bound a new one is closed at once; those that
// are open keep their place. Loopback has no bound of its own: a reverse proxy there speaks for many.
import { gauge, type Counter } from "../ops/metrics.ts";
import { refusals } from "../ops/refusals.ts";
import { isLoopback } from "./address.ts";

const open = gauge("trivium_net_connections", "Sockets open");

export class ConnectionLimits {
  readonly #max: number;
  readonly #maxPerAddress: number;
  readonly #openFrom = new Map<string, number>();
  #open = 0;

  constructor(max: number, maxPerAddress: number) {
    this.#max = max;
    this.#maxPerAddress = maxPerAddress;
  }

  /** Takes a place; the caller releases it once when true. */
  admit(address: string): boolean {
    const before = this.#openFrom.get(address) ?? 0;
    if (this.#open >= this.#max) return refused(refusals.connections);
    if (before >= this.#maxPerAddress && !isLoopback(address)) return refused(refusals.connectionsPerAddress);
    this.#openFrom.set(address, before + 1);
    this.#open += 1;
    open.add(1);
    return true;
  }

  release(address: string): void {
    const left = (this.#openFrom.get(address) ?? 0) - 1;
    if (left > 0) this.#openFrom.set(address, left);
    else this.#openFrom.delete(address);
    this.#open -= 1;
    open.add(-1);
  }
}

function refused(counted: Counter): false {
  counted.add();
  return false;
}
