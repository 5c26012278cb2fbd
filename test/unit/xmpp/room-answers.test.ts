import assert from "node:assert/strict";
import { until } from "../../../src/testing/until.ts";
import { type Desk, desk, type FakeLink } from "./fakes.ts";

const room = "cave@rooms.localhost";

/** A link that knows in which turn of the event loop each stanza was sent: what is sent in one leaves in one write. */
function timed(link: FakeLink): { readonly turns: Map<string, number> } {
  let turn = 0;
  const turns = new Map<string, number>();
  const send = link.send.bind(link);
  link.send = (data) => {
    if (turns.size === 0) setImmediate(() => turn++);
    turns.set(String(data), turn);
    send(data);
  };
  return { turns };
}

describe("what a change in a room causes", () => {
  let at: Desk;
  beforeEach(async () => (at = await desk()));
  afterEach(() => at[Symbol.asyncDispose]());

  async function enters(nick: string, name: string): Promise<FakeLink> {
    const link = await at.bound(nick, name);
    link.says(
      `<presence xmlns="jabber:client" to="${room}/${nick}"><x xmlns="http://jabber.org/protocol/muc"/></presence>`,
    );
    await link.hears("<subject/>");
    return link;
  }

  it("is sent in one turn with the answer, behind it (XEP-0045 §9.3)", async () => {
    const owner = await enters("owner", "alice");
    await enters("guest", "bob");
    await owner.hears(`from="${room}/guest"`);
    const { turns } = timed(owner);

    owner.says(
      `<iq xmlns="jabber:client" type="set" id="a" to="${room}"><query xmlns="http://jabber.org/protocol/muc#admin"><item jid="bob@localhost" affiliation="member"/></query></iq>`,
    );

    await until(() => turns.size === 2);
    const [[first, one], [second, other]] = [...turns] as [[string, number], [string, number]];
    assert.match(first, /<iq .*id="a"/);
    assert.match(second, new RegExp(`<presence .*from="${room}/guest".*affiliation="member"`));
    assert.equal(one, other);
  });
});
