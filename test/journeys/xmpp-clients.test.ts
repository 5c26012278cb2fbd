// XMPP clients as they come from their registries, in processes of their own, with what each can do beside talking. More
// of them: journeys/table.ts (stanza and @xmpp/client over WebSocket), bosh.test.ts (Strophe.js), converse.test.ts.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Authority } from "../support/certificates.ts";
import { JsonApp } from "../support/clients/json-app.ts";
import { makeRooms, roomOwner } from "../support/rooms.ts";
import { passwordOf, Server } from "../support/server.ts";

const run = promisify(execFile);
// Debian's own, for which Debian's packages are.
const python = "/usr/bin/python3";
const script = (name: string): string =>
  fileURLToPath(new URL(`../../../test/support/clients/${name}`, import.meta.url));
const strophe = fileURLToPath(new URL("../support/clients/strophe-talk.js", import.meta.url));
const room = "lobby@rooms.localhost";

describe("XMPP clients, unmodified", function () {
  this.timeout(120_000);
  let authority: Authority;
  let server: Server;
  let carol: JsonApp;

  before(async () => {
    authority = await Authority.found();
    const pair = await authority.sign();
    server = await Server.prepare({ settings: { TRIVIUM_TLS_CERT: pair.cert, TRIVIUM_TLS_KEY: pair.key } });
    await server.addUsers(["alice", "bob", "carol", roomOwner]);
    await server.start();
    await makeRooms(server, ["lobby"]);
    carol = await answering(server);
  });
  after(async () => {
    await carol?.disconnect();
    await server?.remove();
    await authority?.[Symbol.asyncDispose]();
  });

  /** What the client prints of itself, line by line. */
  async function saidBy(program: string, ...args: readonly string[]): Promise<readonly Record<string, unknown>[]> {
    // OpenSSL, GnuTLS by the program's own argument, and Node each ask for it elsewhere.
    const env = { ...process.env, SSL_CERT_FILE: authority.cert, NODE_EXTRA_CA_CERTS: authority.cert };
    const { stdout } = await run(program, args, { env, timeout: 110_000 });
    const lines = stdout.split("\n").filter((line) => line.startsWith("{"));
    return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  const needs = (library: string, place: string): void => {
    before(async function () {
      const there = await run(python, ["-c", `import ${library}`]).then(
        () => existsSync(place),
        () => false,
      );
      if (there) return;
      console.log(`        skipped: ${library} or ${place} is not installed (Debian: ${wanted[library]})`);
      this.skip();
    });
  };

  describe("slixmpp", () => {
    needs("slixmpp, aiohttp", python);

    it("does what its plugins do: carbons, receipts, marks, rooms, archives, nicks, nodes, files, resumption", async () => {
      const ports = `${server.ports["xmpp"]},${server.ports["xmpps"]}`;
      const people = ["alice", "bob"].flatMap((user) => [`${user}@localhost`, passwordOf(user)]);

      const steps = await saidBy(python, script("slixmpp-tour.py"), ...people, ports, authority.cert, room);

      assert.deepEqual(steps, [
        { step: "login", bound: ["alice@localhost/phone", "alice@localhost/desk", "bob@localhost/desk"] },
        { step: "receipt", right: true },
        { step: "carbon", body: "to bob" },
        { step: "marker", by: "bob@localhost" },
        { step: "room", by: "alice", occupants: ["alice", "bob", "carol"] },
        { step: "archive", account: ["to bob"], room: ["room-history-1", "to all"] },
        { step: "nick", nick: "Alice in the field" },
        { step: "node", event: "first", items: ["7"] },
        { step: "file", status: 200, type: "text/plain", body: "apples" },
        { step: "resumed", body: "while you were away" },
      ]);
    });
  });

  describe("Profanity at a terminal", () => {
    needs("pexpect", "/usr/bin/profanity");

    for (const mode of ["starttls", "direct"] as const) {
      it(`talks with a person and in a room, and shows its history (${mode})`, async () => {
        const port = String(server.ports[mode === "direct" ? "xmpps" : "xmpp"]);
        const who = ["alice@localhost/profanity", passwordOf("alice")];

        const said = await saidBy(
          python,
          script("profanity-talk.py"),
          ...who,
          port,
          mode,
          "carol@localhost",
          room,
          mode,
        );

        assert.deepEqual(said, [
          { bound: "alice@localhost/profanity" },
          { heard: `answer-to-${mode}` },
          { history: "room-history-1" },
          { room: `answer-in-${mode}` },
        ]);
      });
    }
  });

  describe("nbxmpp, which is Gajim's", () => {
    needs("nbxmpp", python);

    for (const mode of ["starttls", "direct", "wss"] as const) {
      it(`talks and reads the archive (${mode})`, async () => {
        const places = {
          starttls: `localhost:${server.ports["xmpp"]}`,
          direct: `localhost:${server.ports["xmpps"]}`,
          wss: `wss://localhost:${server.ports["https"]}/xmpp-websocket`,
        };
        const how = ["bob", passwordOf("bob"), places[mode], mode, authority.cert];

        const said = await saidBy(python, script("nbxmpp-talk.py"), ...how, "carol@localhost", `nb-${mode}`);

        assert.deepEqual(said.slice(0, 2), [
          { bound: "bob@localhost/nbxmpp" },
          { from: "carol@localhost", body: `answer-nb-${mode}`, named: true },
        ]);
        assert.deepEqual(said.slice(-3), [
          { archived: `nb-${mode}` },
          { archived: `answer-nb-${mode}` },
          { complete: true },
        ]);
      });
    }
  });

  describe("Strophe.js", () => {
    it("talks over a WebSocket", async () => {
      const service = `wss://localhost:${server.ports["https"]}/xmpp-websocket`;

      const said = await saidBy(
        process.execPath,
        strophe,
        "bob",
        passwordOf("bob"),
        service,
        "carol@localhost",
        "strophe",
      );

      assert.deepEqual(said, [{ bound: "bob@localhost/strophe" }, { from: "carol@localhost", body: "answer-strophe" }]);
    });
  });
});

const wanted: Readonly<Record<string, string>> = {
  "slixmpp, aiohttp": "python3-slixmpp, python3-aiohttp",
  pexpect: "python3-pexpect, profanity",
  nbxmpp: "python3-nbxmpp",
};

/** Carol answers what she is written, where it was written. */
async function answering(server: Server): Promise<JsonApp> {
  const carol = new JsonApp({ server, user: "carol", device: "script" });
  await carol.connect();
  await carol.join("lobby");
  await carol.send({ room: "lobby" }, "room-history-1", "history-1");
  carol.heard.watch(({ from, room, body, mid }) => {
    if (room !== undefined && !body.startsWith("in-")) return;
    void carol.send(room === undefined ? { user: from } : { room }, `answer-${body}`, `answer-${mid}`);
  });
  return carol;
}
