import type { Login, Target } from "../target.ts";

/** A server that was started to be judged. */
export interface Started {
  readonly target: Target;
  readonly pid: number;
  stop(): Promise<void>;
}

/** The accounts every started server gets. */
export const logins: readonly Login[] = [
  { user: "romeo", password: "under the balcony" },
  { user: "juliet", password: "what's in a name" },
  { user: "nurse", password: "a toothless secret" },
];
