// Slots for files: a URL that nobody guesses, signed so that any node may take the file, and counted against a quota.
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { AccountData } from "../core-accounts.ts";
import type { Uploads, UploadFile, UploadSlot } from "../core-uploads.ts";
import { Fault } from "../model/fault.ts";
import type { UserId } from "../model/ids.ts";
import { type UploadClaim, uploadPath } from "../model/upload.ts";
import type { Clock } from "../ops/clock.ts";

export interface UploadLimits {
  readonly maxBytes: number;
  /** Of one account, together. */
  readonly quotaBytes: number;
  readonly keepMs: number;
}

export interface UploadParts extends UploadLimits {
  readonly accountData: Pick<AccountData, "list" | "put">;
  readonly clock: Clock;
  /** Shared by all nodes. */
  readonly secret: string;
  /** Where clients reach the HTTP port: `https://chat.example.org`. */
  baseUrl(): string;
}

const prefix = "core/upload/";
const slotMs = 15 * 60_000;
const longestName = 200;
const mediaType = /^[a-z0-9][a-z0-9!#$&^_.+-]*\/[a-z0-9][a-z0-9!#$&^_.+-]*$/;
const unknownType = "application/octet-stream";

export class UploadSlots implements Uploads {
  readonly #parts: UploadParts;

  constructor(parts: UploadParts) {
    this.#parts = parts;
  }

  get maxBytes(): number {
    return this.#parts.maxBytes;
  }

  async slot(user: UserId, file: UploadFile): Promise<UploadSlot> {
    const { maxBytes, clock, accountData } = this.#parts;
    const name = nameOf(file.name);
    if (!Number.isSafeInteger(file.bytes) || file.bytes < 1) throw new Fault("bad-request", "no such size");
    if (file.bytes > maxBytes) throw new Fault("too-large", "the file is too large");
    const type = file.type?.toLowerCase().split(";")[0]!.trim() ?? unknownType;
    const now = clock.now();
    await this.#makeRoom(user, file.bytes, now);
    const token = randomBytes(18).toString("base64url");
    await accountData.put(user, prefix + token, JSON.stringify({ bytes: file.bytes, at: now }));
    const until = now + slotMs;
    const claim = { token, name, bytes: file.bytes, type: mediaType.test(type) ? type : unknownType, until };
    const get = `${this.#parts.baseUrl()}${uploadPath}/${token}/${encodeURIComponent(name)}`;
    const query = new URLSearchParams({
      bytes: `${claim.bytes}`,
      type: claim.type,
      until: `${until}`,
      signature: this.#sign(claim),
    });
    return { put: `${get}?${query.toString()}`, get, until };
  }

  /** Whether the claim is one of a slot of ours that may still be filled. */
  admits(claim: UploadClaim): boolean {
    const [given, right] = [Buffer.from(claim.signature), Buffer.from(this.#sign(claim))];
    return given.length === right.length && timingSafeEqual(given, right) && claim.until >= this.#parts.clock.now();
  }

  /** What is older than files are kept no longer counts. */
  async #makeRoom(user: UserId, bytes: number, now: number): Promise<void> {
    const { accountData, keepMs, quotaBytes } = this.#parts;
    let used = 0;
    for (const { name, value } of await accountData.list(user, prefix)) {
      const kept = JSON.parse(value) as { readonly bytes: number; readonly at: number };
      if (kept.at + keepMs < now) await accountData.put(user, name, undefined);
      else used += kept.bytes;
    }
    if (used + bytes > quotaBytes) throw new Fault("quota-exceeded", "the account's files take too much room");
  }

  #sign({ token, name, bytes, type, until }: Omit<UploadClaim, "signature">): string {
    const text = [token, name, bytes, type, until].join("\n");
    return createHmac("sha256", this.#parts.secret).update(text).digest("base64url");
  }
}

/** The last part of what may be a path, without what no file system or header takes. */
function nameOf(text: string): string {
  const last = text.split(/[/\\]/).at(-1)!;
  const name = last.replace(/[\u0000-\u001f\u007f"<>|:*?\p{Surrogate}]/gu, "_").trim();
  if (name === "" || name === "." || name === ".." || name.length > longestName)
    throw new Fault("bad-request", "no such name");
  return name;
}
