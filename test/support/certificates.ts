// Certificates made for a test: an authority, and what it signed, as PEM files in a folder of their own.
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

export interface Pair {
  readonly cert: string;
  readonly key: string;
}

export interface Wanted {
  readonly commonName?: string;
  /** As in OpenSSL's subjectAltName section: `DNS.1=example.org`, `otherName.1=1.3.6.1.5.5.7.8.5;UTF8:a@b`. */
  readonly names?: readonly string[];
  readonly days?: number;
  readonly hash?: string;
}

const elliptic = ["ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"];

export class Authority implements AsyncDisposable {
  readonly folder: string;
  #count = 0;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** `key` as `openssl req -newkey` takes it. */
  static async found(kind: readonly string[] = elliptic): Promise<Authority> {
    const authority = new Authority(await mkdtemp(join(tmpdir(), "trivium-tls-")));
    const { cert, key } = authority;
    await openssl("req", "-x509", "-newkey", ...kind, "-nodes", "-keyout", key, "-out", cert, "-subj", "/CN=test CA");
    return authority;
  }

  get cert(): string {
    return join(this.folder, "ca.pem");
  }

  get key(): string {
    return join(this.folder, "ca.key");
  }

  /** The authority's own certificate. */
  get ca(): Promise<string> {
    return readFile(this.cert, "utf8");
  }

  /** A new pair, in files called `name` when one is given, which may replace others. */
  async sign(wanted: Wanted = {}, name = `pair-${++this.#count}`): Promise<Pair> {
    const { commonName = "localhost", names = ["DNS.1=localhost", "IP.1=127.0.0.1"], days = 2 } = wanted;
    const at = (extension: string): string => join(this.folder, `${name}.${extension}`);
    const pair = { cert: at("pem"), key: at("key") };
    await writeFile(
      at("cnf"),
      `[v3]\nbasicConstraints=CA:FALSE\nsubjectAltName=@names\n[names]\n${names.join("\n")}\n`,
    );
    const subject = ["-subj", `/CN=${commonName}`];
    await openssl("req", "-newkey", ...elliptic, "-nodes", "-keyout", at("new.key"), "-out", at("csr"), ...subject);
    const issuer = ["-CA", this.cert, "-CAkey", this.key, "-CAcreateserial"];
    const extensions = ["-extfile", at("cnf"), "-extensions", "v3"];
    const life = ["-days", String(days), ...(wanted.hash === undefined ? [] : [`-${wanted.hash}`])];
    await openssl("x509", "-req", "-in", at("csr"), "-out", at("new.pem"), ...issuer, ...extensions, ...life);
    await writeFile(pair.cert, await readFile(at("new.pem")));
    await writeFile(pair.key, await readFile(at("new.key")));
    return pair;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

async function openssl(...args: readonly string[]): Promise<void> {
  await run("openssl", [...args]);
}
