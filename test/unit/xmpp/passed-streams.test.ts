import assert from "node:assert/strict";
import { authenticated, type Desk, desk } from "./fakes.ts";

const sm = "urn:xmpp:sm:3";

describe("a stream that can be resumed no more (XEP-0198 §5)", () => {
  let at: Desk;
  beforeEach(async () => (at = await desk()));
  afterEach(() => at[Symbol.asyncDispose]());

  async function resumes(previd: string): Promise<string> {
    const link = await authenticated(at);
    link.says(`<open xmlns="urn:ietf:params:xml:ns:xmpp-framing" to="localhost" version="1.0"/>`);
    link.says(`<resume xmlns="${sm}" previd="${previd}" h="0"/>`);
    return link.hears("<failed ");
  }

  it("tells its client how much of it was handled; of an unknown one nothing is said", async () => {
    const link = await at.bound("phone");
    link.says(`<enable xmlns="${sm}" resume="true"/>`);
    const id = /id="([^"]+)"/.exec(await link.hears("<enabled "))![1]!;
    link.says(`<presence xmlns="jabber:client"/>`);
    link.says(`<iq xmlns="jabber:client" type="get" id="p" to="localhost"><ping xmlns="urn:xmpp:ping"/></iq>`);
    await link.hears('id="p"');
    link.handler!.closed();

    at.clock.advance(301_000);

    assert.match(await resumes(id), /^<failed xmlns="urn:xmpp:sm:3" h="2"><item-not-found /);
    assert.match(await resumes("unknown"), /^<failed xmlns="urn:xmpp:sm:3"><item-not-found /);
  });
});
