import type { HttpExchange, HttpReply } from "#core";
import { limitsFor, parseFrame } from "../../../protocols/xmpp/codec.ts";
import type { Element } from "../../../protocols/xmpp/element.ts";

/** A request without a socket. */
export class Post implements HttpExchange {
  readonly remote: string;
  readonly secure: boolean;
  readonly tls = undefined;
  readonly body: Buffer;
  /** There was more of it than is read. */
  truncated = false;
  reply: HttpReply | undefined;
  answers = 0;
  /** Its connection broke: the answer does not arrive. */
  broken = false;
  readonly #gone: (() => void)[] = [];

  constructor(body: string, { secure = true, remote = "192.0.2.1" } = {}) {
    this.body = Buffer.from(body);
    this.secure = secure;
    this.remote = remote;
  }

  answer(reply: HttpReply, sent?: (whole: boolean) => void): void {
    this.answers += 1;
    if (!this.broken) this.reply = reply;
    sent?.(!this.broken);
  }

  onGone(gone: () => void): void {
    this.#gone.push(gone);
  }

  break(): void {
    this.broken = true;
    if (this.answers === 0) for (const gone of this.#gone) gone();
  }

  get element(): Element {
    return parseFrame(this.reply!.body, limitsFor(1 << 20))!;
  }
}
