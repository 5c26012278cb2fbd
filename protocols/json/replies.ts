// Answers of one connection: in the order of its commands, in the dialect's words.
import { Answers, Fault, faultFrom, type Sent, type Settler, type TopicSettler } from "#core";
import { errorLine, Refusal } from "./faults.ts";
import type { JsonOptions } from "./options.ts";
import { isoOf } from "./translate.ts";
import type { Reply } from "./verb.ts";

/** A command's own `id`: number or string; undefined when it wants no reply. */
export type CommandId = number | string | undefined;

export interface RepliesOwner {
  /** False until `auth` has succeeded: any refusal before that ends the connection. */
  readonly ready: boolean;
  /** A line to send, its turn having come. */
  say(line: string): void;
  /** The fault's answer has been said; it ends the connection. */
  end(fault: Fault): void;
  /** Something was answered: there may be room for the next commands. */
  answered(): void;
  /** Not a Fault of anybody's making: our bug. */
  bug(error: unknown): void;
}

interface Refused {
  readonly line: string;
  readonly fault: Fault;
}

/** A command without `id` gets no reply, but hears of its failure under `re: null`. */
export class Replies implements Settler, TopicSettler {
  readonly #owner: RepliesOwner;
  readonly #options: Pick<JsonOptions, "errorsHref" | "strikes">;
  readonly #answers: Answers<string | Refused>;
  readonly #ids = new Map<number, CommandId>();
  #strikes = 0;

  constructor(owner: RepliesOwner, options: Pick<JsonOptions, "errorsHref" | "strikes">) {
    this.#owner = owner;
    this.#options = options;
    this.#answers = new Answers((answer) => {
      if (typeof answer === "string") return owner.say(answer);
      owner.say(answer.line);
      if (answer.fault.ends === "connection" || !owner.ready) owner.end(answer.fault);
    });
  }

  get pending(): number {
    return this.#answers.pending;
  }

  /** Takes the command's place in the order of replies. */
  begin(id: CommandId): number {
    const ticket = this.#answers.begin();
    this.#ids.set(ticket, id);
    return ticket;
  }

  reply(ticket: number, reply: Reply): void {
    const id = this.#idOf(ticket);
    this.#strikes = 0;
    if (id === undefined) this.#answers.skip(ticket);
    else {
      const fields = typeof reply === "string" ? reply : JSON.stringify(reply).slice(1, -1);
      this.#answers.settle(
        ticket,
        fields === "" ? `{"re":${JSON.stringify(id)}}` : `{"re":${JSON.stringify(id)},${fields}}`,
      );
    }
    this.#owner.answered();
  }

  refuse(ticket: number, error: unknown): void {
    const fault = this.#judged(faultFrom(error));
    if (fault.code === "internal") this.#owner.bug(error);
    this.#answers.settle(ticket, {
      line: errorLine(this.#idOf(ticket) ?? null, fault, this.#options.errorsHref),
      fault,
    });
    this.#owner.answered();
  }

  settled(ticket: number, outcome: Sent | Fault): void {
    if (outcome instanceof Fault) return this.refuse(ticket, outcome);
    const { mid, seq, at } = outcome.envelope;
    this.reply(ticket, `"mid":"${mid}","s":${seq},"at":"${isoOf(at)}","duplicate":${outcome.duplicate}`);
  }

  published(ticket: number, outcome: Fault | number): void {
    if (outcome instanceof Fault) this.refuse(ticket, outcome);
    else this.reply(ticket, `"matched":${outcome}`);
  }

  #idOf(ticket: number): CommandId {
    const id = this.#ids.get(ticket);
    this.#ids.delete(ticket);
    return id;
  }

  /** A client that goes on too fast however often it is told is let go. */
  #judged(fault: Fault): Fault {
    if (fault.code !== "rate-limited") return fault;
    if (++this.#strikes < this.#options.strikes) return fault;
    return new Refusal("rate-limited", "still too fast after many refusals", { ends: "connection" });
  }
}
