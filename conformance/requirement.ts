// One sentence of a specification, and the check that shows whether a server obeys it.
import type { Context } from "mocha";
import { SuiteTime } from "./bounds.ts";
import { target, type Ability, type Target } from "./target.ts";

export interface Verdict {
  readonly suite: string;
  readonly clause: string;
  readonly quote: string;
  readonly about: string | undefined;
  readonly outcome: "met" | "broken" | "deviates" | "skipped";
  readonly reason: string | undefined;
}

let tries = 1;

/** What fails is tried so often in all: for a machine that has more to do. Known deviations are not. */
export function tryUpTo(times: number): void {
  tries = times;
}

/** What a check is called where its quotation would be too long. */
export function keyOf({ clause, about }: Pick<Verdict, "clause" | "about">): string {
  return about === undefined ? clause : `${clause} (${about})`;
}

/** Everything judged in this process, in order: the report is made of it. */
export const verdicts: Verdict[] = [];

export interface RequirementOptions {
  /** Tells apart several checks of one clause. */
  readonly about?: string | undefined;
  /** Without these the check says nothing about the server. */
  readonly needs?: readonly Ability[] | undefined;
}

/** What a check works with: connections it opened are closed with it. */
export interface Kit {
  close(): Promise<void>;
}

/** Thrown by a check that finds the server lacking something optional. */
export class NotOffered extends Error {}

/** Whether that is a reason to skip a check. Of a target that says what it lacks anything else is a defect, or the check's. */
export function mayLack({ lacks }: Pick<Target, "lacks">, reason: string): boolean {
  return lacks === undefined || lacks.includes(reason);
}

/**
 * Makes the `requirement` of a suite: `reach` opens what its checks get, or says why the target cannot be judged. `where`
 * tells apart suites that have checks in common (`over TCP`); a target may deviate there alone (`over TCP: RFC …`).
 */
export function requirements<K extends Kit>(suite: string, reach: (target: Target) => K | string, where = "") {
  const time = new SuiteTime();
  return function requirement(
    clause: string,
    quote: string,
    check: (t: K) => Promise<void>,
    options: RequirementOptions = {},
  ): void {
    const about = options.about;
    const key = keyOf({ clause, about });
    const title = `${where === "" ? "" : `[${where}] `}${key} ${quote}`;
    const note = (outcome: Verdict["outcome"], reason?: string): void => {
      verdicts.push({ suite, clause, quote, about, outcome, reason });
    };
    it(title, async function (this: Context) {
      const judged = target();
      const skip = (reason: string): never => {
        note("skipped", reason);
        return this.skip();
      };
      const missing = options.needs?.find((ability) => !judged.abilities.has(ability));
      if (missing !== undefined) return skip(`${judged.name} is not said to have: ${missing}`);
      const known = judged.deviations?.[`${where}: ${key}`] ?? judged.deviations?.[key];
      let failure: unknown;
      for (let left = known === undefined ? tries : 1; left > 0; left--) {
        const kit = reach(judged);
        if (typeof kit === "string") return skip(kit);
        if (time.over !== undefined) return skip(time.over);
        failure = await time.spend(
          () => check(kit),
          () => kit.close(),
        );
        if (failure === undefined) return note("met");
        if (failure instanceof NotOffered && mayLack(judged, failure.message)) return skip(failure.message);
      }
      if (known !== undefined) {
        note("deviates", known);
        return this.skip();
      }
      const why = failure instanceof Error ? failure.message : JSON.stringify(failure);
      note("broken", why);
      throw new Error(`${why}\n\n  ${clause}: “${quote}”\n`, { cause: failure });
    });
  };
}
