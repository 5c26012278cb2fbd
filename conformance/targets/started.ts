import type { Login, Target } from "../target.ts";

/** A server that was started to be judged. */
export interface Started {
  readonly target: Target;
  readonly pid: number;
  stop(): Promise<void>;
}

/** With their message archive, or without. */
export type Measured = "archive" | "bare";

/** What a starter may be told. */
export interface StartOptions {
  readonly accounts?: readonly Login[] | undefined;
  /** Other servers as their operators measure them: no limit on messages in flight, and nothing that is not measured. */
  readonly measured?: Measured | undefined;
  /** For our own server: arguments to node. */
  readonly nodeArguments?: readonly string[] | undefined;
}

/** Of the component that every started server may have. */
export const componentSecret = "nor arm nor face";

/** The accounts every started server gets. */
export const logins: readonly Login[] = [
  { user: "romeo", password: "under the balcony" },
  { user: "juliet", password: "what's in a name" },
  { user: "nurse", password: "a toothless secret" },
];
