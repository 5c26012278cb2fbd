// Which web pages may open a WebSocket here: a browser sends the page's origin, anything else sends none.
import { isLoopback } from "./address.ts";

/**
 * A client without an origin is no browser, and the page this server itself served is always allowed. Beyond that:
 * the configured origins (`https://chat.example.org`, `*` for all); with none configured, pages from this machine.
 */
export function originAllowed(
  origin: string | undefined,
  host: string | undefined,
  allowed: readonly string[],
): boolean {
  if (origin === undefined || allowed.includes("*") || allowed.includes(origin)) return true;
  // RFC 6454 §6.2: a browser's has a scheme, or is `null`. Load generators write the bare host they ask.
  if (host !== undefined && (origin === host || origin === host.replace(/:\d+$/, ""))) return true;
  if (!/^https?:/.test(origin) || !URL.canParse(origin)) return false;
  const page = new URL(origin);
  if (page.host === host) return true;
  return allowed.length === 0 && isLoopback(page.hostname.replace(/^\[|\]$/g, ""));
}
