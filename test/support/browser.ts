// Debian's Chromium without a window, which looks up no name and so reaches nothing but this machine.
import { existsSync } from "node:fs";
import { chromium, type Browser } from "playwright-core";

const places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** Where it is; undefined when it is not installed. */
export const chromiumPath: string | undefined = places.find((path) => existsSync(path));

/** `https`: the port that stands for `https://localhost`. */
export async function openBrowser(https?: number): Promise<Browser> {
  if (chromiumPath === undefined) throw new Error("Chromium is not installed (Debian: chromium)");
  const standsFor = https === undefined ? [] : [`MAP localhost:443 127.0.0.1:${https}`];
  const rules = [...standsFor, "MAP localhost 127.0.0.1", "MAP * ~NOTFOUND", "EXCLUDE 127.0.0.1"];
  const quiet = ["--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
  return chromium.launch({
    executablePath: chromiumPath,
    // Its sandbox refuses to run as root, as tests do in containers; the pages are our own.
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", ...quiet, `--host-resolver-rules=${rules.join(", ")}`],
  });
}
