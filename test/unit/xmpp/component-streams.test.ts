import assert from "node:assert/strict";
import { component, gateway, handshakeFor, header, streams } from "./component-scene.ts";
import { desk, type Desk } from "./fakes.ts";

describe("external components (XEP-0114)", () => {
  let at: Desk;
  beforeEach(async () => (at = await desk({ components: [gateway] })));
  afterEach(() => at[Symbol.asyncDispose]());

  describe("the stream", () => {
    it("is answered with a header of its own namespace, from the component, with an id", () => {
      const link = at.call();

      link.writes(header());

      assert.match(
        link.all,
        new RegExp(
          `<stream:stream xmlns="jabber:component:accept" xmlns:stream="${streams}" from="gate.localhost" id="[^"]{16}">$`,
        ),
      );
    });

    for (const [what, opening, condition] of [
      ["a domain that is not configured", header("elsewhere.localhost"), "host-unknown"],
      ["the host's own domain", header("localhost"), "host-unknown"],
      ["a client's namespace", header(gateway.domain, "jabber:client"), "invalid-namespace"],
      ["another kind of component", header(gateway.domain, "jabber:component:connect"), "invalid-namespace"],
    ] as const) {
      it(`for ${what} ends with a header, ${condition} and the end`, () => {
        const link = at.call();

        link.writes(opening);

        assert.match(
          link.all,
          new RegExp(`<stream:stream [^>]*><stream:error [^>]*><${condition} .*</stream:stream>$`),
        );
        assert.notEqual(link.closedWith, undefined);
      });
    }

    it("is not-authorized with a wrong handshake, and with a stanza instead of one", async () => {
      for (const said of [
        "<handshake>aaee83c26aeeafcbabeabfcbcd50df997e0a2a1e</handshake>",
        "<message to='alice@localhost' from='gate.localhost'/>",
      ]) {
        const link = at.call();
        link.writes(header());

        link.writes(said);

        await link.hears("<not-authorized ");
        assert.notEqual(link.closedWith, undefined);
      }
    });

    it("takes a secret as it is and escaped as XML is", async () => {
      await using second = await desk({ components: [{ domain: gateway.domain, secret: "a&b" }] });
      for (const secret of ["a&b", "a&amp;b"]) {
        const link = second.call();
        link.writes(header());
        link.writes(handshakeFor(link, secret));
        await link.hears("<handshake/>");
        link.writes("</stream:stream>");
        link.handler!.closed();
      }
    });

    it("is a conflict while another is connected, and not any more after it", async () => {
      const first = await component(at);
      const second = at.call();
      second.writes(header());
      await second.hears("<conflict ");

      first.handler!.closed();

      await component(at);
    });

    it("ends when nothing is said in time", async () => {
      const link = at.call();
      link.writes(header());

      at.clock.advance(60_000);

      await link.hears("<connection-timeout ");
    });

    it("is asked whether it is there after a silence, and let go when it does not answer", async () => {
      const link = await component(at);

      at.clock.advance(91_000);
      await link.hears("urn:xmpp:ping");
      at.clock.advance(91_000);

      await link.hears("<connection-timeout ");
    });

    for (const [what, attributes, condition] of [
      ["from another domain", "from='alice@localhost' to='bob@localhost'", "invalid-from"],
      ["from a domain below its own", "from='a@x.gate.localhost' to='bob@localhost'", "invalid-from"],
      ["without from", "to='bob@localhost'", "improper-addressing"],
      ["without to", "from='gate.localhost'", "improper-addressing"],
    ] as const) {
      it(`ends with ${condition} for a stanza ${what}`, async () => {
        const link = await component(at);

        link.writes(`<message ${attributes}><body>hi</body></message>`);

        await link.hears(`<${condition} `);
        assert.notEqual(link.closedWith, undefined);
      });
    }

    it("ends with unsupported-stanza-type for what is no stanza", async () => {
      const link = await component(at);

      link.writes("<log/>");

      await link.hears("<unsupported-stanza-type ");
    });

    it("says system-shutdown when the server goes down", async () => {
      const second = await desk({ components: [gateway] });
      const link = await component(second);
      const closing = second[Symbol.asyncDispose]();

      await link.hears("<system-shutdown ");
      link.handler!.closed();
      await closing;
    });
  });
});
