import assert from "node:assert/strict";
import { once } from "node:events";
import { connect as connectTls } from "node:tls";
import { dial, Notebook, tcpFor } from "./peers.ts";
import { TlsScene } from "./tls-scene.ts";

describe("TLS begun with STARTTLS", function () {
  this.timeout(20_000);
  const scene = new TlsScene();

  async function plain(): Promise<Notebook> {
    const book = new Notebook();
    scene.listener = await tcpFor(book.accept, undefined, 0, { startTls: scene.gate() });
    return book;
  }

  it("goes on with the same link, and says that it is secured", async () => {
    const book = await plain();
    const raw = await dial(scene.port);
    raw.write("starttls");
    const noted = await book.until(({ heard }) => heard.length > 0);
    const before = noted.link.tls;

    noted.link.send("proceed");
    noted.link.startTls?.();
    noted.link.send("said too early, and never heard");
    await once(raw, "data");
    const client = connectTls({ socket: raw, ca: await scene.authority.ca, host: "localhost" });
    await once(client, "secureConnect");
    await book.until(({ secures }) => secures === 1);
    client.write("in TLS");
    await book.until(({ heard }) => heard.length > 1);
    noted.link.send("answer");
    noted.link.close();

    assert.equal(before, undefined);
    assert.equal(Buffer.concat(await client.toArray()).toString(), "answer");
    assert.deepEqual([noted.link.tls?.protocol, noted.link.startTls], ["TLSv1.3", undefined]);
    assert.deepEqual(noted.heard.map(String), ["starttls", "in TLS"]);
    await book.until(({ closes }) => closes === 1);
  });

  it("never hears what was put behind the command in plain", async () => {
    const book = await plain();
    const raw = await dial(scene.port);
    const noted = await book.until();
    // As when the handler takes its time over the command while more comes.
    noted.link.pause();
    raw.write("injected");
    await new Promise((later) => setTimeout(later, 50));

    noted.link.send("proceed");
    noted.link.startTls?.();
    await once(raw, "data");
    const client = connectTls({ socket: raw, ca: await scene.authority.ca, host: "localhost" });
    // What was not read yet takes the place of the handshake, which fails; where it was, it is thrown away.
    client.on("error", () => undefined);
    client.once("secureConnect", () => client.write("in TLS"));
    await book.until(({ closes, heard }) => closes === 1 || heard.length > 0);

    assert.deepEqual(
      noted.heard.map(String).filter((heard) => heard !== "in TLS"),
      [],
    );
    client.destroy();
  });

  it("closes when no handshake follows, and once", async () => {
    const book = await plain();
    const raw = await dial(scene.port);
    const noted = await book.until();

    noted.link.startTls?.();
    raw.write("<auth/> in plain, which is no handshake");
    await book.until(({ closes }) => closes === 1);

    assert.deepEqual(noted.heard, []);
  });

  it("is cut when the front-end closes during the handshake", async () => {
    const book = await plain();
    const raw = await dial(scene.port);
    const noted = await book.until();

    noted.link.startTls?.();
    noted.link.close();
    await once(raw, "close");

    await book.until(({ closes }) => closes === 1);
  });
});
