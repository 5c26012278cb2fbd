import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const bin = fileURLToPath(new URL("../../../bin/trivium.js", import.meta.url));

interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

describe("the command line", function () {
  this.timeout(20_000);
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "trivium-cli-"))));
  afterEach(() => rmSync(folder, { recursive: true }));

  function environment(): NodeJS.ProcessEnv {
    const others = Object.entries(process.env).filter(([name]) => !name.startsWith("TRIVIUM_"));
    return {
      ...Object.fromEntries(others),
      TRIVIUM_DATA_DIR: join(folder, "data"),
      TRIVIUM_HTTP_PORT: "0",
      TRIVIUM_MQTT_PORT: "0",
      TRIVIUM_XMPP_PORT: "0",
    };
  }

  function trivium(args: readonly string[], input = ""): Promise<Said> {
    return new Promise((resolve) => {
      const child = execFile(process.execPath, [bin, ...args], { cwd: folder, env: environment() }, (error, out, err) =>
        resolve({ code: Number(error?.code ?? 0), out, err }),
      );
      child.stdin?.end(input);
    });
  }

  /** Starts a server, runs `during` with what it printed, and stops it; resolves with its exit code. */
  async function served(
    during: (printed: string, ready: { http: number; domain: string }) => Promise<void>,
    args: readonly string[] = [],
  ): Promise<number> {
    const child = spawn(process.execPath, [bin, "start", ...args], {
      cwd: folder,
      env: environment(),
      stdio: ["ignore", "pipe", "ignore"],
    });
    const ended = once(child, "close");
    const printed: string[] = [];
    try {
      for await (const line of createInterface({ input: child.stdout })) {
        printed.push(line);
        const [, ready] = /^trivium: ready (.*)$/.exec(line) ?? [];
        if (ready === undefined) continue;
        await during(printed.join("\n"), JSON.parse(ready));
        break;
      }
    } finally {
      child.kill("SIGTERM");
    }
    return ((await ended) as [number])[0];
  }

  it("serves until SIGTERM, and says where and how to try it", async () => {
    const code = await served(async (printed, { http, domain }) => {
      const ready = await fetch(`http://127.0.0.1:${http}/readyz`);

      assert.equal(ready.status, 200);
      assert.equal(domain, "localhost");
      assert.match(printed, new RegExp(`JSON +ws://127\\.0\\.0\\.1:${http}/ws`));
      assert.match(printed, /mosquitto_pub .* -u alice -P \w{10,}/);
    });

    assert.equal(code, 0);
  });

  it("keeps the demo accounts over a restart, and their passwords from others", async () => {
    const shown: string[] = [];
    const note = async (printed: string): Promise<void> => void shown.push(/alice +(\w+)/.exec(printed)?.[1] ?? "none");

    await served(note);
    await served(note);

    assert.ok((shown[0]?.length ?? 0) >= 10);
    assert.equal(shown[1], shown[0]);
    assert.equal(statSync(join(folder, "data", "demo-accounts.json")).mode & 0o777, 0o600);
  });

  it("makes no demo accounts where they are off, nor beside other accounts", async () => {
    await served(async (printed) => assert.doesNotMatch(printed, /alice/), ["--demo", "off"]);
    await trivium(["user", "add", "carol", "--password", "x"]);
    await served(async (printed) => assert.doesNotMatch(printed, /alice/));
  });

  it("adds, lists, changes and removes accounts", async () => {
    const added = await trivium(["user", "add", "Carol", "--password", "one"]);
    const again = await trivium(["user", "add", "carol@localhost", "--password", "two"]);
    const changed = await trivium(["user", "passwd", "carol", "--password-stdin"], "three\n");
    const listed = await trivium(["user", "list"]);
    const removed = await trivium(["user", "remove", "carol"]);
    const gone = await trivium(["user", "remove", "carol"]);

    assert.deepEqual([added.code, again.code, changed.code, removed.code, gone.code], [0, 1, 0, 0, 1]);
    assert.match(again.err, /name is taken/);
    assert.match(listed.out, /^carol@localhost\t/);
    assert.match(gone.err, /there is no account carol@localhost/);
  });

  it("makes many accounts at once, and says which it did not", async () => {
    const { code, out, err } = await trivium(["user", "import"], "dora:one:two\n\nCarol:three\ncarol:four\nno\n");
    const listed = await trivium(["user", "list"]);

    assert.deepEqual([code, out], [1, "added 2\n"]);
    assert.match(err, /^trivium: carol: .*name is taken$/im);
    assert.match(err, /^trivium: no: no password$/m);
    assert.match(listed.out, /^carol@localhost\t.*\ndora@localhost\t/);
  });

  it("refuses an account of another domain", async () => {
    const { code, err } = await trivium(["user", "add", "carol@example.org", "--password", "x"]);

    assert.equal(code, 1);
    assert.match(err, /not an account of localhost/);
  });

  it("asks for a password where none is given", async () => {
    const { code, err } = await trivium(["user", "add", "carol"]);

    assert.equal(code, 1);
    assert.match(err, /--password-stdin/);
  });

  it("adds an account beside a running server, which lets it in at once", async () => {
    await served(async (_printed, { http }) => {
      await trivium(["user", "add", "carol", "--password", "x"]);
      const { WebSocket } = await import("ws");
      const ws = new WebSocket(`ws://127.0.0.1:${http}/ws`, "trivium.v1.json");
      ws.on("open", () => ws.send(JSON.stringify({ id: 1, type: "auth", user: "carol", password: "x" })));

      const answer = await new Promise<string>((resolve) => {
        ws.on("message", (data) => {
          if (/"re":1/.test(String(data))) resolve(String(data));
        });
      });

      ws.terminate();
      assert.match(answer, /"user":"carol"/);
    });
  });

  it("changes what a room is like, and how accounts stand with it", async function () {
    this.timeout(60_000);
    await trivium(["user", "add", "carol", "--password", "x"]);
    await trivium(["room", "create", "snug", "--owner", "carol"]);

    const changed = await trivium(["room", "set", "snug", "--title", "The snug", "--members-only", "yes"]);
    const refused = await trivium(["room", "set", "snug", "--moderated", "maybe"]);
    const standing = await trivium(["room", "affiliate", "snug", "dora", "admin"]);
    const members = await trivium(["room", "members", "snug"]);
    const listed = await trivium(["room", "list"]);

    assert.equal(changed.code, 0, changed.err);
    assert.notEqual(refused.code, 0);
    assert.equal(standing.code, 0, standing.err);
    assert.match(members.out, /^dora@localhost\tadmin/m);
    assert.match(listed.out, /^snug\tmembers only\tThe snug$/m);
  });

  it("makes, lists and removes rooms", async () => {
    await trivium(["user", "add", "carol", "--password", "x"]);
    const made = await trivium(["room", "create", "lobby", "--owner", "carol", "--title", "The lobby"]);
    const listed = await trivium(["room", "list"]);
    const members = await trivium(["room", "members", "lobby"]);
    const removed = await trivium(["room", "remove", "lobby"]);
    const empty = await trivium(["room", "list"]);

    assert.deepEqual([made.code, removed.code], [0, 0]);
    assert.match(listed.out, /^lobby\topen\tThe lobby$/m);
    assert.match(members.out, /^carol@localhost\towner/m);
    assert.equal(empty.out, "");
  });

  it("makes a token", async () => {
    await trivium(["user", "add", "carol", "--password", "x"]);

    const { out } = await trivium(["token", "create", "carol", "--ttl", "15m"]);
    const wrong = await trivium(["token", "create", "carol", "--ttl", "soon"]);

    const { sub, exp, iat } = JSON.parse(Buffer.from(out.split(".")[1] ?? "", "base64url").toString());
    assert.deepEqual([sub, exp - iat], ["carol@localhost", 900]);
    assert.match(wrong.err, /soon is no duration/);
  });

  it("prints the configuration in force without passwords", async () => {
    const { out } = await trivium(["config", "print", "--redis-url", "redis://me:hunter2@redis:6379"]);

    assert.match(out, /url: redis:\/\/me:\*\*\*@redis:6379/);
  });

  it("says what is wrong with a configuration", async () => {
    const { code, err } = await trivium(["config", "check", "--http-port", "eighty"]);

    assert.equal(code, 1);
    assert.match(err, /--http-port: http\.port/);
  });

  it("finds a healthy machine healthy", async () => {
    const { code, out } = await trivium(["doctor"]);

    assert.equal(code, 0, out);
    assert.match(out, /nothing is wrong/);
  });

  it("finds a port that is taken, and says what to do", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as { port: number };

    const { code, out } = await trivium(["doctor", "--mqtt-port", String(port)]);

    other.close();
    assert.equal(code, 1);
    assert.match(out, new RegExp(`WRONG mqtt port +127\\.0\\.0\\.1:${port}: EADDRINUSE\\n +→ set mqtt\\.port`));
  });

  it("refuses to serve on a port that is taken, and ends", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as { port: number };

    const { code, err } = await trivium(["start", "--http-port", String(port)]);

    other.close();
    assert.equal(code, 1);
    assert.match(err, /http: cannot listen on 127\.0\.0\.1:\d+: another program listens there/);
  });
});
