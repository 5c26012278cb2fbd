// The server's certificates: read from their files, chosen by the name a client asks for, read again when they change.
import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync, unwatchFile, watchFile } from "node:fs";
import { createSecureContext, type SecureContext, type SecureContextOptions } from "node:tls";
import type { Logger } from "../ops/log.ts";
import { hostNamesOf } from "./certificate.ts";

export interface CertificateFiles {
  /** PEM: the certificate, then those that signed it. */
  readonly cert: string;
  readonly key: string;
}

export interface TlsFiles extends CertificateFiles {
  /** PEM: who may sign clients' certificates. Empty: nobody. */
  readonly ca: string;
  /** Certificates for further names. `names` empty: the names in the certificate. */
  readonly hosts: readonly (CertificateFiles & { readonly names: readonly string[] })[];
}

interface Loaded {
  readonly options: SecureContextOptions;
  readonly byName: ReadonlyMap<string, SecureContext>;
}

/** Files are looked at this often: by their time, so that a link that is turned to another file counts, too. */
const watchMs = 5_000;

export class TlsContexts implements Disposable {
  readonly #files: TlsFiles;
  readonly #log: Logger;
  readonly #changed: (() => void)[] = [];
  readonly #look = (now: { mtimeMs: number }, before: { mtimeMs: number }): void => {
    // A file that is being replaced is gone for a moment.
    if (now.mtimeMs !== before.mtimeMs && now.mtimeMs !== 0) this.reload();
  };
  #loaded: Loaded;

  /** Throws an error that says which file is wrong, and how. */
  constructor(files: TlsFiles, log: Logger) {
    this.#files = files;
    this.#log = log;
    this.#loaded = load(files);
    for (const file of filesOf(files)) watchFile(file, { interval: watchMs, persistent: false }, this.#look);
  }

  /** For clients that ask for no name we have. */
  get options(): SecureContextOptions {
    return this.#loaded.options;
  }

  /** `name` as in SNI. Undefined: the first certificate, whose names may be the right ones or not. */
  contextFor(name: string): SecureContext | undefined {
    const { byName } = this.#loaded;
    if (byName.size === 0) return undefined;
    const asked = name.toLowerCase();
    // RFC 6125 §6.4.3: a wildcard stands for one whole label, the leftmost.
    return byName.get(asked) ?? byName.get(`*${asked.slice(asked.indexOf("."))}`);
  }

  onChange(changed: () => void): void {
    this.#changed.push(changed);
  }

  /**
   * Reads the files again: handshakes from now on see what is there, connections keep what they have. When something is
   * wrong with the files, all stays as it was: the certificate may have been replaced before its key.
   */
  reload(): void {
    try {
      this.#loaded = load(this.#files);
    } catch (error) {
      this.#log.error({ what: "tls_reload_failed", err: error }, "the certificates in use stay");
      return;
    }
    this.#log.info({ what: "tls_reloaded" }, "new handshakes see the certificates as they are now");
    for (const changed of this.#changed) changed();
  }

  [Symbol.dispose](): void {
    for (const file of filesOf(this.#files)) unwatchFile(file, this.#look);
  }
}

function filesOf({ cert, key, ca, hosts }: TlsFiles): readonly string[] {
  const files = [cert, key, ...(ca === "" ? [] : [ca]), ...hosts.flatMap((host) => [host.cert, host.key])];
  return [...new Set(files)];
}

function load(files: TlsFiles): Loaded {
  const ca = files.ca === "" ? undefined : authorities(files.ca);
  const optionsOf = (pair: CertificateFiles): SecureContextOptions => ({
    ...readPair(pair),
    // Without authorities of our own Node would take those of the public web for clients.
    ca: ca ?? [],
    minVersion: "TLSv1.2",
    // A session may be resumed by whichever of our contexts the client meets.
    sessionIdContext: "trivium",
  });
  const options = optionsOf(files);
  // By itself, so that no host is served when the first certificate is unfit.
  createSecureContext(options);
  const byName = new Map<string, SecureContext>();
  for (const host of files.hosts) {
    const hostOptions = optionsOf(host);
    const context = createSecureContext(hostOptions);
    const names = host.names.length > 0 ? host.names : hostNamesOf(new X509Certificate(hostOptions.cert as string));
    if (names.length === 0) throw new Error(`${host.cert}: names no host; say which in tls.hosts`);
    for (const name of names) byName.set(name.toLowerCase(), context);
  }
  return { options, byName };
}

/** Throws an error that names the file. */
export function readPair({ cert, key }: CertificateFiles): { readonly cert: string; readonly key: string } {
  const pair = { cert: textOf(cert), key: textOf(key) };
  const certificate = named(cert, "holds no certificate (PEM)", () => new X509Certificate(pair.cert));
  // What OpenSSL says of a key it cannot read may quote it: only what we say reaches the log.
  const privateKey = named(key, "holds no private key (PEM, without a passphrase)", () => createPrivateKey(pair.key));
  if (!certificate.checkPrivateKey(privateKey)) throw new Error(`${key}: is not the key of ${cert}`);
  return pair;
}

function authorities(file: string): string {
  const text = textOf(file);
  named(file, "holds no certificate (PEM)", () => new X509Certificate(text));
  return text;
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new Error(`${file}: cannot be read (${(cause as NodeJS.ErrnoException).code})`, { cause });
  }
}

function named<T>(file: string, complaint: string, read: () => T): T {
  try {
    return read();
  } catch {
    throw new Error(`${file}: ${complaint}`);
  }
}
