import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { Scram, type ScramHash, type ScramOptions } from "../../../conformance/clients/sasl.ts";
import { auth, desk, FakeLink, type Desk } from "./fakes.ts";

const sasl = "urn:ietf:params:xml:ns:xmpp-sasl";
const header = `<stream:stream xmlns="jabber:client" xmlns:stream="http://etherx.jabber.org/streams" to="localhost" version="1.0">`;
const exported = Buffer.alloc(32, 7);
const endPoint = Buffer.alloc(32, 9);

/** A link in TLS 1.3 that binds to these. */
function inTls(): FakeLink {
  const link = new FakeLink();
  link.tls = {
    protocol: "TLSv1.3",
    cipher: "TLS_AES_256_GCM_SHA384",
    serverName: undefined,
    alpn: undefined,
    client: undefined,
    serverEndPoint: endPoint,
    exporter: (label, length) => (label === "EXPORTER-Channel-Binding" && length === 32 ? exported : undefined),
  };
  return link;
}

describe("SCRAM with channel binding", () => {
  let at: Desk;
  beforeEach(async () => (at = await desk()));
  afterEach(() => at[Symbol.asyncDispose]());

  async function opened(link: FakeLink): Promise<string> {
    at.dial(link).writes(header);
    return link.hears("<stream:features");
  }

  /** The outcome: `success`, or the condition of the failure. */
  async function scram(
    link: FakeLink,
    hash: ScramHash,
    { plus = true, ...options }: ScramOptions & { readonly plus?: boolean },
  ): Promise<{ readonly outcome: string; readonly exchange: Scram }> {
    const exchange = new Scram(hash, { user: "alice", password: "secret-alice" }, options);
    link.writes(auth(`SCRAM-${hash}${plus ? "-PLUS" : ""}`, exchange.first));
    const answer = await link.hears(sasl);
    if (answer.startsWith("<failure")) return { outcome: /<failure[^>]*><([\w-]+)/.exec(answer)![1]!, exchange };
    link.writes(`<response xmlns="${sasl}">${exchange.final(/>([^<]+)</.exec(answer)![1]!)}</response>`);
    const end = await link.hears(sasl);
    const outcome = end.startsWith("<success") ? "success" : /<failure[^>]*><([\w-]+)/.exec(end)![1]!;
    if (outcome === "success") assert.ok(exchange.proves(/>([^<]+)</.exec(end)![1]!));
    return { outcome, exchange };
  }

  it("is offered in TLS over TCP, with its types (XEP-0440)", async () => {
    const features = await opened(inTls());

    assert.match(features, /<mechanism>SCRAM-SHA-256-PLUS<\/mechanism><mechanism>SCRAM-SHA-1-PLUS<\/mechanism>/);
    assert.match(
      features,
      /<sasl-channel-binding xmlns="urn:xmpp:sasl-cb:0"><channel-binding type="tls-exporter"\/><channel-binding type="tls-server-end-point"\/>/,
    );
    assert.doesNotMatch(await opened(new FakeLink()), /PLUS|sasl-cb/, "without TLS");
    const socket = inTls();
    const { handler } = at.connect(true, socket);
    handler!.text!(`<open xmlns="urn:ietf:params:xml:ns:xmpp-framing" to="localhost" version="1.0"/>`);
    assert.doesNotMatch(await socket.hears("<stream:features"), /PLUS|sasl-cb/, "a browser does not see its TLS");
  });

  it("has no tls-exporter where TLS cannot say it", async () => {
    const link = inTls();
    link.tls = { ...link.tls!, exporter: () => undefined };

    assert.match(await opened(link), /"urn:xmpp:sasl-cb:0"><channel-binding type="tls-server-end-point"\/><\//);
  });

  for (const hash of ["SHA-1", "SHA-256"] as const) {
    it(`binds to either type (${hash})`, async () => {
      for (const [type, channel] of [
        ["tls-exporter", exported],
        ["tls-server-end-point", endPoint],
      ] as const) {
        const link = inTls();
        await opened(link);
        assert.equal((await scram(link, hash, { gs2: `p=${type},,`, channel })).outcome, "success");
      }
    });
  }

  const refused: readonly (readonly [why: string, options: Parameters<typeof scram>[2]])[] = [
    ["another channel: somebody stands between", { gs2: "p=tls-exporter,,", channel: Buffer.alloc(32, 8) }],
    ["no channel's data at all", { gs2: "p=tls-exporter,," }],
    ["a type that is not offered", { gs2: "p=tls-unique,,", channel: exported }],
    ["a mechanism with -PLUS and the flag n", { gs2: "n,," }],
    ["a mechanism with -PLUS and the flag y", { gs2: "y,," }],
    ["the flag p and a mechanism without -PLUS", { plus: false, gs2: "p=tls-exporter,,", channel: exported }],
    ["the flag y, while binding is offered (RFC 5802 §6)", { plus: false, gs2: "y,," }],
  ];
  for (const [why, options] of refused) {
    it(`refuses ${why}`, async () => {
      const link = inTls();
      await opened(link);

      assert.equal((await scram(link, "SHA-256", options)).outcome, "not-authorized");
      assert.equal((await scram(link, "SHA-256", { plus: false, gs2: "n,," })).outcome, "success");
    });
  }

  it("takes the flag y where no binding is offered", async () => {
    const link = new FakeLink();
    await opened(link);

    assert.equal((await scram(link, "SHA-1", { plus: false, gs2: "y,," })).outcome, "success");
  });

  it("says what was offered under the proofs (XEP-0474)", async () => {
    const [bound, plain] = [inTls(), new FakeLink()];
    const mechanisms = (features: string): string =>
      [...features.slice(0, features.indexOf("</mechanisms>")).matchAll(/<mechanism>([^<]+)/g)]
        .map(([, name]) => name)
        .sort()
        .join("\x1e");
    const first = mechanisms(await opened(bound));
    const second = mechanisms(await opened(plain));

    const { exchange } = await scram(bound, "SHA-1", { gs2: "p=tls-exporter,,", channel: exported });
    const other = await scram(plain, "SHA-256", { plus: false });

    const all = `${first}\x1ftls-exporter\x1etls-server-end-point`;
    assert.equal(exchange.challenge.get("h"), createHash("sha1").update(all).digest("base64"));
    assert.equal(other.exchange.challenge.get("h"), createHash("sha256").update(second).digest("base64"));
  });
});

describe("the hash of XEP-0474", () => {
  it("is that of the specification's example", async () => {
    const { offerHash } = await import("../../../protocols/xmpp/sasl/mechanisms.ts");
    const bindings = { types: ["tls-server-end-point", "tls-exporter"], data: () => undefined };

    const hash = offerHash({ offered: ["SCRAM-SHA-1-PLUS", "SCRAM-SHA-1"], bindings }, "SHA-1");

    assert.equal(hash, "G6k/rBLDqgOhRRaCuuatSDFkJ08=");
  });
});
