import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { connect } from "node:net";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Authority } from "../support/certificates.ts";
import { passwordOf, Server } from "../support/server.ts";

const run = promisify(execFile);
const xmppJs = fileURLToPath(new URL("../support/clients/xmpp-js-talk.js", import.meta.url));
const slixmpp = fileURLToPath(new URL("../../../test/support/clients/slixmpp-talk.py", import.meta.url));
// Debian's own, for which Debian's packages are.
const python = "/usr/bin/python3";

interface Said {
  readonly bound?: string;
  readonly tls?: string;
  readonly from?: string;
  readonly body?: string;
}

/** What a client says to the other and prints of itself. */
type Talk = (user: string, peer: string, body: string) => Promise<readonly Said[]>;

describe("XMPP clients over TCP", function () {
  this.timeout(60_000);
  let authority: Authority;
  let server: Server;

  before(async () => {
    authority = await Authority.found();
    const pair = await authority.sign();
    server = await Server.prepare({
      settings: {
        TRIVIUM_TLS_CERT: pair.cert,
        TRIVIUM_TLS_KEY: pair.key,
      },
    });
    await server.addUsers(["alice", "bob"]);
    await server.start();
  });
  after(async () => {
    await server.remove();
    await authority[Symbol.asyncDispose]();
  });

  const portOf = (mode: "starttls" | "direct"): number => server.ports[mode === "direct" ? "xmpps" : "xmpp"] ?? 0;

  const bySlixmpp =
    (mode: "starttls" | "direct"): Talk =>
    async (user, peer, body) => {
      const where = ["127.0.0.1", String(portOf(mode)), mode, authority.cert];
      const who = [`${user}@localhost/slixmpp`, passwordOf(user)];
      return saidBy(await run(python, [slixmpp, ...who, ...where, `${peer}@localhost`, body], { timeout: 30_000 }));
    };

  const byXmppJs =
    (mode: "starttls" | "direct"): Talk =>
    async (user, peer, body) => {
      const service = `${mode === "direct" ? "xmpps" : "xmpp"}://localhost:${portOf(mode)}`;
      const env = { ...process.env, NODE_EXTRA_CA_CERTS: authority.cert };
      const args = [xmppJs, user, passwordOf(user), service, `${peer}@localhost`, body];
      return saidBy(await run(process.execPath, args, { env, timeout: 30_000 }));
    };

  function saidBy({ stdout }: { readonly stdout: string }): readonly Said[] {
    return stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Said);
  }

  async function hasSlixmpp(): Promise<boolean> {
    return run(python, ["-c", "import slixmpp"]).then(
      () => true,
      () => false,
    );
  }

  for (const [title, alice, bob] of [
    ["@xmpp/client by STARTTLS talks with itself in direct TLS", byXmppJs("starttls"), byXmppJs("direct")],
    ["slixmpp by STARTTLS talks with @xmpp/client in direct TLS", bySlixmpp("starttls"), byXmppJs("direct")],
    ["slixmpp in direct TLS talks with @xmpp/client by STARTTLS", bySlixmpp("direct"), byXmppJs("starttls")],
  ] as const) {
    it(title, async function () {
      if (title.includes("slixmpp") && !(await hasSlixmpp())) {
        console.log("        skipped: slixmpp is not installed (Debian: python3-slixmpp)");
        return this.skip();
      }

      const [first, second] = await Promise.all([
        alice("alice", "bob", "from alice: ü <&> 😀"),
        bob("bob", "alice", "from bob"),
      ]);

      assert.deepEqual([first[0]?.tls, second[0]?.tls], ["TLSv1.3", "TLSv1.3"]);
      assert.match(first[0]?.bound ?? "", /^alice@localhost\//);
      assert.deepEqual(first.at(-1), { from: "bob@localhost", body: "from bob" });
      assert.deepEqual(second.at(-1), { from: "alice@localhost", body: "from alice: ü <&> 😀" });
    });
  }

  it("openssl begins TLS with STARTTLS, and what came in plain behind it is never read", async () => {
    const { stdout } = await run("sh", [
      "-c",
      `echo | openssl s_client -connect 127.0.0.1:${portOf("starttls")} -starttls xmpp -xmpphost localhost -CAfile ${authority.cert} -verify_hostname localhost 2>/dev/null`,
    ]);
    const socket = connect(portOf("starttls"), "127.0.0.1");
    let heard = "";
    socket.on("error", () => undefined).on("data", (bytes) => (heard += bytes.toString("latin1")));
    const header = `<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='localhost' version='1.0'>`;
    socket.write(`${header}<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>${header}<iq type='get' id='injected'/>`);
    await new Promise((closed) => {
      socket.once("close", closed);
      setTimeout(() => socket.end(), 300);
    });

    assert.match(stdout, /Verify return code: 0 \(ok\)/);
    assert.match(heard, /<proceed [^>]*\/>$/);
  });
});
