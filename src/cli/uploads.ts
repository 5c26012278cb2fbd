// Where files are kept, and where clients reach them, as the configuration says.
import { join } from "node:path";
import { UploadShelf } from "../net/upload-shelf.ts";
import type { UploadPages } from "../net/upload-pages.ts";
import { systemClock } from "../ops/clock.ts";
import type { Config } from "../ops/config-schema.ts";
import type { Logger } from "../ops/log.ts";
import type { UploadLimits, UploadSlots } from "../people/uploads.ts";

const dayMs = 24 * 60 * 60_000;

/** Undefined when none are kept. `ports` are known once they are open. */
export function uploadsOf(
  { uploads, domain }: Config,
  ports: () => Readonly<Record<string, number>>,
): (UploadLimits & { readonly baseUrl: () => string }) | undefined {
  if (uploads.max_bytes === 0) return undefined;
  return {
    maxBytes: uploads.max_bytes,
    quotaBytes: uploads.quota_bytes,
    keepMs: uploads.keep_days * dayMs,
    baseUrl: () => (uploads.url === "" ? ownUrl(domain, ports()) : uploads.url),
  };
}

export function pagesOf(slots: UploadSlots, { data_dir, uploads }: Config, log: Logger): UploadPages {
  const directory = join(data_dir, "uploads");
  const shelf = new UploadShelf({ directory, keepMs: uploads.keep_days * dayMs, clock: systemClock, log });
  return { shelf, maxBytes: uploads.max_bytes, admits: (claim) => slots.admits(claim) };
}

function ownUrl(domain: string, { http, https }: Readonly<Record<string, number>>): string {
  return https === undefined ? `http://${domain}:${http}` : `https://${domain}:${https}`;
}
