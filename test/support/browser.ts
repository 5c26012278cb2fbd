// Debian's Chromium without a window, which looks up no name and so reaches nothing but this machine.
import { existsSync } from "node:fs";
import { chromium, type Browser } from "playwright-core";

const places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** Where it is; undefined when it is not installed. */
export const chromiumPath: string | undefined = places.find((path) => existsSync(path));

/** `mapped`: hosts and ports that stand for others, as `--host-resolver-rules` has them. */
export async function openBrowser(mapped: readonly string[] = []): Promise<Browser> {
  if (chromiumPath === undefined) throw new Error("Chromium is not installed (Debian: chromium)");
  const rules = [...mapped, "MAP * ~NOTFOUND", "EXCLUDE localhost", "EXCLUDE 127.0.0.1"];
  const quiet = ["--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
  return chromium.launch({
    executablePath: chromiumPath,
    // Its sandbox refuses to run as root, as tests do in containers; the pages are our own.
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", ...quiet, `--host-resolver-rules=${rules.join(", ")}`],
  });
}
