import assert from "node:assert/strict";
import fc from "fast-check";
import { until } from "../../../src/testing/until.ts";
import { auth, desk, FakeLink, type Desk } from "./fakes.ts";
import { plain } from "./socket.ts";

const streams = "http://etherx.jabber.org/streams";
const header = `<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='${streams}' to='localhost' version='1.0'>`;
const login = auth("PLAIN", plain("alice", "secret-alice"));
const bind = `<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>desk</resource></bind></iq>`;
const ping = (id: string): string => `<iq type='get' id='${id}'><ping xmlns='urn:xmpp:ping'/></iq>`;
const starttls = `<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>`;

/** A plain link from elsewhere that can go on in TLS. */
class Upgradable extends FakeLink {
  handshakes = 0;

  constructor(secure = false) {
    super(secure);
    this.startTls = () => {
      this.handshakes += 1;
      this.startTls = undefined;
    };
  }

  /** The handshake is done. */
  secured(): void {
    this.secure = true;
    this.handler!.secured?.();
  }
}

describe("XMPP over TCP", () => {
  let at: Desk;
  beforeEach(async () => (at = await desk()));
  afterEach(() => at[Symbol.asyncDispose]());

  it("is opened with an XML declaration, a header of ours and the features (RFC 6120 §4.2, §11.5)", () => {
    const link = at.dial();

    link.writes(header);

    assert.match(
      link.all,
      new RegExp(
        `^<\\?xml version="1.0"\\?><stream:stream xmlns="jabber:client" xmlns:stream="${streams}" from="localhost" id="[^"]{16}" version="1.0" xml:lang="en"><stream:features [^>]*><mechanisms `,
      ),
    );
  });

  it("says to whom it answers, when the client said who it is (RFC 6120 §4.7.2)", () => {
    const link = at.dial();

    link.writes(header.replace(" to=", " from='alice@localhost' to="));

    assert.match(link.all, /<stream:stream [^>]* to="alice@localhost" /);
  });

  it("logs in, binds, talks and closes", async () => {
    const link = at.dial();

    link.writes(header);
    link.writes(login);
    await link.hears("<success");
    link.writes(header);
    assert.match(link.all, /<\?xml version="1.0"\?><stream:stream .*<bind /);
    link.writes(bind);
    assert.match(await link.hears('id="b"'), /<jid>alice@localhost\/desk<\/jid>/);
    link.writes(` \n${ping("p")}  `);
    await link.hears('id="p"');
    link.writes("</stream:stream>");
    link.writes(" and what is no XML any more");

    await until(() => link.sent.at(-1) === "</stream:stream>");
    assert.equal(link.closedWith, undefined, "who closed first ends the connection (RFC 6120 §4.4)");
    at.clock.advance(500);
    assert.notEqual(link.closedWith, undefined);
    assert.doesNotMatch(link.all, /stream:error/);
  });

  it("understands a client that does not wait for the answers", async () => {
    const link = at.dial();

    link.writes(header + login + header + bind + ping("p"));

    await link.hears('id="p"');
    assert.doesNotMatch(link.all, /stream:error/);
  });

  it("says the same whatever the pieces", async () => {
    const dialogue = Buffer.from(
      `${header}${auth("SECRET-HANDSHAKE", "")}${login}${header}${bind}${ping("a > b, ü😀 &amp;&#x00041;&#0066; &lt;")}${ping("last")}</stream:stream>`,
    );
    const ids = /(?<= id=")[A-Za-z0-9_-]{16,}(?=")/g;
    const answers = async (cuts: readonly number[]): Promise<string> => {
      const link = at.dial();
      const ends = [...new Set(cuts.map((cut) => cut % dialogue.length))].sort((a, b) => a - b);
      let from = 0;
      for (const end of [...ends, dialogue.length]) {
        link.writes(dialogue.subarray(from, end));
        from = end;
        if (end % 3 === 0) await new Promise(setImmediate);
      }
      await until(() => link.all.endsWith("</stream:stream>"));
      return link.all.replaceAll(ids, "");
    };
    const whole = await answers([]);

    assert.match(
      whole,
      /<invalid-mechanism\/><\/failure>.*<success.*id="a &gt; b, ü😀 &amp;AB &lt;".*id="last".*<\/stream:stream>$/s,
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(2_000), { maxLength: 40 }), async (cuts) => {
        assert.equal(await answers(cuts), whole);
      }),
      { numRuns: 25 },
    );
  });

  const refused: readonly (readonly [what: string, said: string, condition: string])[] = [
    ["another host", header.replace("to='localhost'", "to='elsewhere'"), "host-unknown"],
    ["no host", header.replace("to='localhost'", ""), "improper-addressing"],
    ["no version", header.replace("version='1.0'>", ">"), "unsupported-version"],
    ["another root", header.replaceAll("stream:stream", "stream:river"), "bad-format"],
    ["another stream namespace", header.replace(streams, "urn:x"), "invalid-namespace"],
    ["a server's stream", header.replace("jabber:client", "jabber:server"), "invalid-namespace"],
    ["an unbound prefix", header.replace("xmlns:stream=", "xmlns:flow="), "not-well-formed"],
    ["another encoding", header.replace("?>", " encoding='latin1'?>"), "unsupported-encoding"],
    ["a DTD", `<!DOCTYPE stream:stream>${header}`, "restricted-xml"],
    ["HTTP", "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", "not-well-formed"],
    ["bytes that are no UTF-8", `${header}<\xff`, "not-well-formed"],
    ["text between stanzas", `${header}hello<`, "bad-format"],
    // saxes alone would wait for a semicolon.
    ["a lone ampersand", `${header}<auth>a & b`, "not-well-formed"],
    ["an ampersand before an end", `${header}<auth>a &amp</auth>`, "not-well-formed"],
    ["a reference to nothing", `${header}<auth>&#12g`, "not-well-formed"],
    ["an unknown entity", `${header}<auth>&nbspace`, "not-well-formed"],
    ["a wrong end", `${header}</stream:river>`, "not-well-formed"],
    ["a comment", `${header}<!-- hello -->`, "restricted-xml"],
    ["a stanza before authentication", `${header}<message to='bob@localhost'/>`, "not-authorized"],
    ["too much before authentication", `${header}<auth>${"x".repeat(11 << 10)}`, "policy-violation"],
    ["a header without end", `${header.slice(0, -1)} x='${"x".repeat(11 << 10)}`, "policy-violation"],
  ];
  for (const [what, said, condition] of refused) {
    it(`ends for ${what} with ${condition}, behind a header of ours (RFC 6120 §4.9.1.2)`, async () => {
      const link = at.dial();

      link.writes(Buffer.from(said, "latin1"));

      await until(() => link.closedWith !== undefined);
      assert.match(link.all, /^<\?xml version="1.0"\?><stream:stream [^>]*version="1.0" xml:lang="en">/);
      assert.match(link.all, new RegExp(`<stream:error [^>]*><${condition} [^]*</stream:error></stream:stream>$`));
    });
  }

  it("keeps little for a client that goes on before it has an answer", async () => {
    const link = at.dial();

    link.writes(header + login);
    link.writes(header + "<a/>".repeat(4 << 10));

    assert.match(link.all, /<policy-violation .*<\/stream:stream>$/);
  });

  it("takes a stream without prefix for what it is", () => {
    const link = at.dial();

    link.writes(`<stream xmlns='${streams}' to='localhost' version='1.0'>`);

    assert.match(link.all, /<mechanisms /);
  });

  it("counts white space as a sign of life (RFC 6120 §4.6.1)", async () => {
    const link = at.dial();
    link.writes(header + login);
    await link.hears("<success");
    link.writes(header + bind);
    await link.hears('id="b"');

    for (let i = 0; i < 30; i++) {
      at.clock.advance(30_000);
      link.writes(" ");
    }

    assert.equal(link.closedWith, undefined);
    assert.doesNotMatch(link.all, /urn:xmpp:ping/);
  });

  it("sends a header of its own before an error that comes after login and before the next header", async () => {
    const link = at.dial();
    link.writes(header + login);
    await link.hears("<success");

    link.writes("<x/>");

    assert.match(link.all, /^<\?xml version="1.0"\?><stream:stream .*<stream:error .*<\/stream:stream>$/);
  });

  describe("with a certificate", () => {
    it("offers STARTTLS, and nothing else, to a client that is elsewhere (RFC 6120 §5.3.1)", () => {
      const link = at.dial(new Upgradable());

      link.writes(header);

      assert.match(
        link.all,
        /<stream:features [^>]*><starttls xmlns="urn:ietf:params:xml:ns:xmpp-tls"><required\/><\/starttls><\/stream:features>$/,
      );
    });

    it("offers it beside SASL on this machine", () => {
      const link = at.dial(new Upgradable(true));

      link.writes(header);

      assert.match(link.all, /<starttls [^>]*><optional\/><\/starttls><mechanisms /);
    });

    it("refuses a login before TLS (RFC 6120 §6.5.4)", async () => {
      const link = at.dial(new Upgradable());

      link.writes(header + login);

      await link.hears("<encryption-required/>");
      assert.equal(link.closedWith, undefined);
    });

    it("proceeds, forgets what was put behind the command in plain, and begins anew in TLS", async () => {
      const link = new Upgradable();
      at.dial(link);

      link.writes(`${header}${starttls}${header}${auth("PLAIN", plain("bob", "secret-bob"))}<message `);
      const before = link.all;
      link.secured();
      link.writes(header);
      link.writes(login);
      await link.hears("<success");
      link.writes(header + bind);
      const bound = await link.hears('id="b"');

      assert.match(before, /<\/stream:features><proceed xmlns="urn:ietf:params:xml:ns:xmpp-tls"\/>$/);
      assert.equal(link.handshakes, 1);
      assert.match(bound, /alice@localhost\/desk/);
    });

    it("does not go on in TLS with an exchange from before (RFC 6120 §5.4.3.3)", async () => {
      const link = new Upgradable(true);
      at.dial(link);
      link.writes(`${header}<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'/>`);
      await link.hears("<challenge");

      link.writes(starttls);
      link.secured();
      link.writes(
        `${header}<response xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>${plain("alice", "secret-alice")}</response>`,
      );

      assert.match(await link.hears("<failure"), /<malformed-request\/>/);
    });

    it("has it once, and not after login", async () => {
      const twice = new Upgradable();
      at.dial(twice);
      twice.writes(header + starttls);
      twice.secured();
      twice.writes(header + starttls);
      const late = at.dial(new Upgradable(true));
      late.writes(header + login);
      await late.hears("<success");
      late.writes(header + starttls);

      for (const link of [twice, late]) {
        await until(() => link.closedWith !== undefined);
        assert.match(link.all, /<failure xmlns="urn:ietf:params:xml:ns:xmpp-tls"\/><\/stream:stream>$/);
      }
    });

    it("lets go of a client that asks for TLS and never comes on", () => {
      const link = new Upgradable();
      at.dial(link);
      link.writes(header + starttls);

      at.clock.advance(11_000);

      assert.notEqual(link.closedWith, undefined);
    });
  });
});
