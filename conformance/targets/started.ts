import type { Login, Target } from "../target.ts";

/** A server that was started to be judged. */
export interface Started {
  readonly target: Target;
  readonly pid: number;
  stop(): Promise<void>;
}

/** What a starter may be told. */
export interface StartOptions {
  readonly accounts?: readonly Login[] | undefined;
  /** Other servers as their operators measure them: no message archive, no limit on messages in flight. */
  readonly measured?: boolean | undefined;
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
