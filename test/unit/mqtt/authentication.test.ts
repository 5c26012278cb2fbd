import assert from "node:assert/strict";
import { createHash, createHmac, pbkdf2Sync, randomBytes } from "node:crypto";
import type { IConnackPacket, IDisconnectPacket } from "mqtt-packet";
import type { Link } from "../../../src/index.ts";
import { refusal } from "./asking.ts";
import { World } from "./harness.ts";

describe("MQTT authentication", () => {
  let world: World;
  beforeEach(async () => {
    world = await World.start();
  });
  afterEach(() => world[Symbol.asyncDispose]());

  it("accepts alice, alice@host, and a token in place of the password", async () => {
    const token = Buffer.from(await world.core.accounts.issueToken("alice@localhost" as never, 60_000));

    await world.connect("alice");
    await world.connect("alice", { username: "alice@localhost" });
    await world.connect("alice", { username: "Alice", clientId: "a2" });
    await world.connect("alice", { password: token, clientId: "a3" });
  });

  it("refuses a wrong password and an unknown user alike (0x86; 3.1.1: 4)", async () => {
    for (const [version, code] of [
      [5, 0x86],
      [4, 4],
      [3, 4],
    ] as const) {
      assert.equal(await refusal(world.open(version), "alice", { password: Buffer.from("no") }), code);
      assert.equal(await refusal(world.open(version), "nobody"), code);
      assert.equal(await refusal(world.open(version), "alice", { username: "a b/c" }), code);
      assert.equal(await refusal(world.open(version), "alice", { username: "alice@elsewhere" }), code);
    }
  });

  it("refuses a token of somebody else", async () => {
    const token = Buffer.from(await world.core.accounts.issueToken("bob@localhost" as never, 60_000));

    assert.equal(await refusal(world.open(), "alice", { password: token }), 0x86);
  });

  it("refuses anonymous clients (0x87; 3.1.1: 5), unless an account is named for them", async () => {
    const nobody = { username: undefined, password: undefined } as never;
    assert.equal(await refusal(world.open(), "x", nobody), 0x87);
    assert.equal(await refusal(world.open(4), "x", nobody), 5);
    await world[Symbol.asyncDispose]();
    world = await World.start({ anonymous: "carol" });

    const client = await world.connect("x", nobody);

    assert.equal(client.closed, false);
  });

  it("takes a user name and a password of no bytes for none", async () => {
    const none = Buffer.alloc(0);
    const forms = [
      { username: "", password: undefined },
      { username: "", password: none },
    ] as never[];
    for (const form of forms) assert.equal(await refusal(world.open(), "x", form), 0x87);
    assert.equal(await refusal(world.open(), "alice", { password: none }), 0x86, "alice is named, and not proved");
    const token = Buffer.from(await world.core.accounts.issueToken("bob@localhost" as never, 60_000));
    assert.equal((await world.open(4).connect("bob", { username: "", password: token })).returnCode, 0);
    await world[Symbol.asyncDispose]();
    world = await World.start({ anonymous: "carol" });

    for (const version of [4, 5] as const)
      for (const form of forms) {
        const { returnCode, reasonCode } = await world.open(version).connect("x", form);
        assert.equal(returnCode ?? reasonCode, 0);
      }

    assert.equal(await refusal(world.open(), "alice", { password: none }), 0x86);
  });

  it("knows a client by its certificate, if it sends no password, and only as who it says", async () => {
    await world[Symbol.asyncDispose]();
    world = await World.start({}, { core: { proofs: { certificates: "common_name" } } });
    const shown = (commonName: string): Link["tls"] => ({
      ...{ protocol: "TLSv1.3", cipher: "", serverName: undefined, alpn: undefined, serverEndPoint: undefined },
      client: { commonName, dnsNames: [], emails: [], uris: [], xmppAddresses: [], fingerprint: "" },
      exporter: () => undefined,
    });
    const without = { username: undefined, password: undefined } as never;
    const named = (username: string) => ({ username, password: undefined }) as never;

    for (const version of [4, 5] as const) {
      await world.open(version, { tls: shown("alice") }).connect("alice", without);
      await world.open(version, { tls: shown("alice") }).connect("alice", named("alice"));
      await world.open(version, { tls: shown("alice") }).connect("bob");
      const [wrong, nobody] = version === 5 ? [0x86, 0x87] : [4, 5];
      assert.equal(await refusal(world.open(version, { tls: shown("alice") }), "alice", named("bob")), wrong);
      assert.equal(await refusal(world.open(version, { tls: shown("mallory") }), "x", without), wrong);
      assert.equal(await refusal(world.open(version, { tls: shown("a/b") }), "x", without), nobody);
      assert.equal(await refusal(world.open(version), "alice", named("alice")), wrong);
    }
  });

  it("takes no password over an open line, unless told to", async () => {
    assert.equal(await refusal(world.open(5, { secure: false }), "alice"), 0x87);
    assert.equal(await refusal(world.open(4, { secure: false }), "alice"), 5);
    await world[Symbol.asyncDispose]();
    world = await World.start({ insecurePasswords: true });

    await world.open(4, { secure: false }).connect("alice");
  });

  it("authenticates by SCRAM-SHA-256, and again later", async () => {
    const client = world.open();
    const exchange = scramClient("alice", "secret-alice");
    client.packet({
      cmd: "connect",
      protocolVersion: 5,
      clientId: "scram",
      clean: true,
      properties: { authenticationMethod: "SCRAM-SHA-256", authenticationData: Buffer.from(exchange.first) },
    });
    const challenge = (await client.receive("auth")) as { properties: { authenticationData: Buffer } };
    client.packet({
      cmd: "auth",
      reasonCode: 0x18,
      properties: {
        authenticationMethod: "SCRAM-SHA-256",
        authenticationData: Buffer.from(exchange.final(challenge.properties.authenticationData.toString())),
      },
    });

    const connack = (await client.receive("connack")) as IConnackPacket;

    assert.equal(connack.reasonCode, 0);
    assert.equal(connack.properties?.authenticationData?.toString(), exchange.proof());
    const again = scramClient("alice", "secret-alice");
    client.packet({
      cmd: "auth",
      reasonCode: 0x19,
      properties: { authenticationMethod: "SCRAM-SHA-256", authenticationData: Buffer.from(again.first) },
    });
    const second = (await client.receive("auth")) as { properties: { authenticationData: Buffer } };
    client.packet({
      cmd: "auth",
      reasonCode: 0x18,
      properties: {
        authenticationMethod: "SCRAM-SHA-256",
        authenticationData: Buffer.from(again.final(second.properties.authenticationData.toString())),
      },
    });
    assert.equal(((await client.receive("auth")) as { reasonCode: number }).reasonCode, 0);
  });

  it("refuses a wrong SCRAM proof (0x86), an unknown method (0x8C), and AUTH without a method (0x82)", async () => {
    const client = world.open();
    const exchange = scramClient("alice", "wrong");
    client.packet({
      cmd: "connect",
      protocolVersion: 5,
      clientId: "scram",
      clean: true,
      properties: { authenticationMethod: "SCRAM-SHA-256", authenticationData: Buffer.from(exchange.first) },
    });
    const challenge = (await client.receive("auth")) as { properties: { authenticationData: Buffer } };
    client.packet({
      cmd: "auth",
      reasonCode: 0x18,
      properties: {
        authenticationMethod: "SCRAM-SHA-256",
        authenticationData: Buffer.from(exchange.final(challenge.properties.authenticationData.toString())),
      },
    });
    assert.equal(((await client.receive("connack")) as IConnackPacket).reasonCode, 0x86);

    assert.equal(await refusal(world.open(), "alice", { properties: { authenticationMethod: "X" } }), 0x8c);

    const plain = await world.connect("alice");
    plain.packet({ cmd: "auth", reasonCode: 0x19, properties: { authenticationMethod: "SCRAM-SHA-256" } });
    assert.equal(((await plain.receive("disconnect")) as IDisconnectPacket).reasonCode, 0x82);
  });
});

function scramClient(
  user: string,
  password: string,
): { first: string; final(server: string): string; proof(): string } {
  const nonce = randomBytes(12).toString("base64");
  const bare = `n=${user},r=${nonce}`;
  let verifier = "";
  return {
    first: `n,,${bare}`,
    final: (server) => {
      const { r, s, i } = Object.fromEntries(server.split(",").map((part) => [part[0], part.slice(2)]));
      const salted = pbkdf2Sync(password, Buffer.from(s, "base64"), Number(i), 32, "sha256");
      const clientKey = createHmac("sha256", salted).update("Client Key").digest();
      const without = `c=biws,r=${r}`;
      const authMessage = `${bare},${server},${without}`;
      const signature = createHmac("sha256", createHash("sha256").update(clientKey).digest())
        .update(authMessage)
        .digest();
      const serverKey = createHmac("sha256", salted).update("Server Key").digest();
      verifier = `v=${createHmac("sha256", serverKey).update(authMessage).digest("base64")}`;
      return `${without},p=${Buffer.from(clientKey.map((byte, at) => byte ^ signature[at]!)).toString("base64")}`;
    },
    proof: () => verifier,
  };
}
