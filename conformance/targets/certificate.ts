import { join } from "node:path";
import { run } from "./process.ts";

/** A certificate for `localhost` that nobody vouches for, and its key, in that directory. */
export async function makeCertificate(directory: string): Promise<{ readonly cert: string; readonly key: string }> {
  const [cert, key] = [join(directory, "localhost.crt"), join(directory, "localhost.key")];
  const kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
  const name = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
  await run(["openssl", "req", "-x509", ...kind, ...name, "-keyout", key, "-out", cert]);
  return { cert, key };
}
