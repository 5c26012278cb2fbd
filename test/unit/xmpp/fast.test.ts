import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { Scram } from "../../../conformance/clients/sasl.ts";
import { localUser } from "../../../src/testing/core.ts";
import { desk, type FakeLink, open, type Desk } from "./fakes.ts";
import { agent, authenticate, greeted, password, sasl2 } from "./sasl2-scene.ts";

const fastNs = "urn:xmpp:fast:0";
const day = 24 * 60 * 60_000;
const none = "HT-SHA-256-NONE";
const request = (mechanism = none): string => `<request-token xmlns="${fastNs}" mechanism="${mechanism}"/>`;
const fast = (attrs = ""): string => `<fast xmlns="${fastNs}"${attrs}/>`;

function initial(token: string, name = "alice", channel = Buffer.alloc(0)): string {
  const said = Buffer.concat([Buffer.from("Initiator"), channel]);
  const signature = createHmac("sha256", token).update(said).digest();
  return Buffer.concat([Buffer.from(`${name}\0`), signature]).toString("base64");
}

function byToken(token: string, inner = agent() + fast(), mechanism = none): string {
  return authenticate(mechanism, initial(token), inner);
}

function tokenIn(success: string): { token: string; expiry: string } | undefined {
  const [, expiry, token] = /<token xmlns="urn:xmpp:fast:0" expiry="([^"]+)" token="([^"]+)"\/>/.exec(success) ?? [];
  return token === undefined ? undefined : { token, expiry: expiry! };
}

describe("FAST (XEP-0484)", () => {
  let at: Desk;
  beforeEach(async () => (at = await desk()));
  afterEach(() => at[Symbol.asyncDispose]());

  const given = async (inner = agent() + request()): Promise<string> =>
    tokenIn((await greeted(at, password(inner))).success)!.token;

  async function fails(frame: string, condition: string): Promise<void> {
    const link = at.connect();
    link.says(open);
    link.says(frame);
    assert.match(await link.hears("<failure"), new RegExp(`<failure xmlns="${sasl2}"><${condition} `));
    assert.equal(link.closedWith, undefined);
  }

  it("is offered with the mechanisms that fit, over what is secure", async () => {
    const [secure, listened] = [at.connect(), at.connect(false)];
    for (const link of [secure, listened]) link.says(open);

    assert.match(secure.all, /<fast xmlns="urn:xmpp:fast:0"><mechanism>HT-SHA-256-NONE<\/mechanism><\/fast>/);
    assert.doesNotMatch(secure.all, /<authentication [^>]+><mechanism>HT/);
    assert.doesNotMatch(listened.all, /<fast/);
  });

  it("gives a token that lets the client in, in one step, and proves the server", async () => {
    const { success } = await greeted(at, password(agent() + request()));
    const { token, expiry } = tokenIn(success)!;
    assert.equal(expiry, new Date(at.clock.now() + 21 * day).toISOString());

    const again = await greeted(at, byToken(token, `${agent()}${fast()}<bind xmlns="urn:xmpp:bind:0"/>`));

    const data = /<additional-data>([^<]+)</.exec(again.success)![1];
    assert.equal(data, createHmac("sha256", token).update("Responder").digest("base64"));
    assert.match(again.jid, /^alice@localhost\/./);
    assert.equal(tokenIn(again.success), undefined);
    await greeted(at, byToken(token));
  });

  it("gives none that was not asked for, for a mechanism nobody knows, or to a client without an id", async () => {
    for (const inner of [agent(), agent() + request("HT-WEIRD"), request(), `<user-agent/>${request()}`])
      assert.equal(tokenIn((await greeted(at, password(inner))).success), undefined);
  });

  it("gives none to who was let in by somebody else's word", async () => {
    const jwt = await at.core.accounts.issueToken(localUser("alice"), 60_000);
    const plain = Buffer.from(`\0alice\0${jwt}`).toString("base64");

    const { success } = await greeted(at, authenticate("PLAIN", plain, agent() + request()));

    assert.equal(tokenIn(success), undefined);
  });

  it("refuses the token of another client, a wrong one, and none", async () => {
    const token = await given();

    await fails(byToken(token, agent("d4565fa7-4d72-4749-b3d3-740edbf87771") + fast()), "not-authorized");
    await fails(byToken(token, fast()), "not-authorized");
    await fails(byToken("x".repeat(96)), "not-authorized");
    await fails(authenticate(none, initial(token, "bob"), agent() + fast()), "not-authorized");
    await fails(authenticate(none, initial(token, "no body"), agent() + fast()), "not-authorized");
    await fails(byToken(token, agent()), "malformed-request");
    await fails(byToken(token, agent() + fast(` count="many"`)), "malformed-request");
    await fails(authenticate(none, "YWxpY2U=", agent() + fast()), "malformed-request");
    await fails(byToken(token, agent() + fast(), "HT-SHA-256-EXPR"), "invalid-mechanism");
    await greeted(at, byToken(token));
  });

  it("is not a mechanism of the classic profile", async () => {
    const link = at.connect();
    link.says(open);

    link.says(`<auth xmlns="urn:ietf:params:xml:ns:xmpp-sasl" mechanism="${none}">${initial(await given())}</auth>`);

    assert.match(await link.hears("<failure"), /<invalid-mechanism\/>/);
  });

  it("gives the next one when it is time, and the old one is good until that is used", async () => {
    const old = await given();
    at.clock.advance(8 * day);

    const next = tokenIn((await greeted(at, byToken(old))).success)!.token;

    await greeted(at, byToken(old));
    const newest = tokenIn((await greeted(at, byToken(old))).success)!.token;
    await fails(byToken(next), "credentials-expired");
    await greeted(at, byToken(newest));
    await fails(byToken(old), "credentials-expired");
  });

  it("says when a token is too old, and is asked for another way", async () => {
    const token = await given();
    at.clock.advance(22 * day);

    await fails(byToken(token), "credentials-expired");
  });

  it("takes a count once", async () => {
    const token = await given();

    await greeted(at, byToken(token, agent() + fast(` count="7"`)));
    await fails(byToken(token, agent() + fast(` count="7"`)), "not-authorized");
    await greeted(at, byToken(token, agent() + fast(` count="8"`)));
  });

  it("forgets a token that the client has done with, and gives another only if asked", async () => {
    const token = await given();
    at.clock.advance(8 * day);

    const { success } = await greeted(at, byToken(token, agent() + fast(` invalidate="true"`)));
    assert.equal(tokenIn(success), undefined);
    await fails(byToken(token), "credentials-expired");

    const second = await given();
    const inner = `${agent()}${fast(` invalidate="1"`)}${request()}`;
    const third = tokenIn((await greeted(at, byToken(second, inner))).success)!.token;
    await fails(byToken(second), "credentials-expired");
    await greeted(at, byToken(third));
  });

  describe("in TLS over TCP", () => {
    const exported = Buffer.alloc(32, 7);
    const endPoint = Buffer.alloc(32, 9);
    const header = `<stream:stream xmlns="jabber:client" xmlns:stream="http://etherx.jabber.org/streams" to="localhost" version="1.0">`;
    const channels = { "HT-SHA-256-EXPR": exported, "HT-SHA-256-ENDP": endPoint } as const;

    async function dialled(): Promise<FakeLink> {
      const link = at.dial();
      const parts = { protocol: "TLSv1.3", cipher: "", serverName: undefined, alpn: undefined, client: undefined };
      link.tls = { ...parts, serverEndPoint: endPoint, exporter: () => exported };
      link.writes(header);
      assert.match(
        await link.hears("<stream:features"),
        /<fast [^>]+><mechanism>HT-SHA-256-EXPR<\/mechanism><mechanism>HT-SHA-256-ENDP<\/mechanism><mechanism>HT-SHA-256-NONE</,
      );
      return link;
    }

    for (const [mechanism, channel] of Object.entries(channels)) {
      it(`binds to the channel: ${mechanism}`, async () => {
        const scram = new Scram("SHA-256", { user: "alice", password: "secret-alice" });
        const first = await dialled();
        first.writes(authenticate("SCRAM-SHA-256", scram.first, agent() + request(mechanism)));
        const challenge = />([^<]+)</.exec(await first.hears("<challenge"))![1]!;
        first.writes(`<response xmlns="${sasl2}">${scram.final(challenge)}</response>`);
        const { token } = tokenIn(await first.hears("<success"))!;

        const second = await dialled();
        second.writes(authenticate(mechanism, initial(token, "alice", channel), agent() + fast()));
        const data = /<additional-data>([^<]+)</.exec(await second.hears("<success"))![1];
        const said = Buffer.concat([Buffer.from("Responder"), channel]);
        assert.equal(data, createHmac("sha256", token).update(said).digest("base64"));

        const stolen = await dialled();
        for (const wrong of [
          authenticate(mechanism, initial(token, "alice", Buffer.alloc(32)), agent() + fast()),
          authenticate(none, initial(token), agent() + fast()), // §3.4: bound to its mechanism
        ]) {
          stolen.writes(wrong);
          assert.match(await stolen.hears("<failure"), /<not-authorized /);
        }
      });
    }
  });
});
