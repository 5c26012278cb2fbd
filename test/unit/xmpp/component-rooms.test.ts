import assert from "node:assert/strict";
import { roomOf, type UserId } from "#core";
import { component, gateway } from "./component-scene.ts";
import { type Desk, desk, type FakeLink } from "./fakes.ts";

const bot = `bot@${gateway.domain}/irc`;
const lobby = "lobby@rooms.localhost";
const muc = `<x xmlns="http://jabber.org/protocol/muc"/>`;
const id = roomOf("lobby", "localhost");

describe("a component's addresses in rooms (XEP-0114, XEP-0045)", () => {
  let at: Desk;
  let gate: FakeLink;
  let alice: FakeLink;
  beforeEach(async () => {
    at = await desk({ components: [gateway] });
    gate = await component(at);
    alice = await at.bound("desk");
    alice.says(`<presence xmlns="jabber:client" to="${lobby}/alice">${muc}</presence>`);
    await alice.hears(`code="110"`);
    gate.writes(`<presence from='${bot}' to='${lobby}/bot'>${muc}</presence>`);
    await gate.hears(`code="110"`);
  });
  afterEach(() => at[Symbol.asyncDispose]());

  it("enter, are seen, speak, hear and leave", async () => {
    assert.match(await alice.hears(`from="${lobby}/bot"`), new RegExp(`jid="${bot}"`));
    gate.writes(`<message from='${bot}' to='${lobby}' type='groupchat' id='g1'><body>from afar</body></message>`);
    assert.match(await alice.hears("<body>from afar</body>"), new RegExp(`from="${lobby}/bot"`));
    assert.match(await gate.hears("<body>from afar</body>"), /id="g1"/);
    alice.says(`<message xmlns="jabber:client" to="${lobby}" type="groupchat"><body>welcome</body></message>`);
    const heard = await gate.hears("<body>welcome</body>");
    assert.match(heard, new RegExp(`^<message from="${lobby}/alice"[^>]* to="${bot}"`));
    alice.says(`<message xmlns="jabber:client" to="${lobby}/bot" type="chat"><body>psst</body></message>`);
    assert.match(await gate.hears("<body>psst</body>"), new RegExp(`from="${lobby}/alice"`));
    gate.writes(`<iq from='${bot}' to='${lobby}' type='get' id='d'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>`); // prettier-ignore
    assert.match(await gate.hears(`id="d"`), /category="conference"/);

    gate.writes(`<presence from='${bot}' to='${lobby}/bot' type='unavailable'/>`);

    assert.match(await alice.hears(`from="${lobby}/bot"`), /type="unavailable"/);
    assert.deepEqual(at.core.sessions.of(`bot@${gateway.domain}` as UserId), []);
  });

  it("are gone with their component", async () => {
    await alice.hears(`from="${lobby}/bot"`);

    gate.handler!.closed();

    assert.match(await alice.hears(`from="${lobby}/bot"`), /type="unavailable"/);
  });

  it("are kicked as any", async () => {
    alice.says(`<iq xmlns="jabber:client" type="set" id="k" to="${lobby}"><query xmlns="http://jabber.org/protocol/muc#admin"><item nick="bot" role="none"/></query></iq>`); // prettier-ignore

    assert.match(await gate.hears(`code="307"`), new RegExp(`to="${bot}"`));
    gate.writes(`<message from='${bot}' to='${lobby}' type='groupchat' id='g2'><body>still?</body></message>`);
    assert.match(await gate.hears(`id="g2"`), /type="error"/);
  });

  it("make no rooms and become no members, and a domain is nobody", async () => {
    gate.writes(`<presence from='${bot}' to='new@rooms.localhost/bot'>${muc}</presence>`);
    await gate.hears("<not-allowed ");
    gate.writes(`<presence from='${gateway.domain}' to='${lobby}/gate'>${muc}</presence>`);
    await gate.hears("<forbidden ");
    gate.writes(`<iq from='${bot}' to='${lobby}' type='set' id='r'><query xmlns='jabber:iq:register'><x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>http://jabber.org/protocol/muc#register</value></field><field var='muc#register_roomnick'><value>bot</value></field></x></query></iq>`); // prettier-ignore
    assert.match(await gate.hears(`id="r"`), /type="error"/);
    assert.equal(await at.core.rooms.affiliation(id, `bot@${gateway.domain}` as UserId), "none");
  });
});
