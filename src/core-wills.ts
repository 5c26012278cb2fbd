// What is said in a device's name when it goes without a word, as its front-end leaves it with the core.
import type { Draft, Publication } from "./model/event.ts";

export interface Will {
  /** From the end of the connection; cut short by the session's end, and void when the session is resumed before. */
  readonly delayMs: number;
  readonly message: WillMessage;
}

export type WillMessage = WillPublication | WillEntry;

export interface WillPublication extends Pick<
  Publication,
  "type" | "topic" | "payload" | "qos" | "retain" | "extensions"
> {
  /** Counted from when it is said. */
  readonly expiryMs?: number | undefined;
}

export interface WillEntry extends Omit<Draft, "author" | "device" | "originId" | "originReleased"> {
  readonly type: "entry";
}
