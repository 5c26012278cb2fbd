// What the core offers on files; a part of `core.ts`.
import type { UserId } from "./model/ids.ts";

/** Places for files that clients put there by HTTP, and others get from there. */
export interface Uploads {
  readonly maxBytes: number;
  /**
   * A place for one file of exactly that size and type: whoever has the URL may put it, once and soon. Faults:
   * bad-request (name, size), too-large, quota-exceeded.
   */
  slot(user: UserId, file: UploadFile): Promise<UploadSlot>;
}

export interface UploadFile {
  readonly name: string;
  readonly bytes: number;
  /** A media type; undefined: nobody said. */
  readonly type: string | undefined;
}

export interface UploadSlot {
  readonly put: string;
  readonly get: string;
  /** Unix milliseconds until which it may be put. */
  readonly until: number;
}
