import assert from "node:assert/strict";
import { createHash, X509Certificate } from "node:crypto";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import type { ConnectionOptions, TLSSocket } from "node:tls";
import { serverEndPointOf } from "../../../src/net/certificate.ts";
import type { TlsFiles } from "../../../src/net/tls-contexts.ts";
import { Authority, type Pair } from "../../support/certificates.ts";
import { TlsScene } from "./tls-scene.ts";

describe("certificates", function () {
  this.timeout(20_000);
  const scene = new TlsScene();

  it("chooses the certificate by the name asked for", async () => {
    const org = await scene.authority.sign({ names: ["DNS.1=chat.example.org", "DNS.2=*.rooms.example.org"] });
    const net = await scene.authority.sign({ names: ["DNS.1=unused.example.net"] });
    const hosts = [
      { ...org, names: [] },
      { ...net, names: ["Example.NET"] },
    ];
    const book = await scene.served(scene.gate({ hosts }));

    const shown = async (servername: string): Promise<string | undefined> => {
      const socket = await scene.dial({ servername, checkServerIdentity: () => undefined });
      const { subjectaltname } = socket.getPeerCertificate();
      // Not destroy: the server may not have heard the end of the handshake yet.
      socket.end();
      return subjectaltname;
    };

    assert.match((await shown("chat.example.org")) ?? "", /chat\.example\.org/);
    assert.match((await shown("A.rooms.example.org")) ?? "", /chat\.example\.org/);
    assert.match((await shown("a.b.rooms.example.org")) ?? "", /localhost/);
    assert.match((await shown("example.net")) ?? "", /unused\.example\.net/);
    assert.match((await shown("elsewhere.example")) ?? "", /localhost/);
    assert.equal((await book.until(() => true, 0)).link.tls?.serverName, "chat.example.org");
  });

  it("shows a replaced certificate to new handshakes, and keeps the connections there are", async () => {
    const pair = await scene.authority.sign({ names: ["DNS.1=localhost", "DNS.2=before.example"] }, "renewed");
    const book = await scene.served(scene.gate(pair));
    const old = await scene.dial({ servername: "localhost" });
    const oldSide = await book.until();

    await scene.authority.sign({ names: ["DNS.1=localhost", "DNS.2=after.example"] }, "renewed");
    scene.contexts?.reload();
    const young = await scene.dial({ servername: "localhost" });
    old.write("still here");
    await book.until(({ heard }) => heard.length > 0);
    oldSide.link.send("and answered");
    const [answer] = (await once(old, "data")) as [Buffer];

    assert.match(old.getPeerCertificate().subjectaltname ?? "", /before\.example/);
    assert.match(young.getPeerCertificate().subjectaltname ?? "", /after\.example/);
    assert.equal(answer.toString(), "and answered");
    old.destroy();
    young.destroy();
  });

  it("keeps the certificate in use when the new files do not fit together", async () => {
    const pair = await scene.authority.sign({ names: ["DNS.1=localhost", "DNS.2=good.example"] });
    const other = await scene.authority.sign();
    await scene.served(scene.gate(pair));

    writeFileSync(pair.key, readFileSync(other.key));
    scene.contexts?.reload();
    const client = await scene.dial({ servername: "localhost" });

    assert.match(client.getPeerCertificate().subjectaltname ?? "", /good\.example/);
    client.destroy();
  });

  it("says which file is wrong, and how", async () => {
    const other = await scene.authority.sign();

    const complaint = (files: Partial<TlsFiles>): string => {
      try {
        scene.gate(files);
        return "";
      } catch (error) {
        return (error as Error).message;
      }
    };

    assert.match(complaint({ cert: "/nowhere.pem" }), /^\/nowhere\.pem: cannot be read \(ENOENT\)$/);
    assert.match(complaint({ cert: scene.server.key }), /\.key: holds no certificate/);
    assert.match(complaint({ key: scene.server.cert }), /\.pem: holds no private key/);
    assert.match(complaint({ key: other.key }), /\.key: is not the key of .*\.pem$/);
  });

  it("knows a client by a certificate that the authority signed, and by no other", async () => {
    const alice = await scene.authority.sign({
      commonName: "alice",
      names: [
        "otherName.1=1.3.6.1.5.5.7.8.5;UTF8:alice@example.org",
        "DNS.1=phone.example.org",
        "email.1=alice@example.com",
        "URI.1=urn:uuid:1",
        "otherName.2=1.3.6.1.5.5.7.8.5;UTF8:älice@im.example.com",
      ],
    });
    const stranger = await Authority.found();
    const forged = await stranger.sign({ commonName: "alice" });
    const book = await scene.served(scene.gate({}, { clientCertificates: "request" }));
    const as = (pair: Pair): ConnectionOptions => ({ cert: readFileSync(pair.cert), key: readFileSync(pair.key) });

    const sockets = [await scene.dial(as(alice)), await scene.dial(as(forged)), await scene.dial()];
    const clients = await Promise.all([0, 1, 2].map(async (at) => (await book.until(() => true, at)).link.tls?.client));

    const { fingerprint256 } = new X509Certificate(readFileSync(alice.cert));
    assert.deepEqual(clients, [
      {
        commonName: "alice",
        dnsNames: ["phone.example.org"],
        emails: ["alice@example.com"],
        uris: ["urn:uuid:1"],
        xmppAddresses: ["alice@example.org", "älice@im.example.com"],
        fingerprint: fingerprint256.replaceAll(":", "").toLowerCase(),
      },
      undefined,
      undefined,
    ]);
    for (const socket of sockets) socket.destroy();
    await stranger[Symbol.asyncDispose]();
  });

  it("takes nobody without a certificate where one is required", async () => {
    const alice = await scene.authority.sign({ commonName: "alice" });
    const book = await scene.served(scene.gate({}, { clientCertificates: "require" }));

    const without = await scene.dial().catch((error: unknown) => error);
    // In TLS 1.3 the client has finished before the server refuses.
    if (!(without instanceof Error)) await new Promise((closed) => (without as TLSSocket).once("close", closed));
    const seen = book.links.length;
    const client = await scene.dial({ cert: readFileSync(alice.cert), key: readFileSync(alice.key) });
    const { link } = await book.until();

    assert.equal(seen, 0);
    assert.equal(link.tls?.client?.commonName, "alice");
    client.destroy();
  });

  it("hashes the certificate for channel binding as its signature does", async () => {
    const bindings: (string | undefined)[] = [];
    const expected: (string | undefined)[] = [];
    // RFC 5929 §4.1: SHA-256 in the place of SHA-1, and nothing where there is no one hash function.
    const kinds = [
      ["sha1", "sha256", "RSA"],
      ["sha256", "sha256", "RSA"],
      ["sha384", "sha384", "RSA"],
      ["sha512", "sha512", "RSA"],
      ["sha1", "sha256", "ECDSA"],
      ["sha384", "sha384", "ECDSA"],
    ] as const;
    await using rsa = await Authority.found(["rsa:2048"]);
    for (const [hash, expectedHash, by] of kinds) {
      const pair = await (by === "RSA" ? rsa : scene.authority).sign({ hash });
      const { raw } = new X509Certificate(readFileSync(pair.cert));
      bindings.push(serverEndPointOf(raw)?.toString("hex"));
      expected.push(createHash(expectedHash).update(raw).digest("hex"));
    }

    assert.deepEqual(bindings, expected);
  });
});
