// What the core is asked when somebody searches; a part of `core.ts`.
import type { Envelope } from "./model/event.ts";
import type { ConversationId, MessageId } from "./model/ids.ts";

export interface SearchQuestion {
  /** A word that `*` follows stands for all that begin so (model/words.ts). */
  readonly text: string;
  readonly conversation?: ConversationId | undefined;
  /** Only behind this entry, only ahead of that one. */
  readonly after?: MessageId | undefined;
  readonly before?: MessageId | undefined;
  /** The last that match rather than the first. */
  readonly fromEnd: boolean;
  readonly limit: number;
}

export interface SearchPage {
  /** Ascending, whichever end they were taken from. */
  readonly entries: readonly Envelope[];
  /** More match in the direction of the page. */
  readonly more: boolean;
}
