// Queue entries with their publications as bytes: written once on the asking thread, stored as they are, read when owed.
import type { Publication } from "../../model/event.ts";
import type { DeviceId, UserId } from "../../model/ids.ts";
import type { Queued, QueueTarget } from "../store.ts";
import { ByteReader, type ByteWriter } from "./bytes.ts";

const retained = 4;
const withIds = 8;
const withExtensions = 16;

/** Those of one batch: what consecutive ones share with each other is copied rather than encoded again. */
export class EntryWriter {
  readonly #out: ByteWriter;
  #last: Publication | undefined;
  #from = 0;
  #to = 0;

  constructor(out: ByteWriter) {
    this.#out = out;
  }

  write(publication: Publication, { qos, retain, subscriptionIds }: QueueTarget): void {
    const out = this.#out;
    out.byte(qos | (retain ? retained : 0) | (subscriptionIds === undefined ? 0 : withIds));
    if (subscriptionIds !== undefined) {
      out.uint(subscriptionIds.length);
      for (const id of subscriptionIds) out.uint(id);
    }
    const { topic, payload, at, extensions } = publication;
    out.byte(publication.qos | (publication.retain ? retained : 0) | (extensions === undefined ? 0 : withExtensions));
    this.#writeSource(publication);
    out.double(at);
    out.text(topic);
    out.bytes(payload);
    if (extensions !== undefined) out.text(JSON.stringify(extensions));
  }

  /** The writer's bytes were taken. */
  reset(): void {
    this.#last = undefined;
  }

  #writeSource(publication: Publication): void {
    const { host, author, device } = publication;
    const last = this.#last;
    if (last !== undefined && last.author === author && last.device === device && last.host === host)
      return this.#out.again(this.#from, this.#to);
    this.#from = this.#out.at;
    this.#out.text(host);
    this.#out.text(author);
    this.#out.text(device);
    this.#to = this.#out.at;
    this.#last = publication;
  }
}

/** The entries of a run whose first has this position. */
export function* entriesOf(bytes: Uint8Array, first: number): Generator<Queued> {
  const reader = new ByteReader(bytes);
  for (let position = first; !reader.done; position++) {
    const terms = reader.byte();
    const subscriptionIds =
      (terms & withIds) === 0 ? undefined : Array.from({ length: reader.uint() }, () => reader.uint());
    const flags = reader.byte();
    const publication: Publication = {
      type: "publication",
      host: reader.text(),
      author: reader.text() as UserId,
      device: reader.text() as DeviceId,
      at: reader.double(),
      topic: reader.text(),
      payload: reader.bytes(),
      qos: (flags & 3) as 0 | 1 | 2,
      retain: (flags & retained) !== 0,
      expiresAt: undefined,
      extensions: (flags & withExtensions) === 0 ? undefined : JSON.parse(reader.text()),
    };
    yield { position, publication, qos: (terms & 3) as 1 | 2, retain: (terms & retained) !== 0, subscriptionIds };
  }
}
