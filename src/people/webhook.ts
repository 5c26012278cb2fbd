// Asks somebody else's HTTP service whether a password is right. When it cannot be asked, the answer is no.
import { createHmac, randomBytes } from "node:crypto";
import { Fault } from "../model/fault.ts";
import type { Clock } from "../ops/clock.ts";
import type { Logger } from "../ops/log.ts";
import { counter } from "../ops/metrics.ts";

export interface WebhookQuestion {
  readonly user: string;
  readonly password: string;
  readonly device: string | undefined;
  readonly remote: string | undefined;
}

export interface WebhookParts {
  readonly clock: Clock;
  readonly log: Logger;
  /** Posts JSON; rejects when there is no answer in time. */
  readonly post: (body: string) => Promise<{ readonly status: number; readonly body: string }>;
  /** Questions asked at once; as many times ten wait, and those beyond are refused at once. */
  readonly concurrent: number;
  /** An answer, yes or no, holds for this long. */
  readonly cacheMs: number;
}

interface Answer {
  readonly allowed: Promise<boolean>;
  readonly until: number;
}

const waitingFor = 10;
const cacheBound = 10_000;
/** So many failures in a row, and nobody is asked for a while: each would cost its client the whole time limit. */
const failuresAllowed = 5;
const pauseMs = 5_000;

const failed = counter("trivium_auth_webhook_failures_total", "Logins refused because the webhook gave no answer");

export class Webhook {
  readonly #parts: WebhookParts;
  readonly #cacheKey = randomBytes(32);
  readonly #answers = new Map<string, Answer>();
  readonly #waiting: (() => void)[] = [];
  #asking = 0;
  #failures = 0;
  #pausedUntil = 0;

  constructor(parts: WebhookParts) {
    this.#parts = parts;
  }

  /** Yes or no; Fault `unavailable` when nobody answers. The same question is asked once for all who ask meanwhile. */
  allows(question: WebhookQuestion): Promise<boolean> {
    const key = this.#keyOf(question);
    const known = this.#known(key);
    if (known !== undefined) return known;
    const allowed = this.#ask(question);
    this.#answers.delete(key);
    if (this.#answers.size >= cacheBound) this.#answers.delete(this.#answers.keys().next().value!);
    const answer = { allowed, until: this.#parts.clock.now() + this.#parts.cacheMs };
    this.#answers.set(key, answer);
    allowed.catch(() => {
      if (this.#answers.get(key) === answer) this.#answers.delete(key); // no answer is none to remember
    });
    return allowed;
  }

  /** Whether it said yes lately: nothing is asked. */
  async remembers(question: WebhookQuestion): Promise<boolean> {
    return (await this.#known(this.#keyOf(question))?.catch(() => false)) ?? false;
  }

  #known(key: string): Promise<boolean> | undefined {
    const answer = this.#answers.get(key);
    return answer !== undefined && answer.until > this.#parts.clock.now() ? answer.allowed : undefined;
  }

  /** A keyed hash: no password stays in memory. */
  #keyOf({ user, password, device, remote }: WebhookQuestion): string {
    return createHmac("sha256", this.#cacheKey)
      .update(JSON.stringify([user, password, device, remote]))
      .digest("base64");
  }

  async #ask(question: WebhookQuestion): Promise<boolean> {
    await this.#place();
    try {
      if (this.#parts.clock.now() < this.#pausedUntil) throw unavailable("the webhook is not asked for a moment");
      const allowed = readAnswer(await this.#parts.post(JSON.stringify(question)));
      this.#failures = 0;
      return allowed;
    } catch (error) {
      failed.add();
      if (error instanceof Fault) throw error;
      this.#noteFailure(error);
      throw unavailable("the webhook gave no answer");
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#asking--;
      else next(); // takes this place
    }
  }

  async #place(): Promise<void> {
    if (this.#asking < this.#parts.concurrent) {
      this.#asking++;
      return;
    }
    if (this.#waiting.length >= this.#parts.concurrent * waitingFor) {
      failed.add();
      throw unavailable("too many logins wait for the webhook");
    }
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  #noteFailure(err: unknown): void {
    if (++this.#failures < failuresAllowed) return;
    this.#failures = failuresAllowed - 1; // after the pause one question decides
    this.#pausedUntil = this.#parts.clock.now() + pauseMs;
    this.#parts.log.warn(
      { what: "webhook_failing", err, pauseMs },
      "logins that need the webhook are refused meanwhile",
    );
  }
}

/** 200 with `{"allow": true}` or `{"allow": false}`; 401 and 403 are a no. Anything else is no answer. */
function readAnswer({ status, body }: { readonly status: number; readonly body: string }): boolean {
  if (status === 401 || status === 403) return false;
  if (status !== 200) throw new Error(`status ${status}`);
  const { allow } = parsed(body);
  if (typeof allow !== "boolean") throw new Error("no boolean allow in the answer");
  return allow;
}

function parsed(body: string): { readonly allow?: unknown } {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    throw new Error("the answer is no JSON"); // without the parser's words, which quote it
  }
}

function unavailable(message: string): Fault {
  return new Fault("unavailable", message, { retryAfterMs: pauseMs });
}
