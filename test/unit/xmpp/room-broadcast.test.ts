import assert from "node:assert/strict";
import type { DeviceId, UserId } from "#core";
import { ns, ping, roomScene } from "./room-scene.ts";
import type { Talker } from "./socket.ts";
import { statuses } from "./words.ts";

const form = "http://jabber.org/protocol/muc#roomconfig";

describe("presence in rooms that keep some of it to themselves (XEP-0045 §7.2.2)", () => {
  const at = roomScene();

  const field = (roles: readonly string[]) =>
    `<field var="muc#roomconfig_presencebroadcast">${roles.map((role) => `<value>${role}</value>`).join("")}</field>`;
  async function broadcast(talker: Talker, ...roles: readonly string[]): Promise<string | undefined> {
    const about = `<field var="FORM_TYPE"><value>${form}</value></field>`;
    const query = `<query xmlns="${ns.owner}"><x xmlns="jabber:x:data" type="submit">${about}${field(roles)}</x></query>`;
    return (await talker.ask("set", query, at.address)).attrs["type"];
  }
  const presences = async (talker: Talker): Promise<string[]> => {
    await talker.ask("get", ping);
    return talker.wire.rest().filter((each) => each.startsWith("<presence"));
  };

  it("is for an owner to set, is shown in the form, and keeps to what a role is", async () => {
    await at.join(at.romeo, "r");

    assert.equal(await broadcast(at.romeo, "moderator", "participant"), "result");

    const shown = String(await at.romeo.ask("get", `<query xmlns="${ns.owner}"/>`, at.address));
    assert.match(
      shown,
      /presencebroadcast" type="list-multi"[^>]*><value>moderator<\/value><value>participant<\/value><option/,
    );
    assert.equal(await broadcast(at.romeo, "everybody"), "error");
    assert.equal(await broadcast(at.romeo), "result");
    assert.deepEqual((await at.served.core.rooms.find(at.id))?.settings?.presenceBroadcast, []);
  });

  it("shows the newcomer himself, and him to nobody; his words are heard", async () => {
    await at.join(at.romeo, "r");
    await broadcast(at.romeo);
    await presences(at.romeo);

    const { self } = await at.join(at.julia, "j");
    at.say(at.julia, "hark");

    assert.ok(statuses(self).includes("110"));
    assert.equal((await at.romeo.hears("hark")).attrs["from"], `${at.address}/j`);
    assert.deepEqual([await presences(at.romeo), await presences(at.julia)], [[], []]);
    at.julia.stanza("presence", `to="${at.address}/j" type="unavailable"`);
    const gone = await at.julia.presence("herself gone", ({ attrs }) => attrs["type"] === "unavailable");
    assert.ok(statuses(gone).includes("110"));
    assert.deepEqual(await presences(at.romeo), []);
  });

  it("leaves nobody unseen who is of a role that is told of", async () => {
    await at.join(at.romeo, "r");
    await broadcast(at.romeo, "moderator");
    await at.join(at.julia, "j");

    const change = `<query xmlns="http://jabber.org/protocol/muc#admin"><item nick="j" role="moderator"/></query>`;
    await at.romeo.ask("set", change, at.address);

    const shown = await at.romeo.presence("julia", ({ attrs }) => attrs["from"] === `${at.address}/j`);
    assert.equal(shown.getChild("x", ns.user)?.getChild("item")?.attrs["role"], "moderator");
    await at.julia.presence("herself as a moderator", (each) => statuses(each).includes("110"));
  });

  it("comes at the client's pace: whoever enters a large room is asked to acknowledge in between (XEP-0198)", async () => {
    const { core } = at.served;
    const crowd = 1210;
    await core.rooms.create(at.id, at.romeo.bare as UserId, { presenceBroadcast: [] });
    for (let n = 0; n < crowd; n++) {
      const session = await core.sessions.attach({
        user: at.romeo.bare as UserId,
        device: `json:d${n}` as DeviceId,
        echo: "never",
        durable: false,
        rememberMs: 0,
        wake: () => undefined,
        ended: () => undefined,
      });
      await core.rooms.enter(session, at.id, { nick: `n${n}` });
    }
    await core.rooms.update(at.id, at.romeo.bare as UserId, { presenceBroadcast: ["participant", "moderator"] });
    at.julia.wire.send(`<enable xmlns="urn:xmpp:sm:3"/>`);
    await at.julia.wire.element("enabled", (element) => element.name === "enabled");
    at.julia.wire.rest();
    let counted = 0;
    let asked = 0;

    at.julia.stanza("presence", `to="${at.address}/j"`, `<x xmlns="${ns.muc}"/>`);

    for (;;) {
      const element = await at.julia.wire.element("what comes", () => true);
      if (element.name === "r") {
        at.julia.wire.send(`<a xmlns="urn:xmpp:sm:3" h="${counted}"/>`);
        asked ||= counted;
      } else counted++;
      if (element.name === "presence" && statuses(element).includes("110")) break;
    }
    assert.equal(counted, crowd + 1);
    assert.ok(asked >= 1000 && asked < crowd, `asked after ${asked}`);
  });
});
