// Where packets are written: side by side in one slab, handed to a link as few pieces as possible.
import { beforeFlush, type Link, viewOf } from "#core";
import { Traffic } from "./traffic.ts";

const slabSize = 64 * 1024;

/**
 * Collects what goes to one link within a tick, so that fifty small packets are one `send` and no allocation. One
 * serves all connections of a front-end: writing for another link hands over what was collected for the last. The
 * bytes of a slab are written once and never changed: the link owns them from then on.
 */
export class Outbound {
  readonly #traffic: Traffic;
  slab: Buffer = Buffer.allocUnsafeSlow(slabSize);
  #memory: ArrayBufferLike = this.slab.buffer;
  #link: Link | undefined;
  #from = 0;
  #at = 0;
  #scheduled = false;
  readonly #flushLater = (): void => {
    this.#scheduled = false;
    this.flush();
  };

  constructor(traffic = new Traffic()) {
    this.#traffic = traffic;
  }

  /** Makes room for a packet of `bytes` to this link: the caller fills `slab` from the offset returned, all of it, now. */
  room(link: Link, bytes: number): number {
    if (this.#link !== link) this.#turnTo(link);
    if (this.#at + bytes > this.slab.length) this.#renew(bytes);
    const at = this.#at;
    this.#at += bytes;
    this.#traffic.packetsSent++;
    this.#traffic.bytesSent += bytes;
    return at;
  }

  /** Sends bytes made elsewhere, after what was written before them. */
  send(link: Link, bytes: Uint8Array): void {
    if (this.#link === link) this.flush();
    this.#traffic.packetsSent++;
    this.#traffic.bytesSent += bytes.length;
    link.send(bytes);
  }

  flush(): void {
    const link = this.#link;
    if (link === undefined) return;
    this.#link = undefined;
    if (this.#at > this.#from) link.send(viewOf(this.#memory, this.#from, this.#at));
    this.#from = this.#at;
  }

  #turnTo(link: Link): void {
    this.flush();
    this.#link = link;
    if (this.#scheduled) return;
    this.#scheduled = true;
    beforeFlush(this.#flushLater);
  }

  #renew(bytes: number): void {
    if (this.#at > this.#from) this.#link!.send(viewOf(this.#memory, this.#from, this.#at));
    this.slab = Buffer.allocUnsafeSlow(Math.max(slabSize, bytes));
    this.#memory = this.slab.buffer;
    this.#from = this.#at = 0;
  }
}
