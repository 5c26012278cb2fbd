import assert from "node:assert/strict";
import { keptBytes } from "../../support/kept-bytes.ts";
import { auth, desk, type FakeLink } from "./fakes.ts";
import { plain } from "./socket.ts";

const header = `<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='localhost' version='1.0'>`;
const bind = `<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>`;

describe("an XMPP connection over TCP that is cut", () => {
  it("keeps nothing of what it was in the middle of, though it may be resumed", async () => {
    await using at = await desk();
    const links = await Promise.all(
      Array.from({ length: 20 }, async (): Promise<FakeLink> => {
        const link = at.dial();
        link.writes(header + auth("PLAIN", plain("alice", "secret-alice")) + header + bind);
        link.writes("<enable xmlns='urn:xmpp:sm:3' resume='true'/>");
        assert.match(await link.hears("<enabled"), /resume="true"/);
        return link;
      }),
    );

    const kept = keptBytes(() => {
      for (const link of links) {
        link.writes(`<message to="bob@localhost"><body>${"x".repeat(200_000)}`);
        link.destroy();
      }
      return links;
    });

    assert.ok(kept < 1_500_000, `${kept} bytes`);
  });
});
