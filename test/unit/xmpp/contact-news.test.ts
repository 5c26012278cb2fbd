import assert from "node:assert/strict";
import type { DeviceId, UserId } from "#core";
import { scene } from "./scene.ts";
import { pushed } from "./words.ts";

const roster = `<query xmlns="jabber:iq:roster"/>`;

describe("a contact list changed in another protocol", () => {
  const at = scene();
  beforeEach(async () => {
    await at.julia.ask("get", roster);
  });

  it("is pushed to XMPP clients, which see the contact from then on", async () => {
    const { core } = at.served;
    const [julia, romeo] = [at.julia.bare as UserId, at.romeo.bare as UserId];
    const line = { owner: julia, contact: romeo, groups: ["friends"], ask: false, pendingIn: false } as const;

    await core.contacts.put({ ...line, subscription: "to" });

    assert.match(String(await pushed(at.julia)), /<group>friends<\/group>/);
    await at.julia.presence("his presence", ({ attrs }) => attrs["from"] === at.romeo.jid);
    await core.contacts.remove(julia, romeo);
    assert.equal((await pushed(at.julia)).attrs["subscription"], "remove");
    await at.julia.presence("his end", ({ attrs }) => attrs["type"] === "unavailable");
  });

  it("shows a request as the stanza it would have been", async () => {
    const { core } = at.served;
    const [julia, romeo] = [at.julia.bare as UserId, at.romeo.bare as UserId];
    const by = await core.sessions.attach({
      ...{ user: romeo, device: "json:pixel" as DeviceId, echo: "never", durable: false, rememberMs: 0 },
      wake: () => undefined,
      ended: () => undefined,
    });

    await core.contacts.put(
      { owner: julia, contact: romeo, groups: [], subscription: "none", ask: false, pendingIn: true },
      by,
    );

    const request = await at.julia.presence("a request", ({ attrs }) => attrs["type"] === "subscribe");
    assert.equal(request.attrs["from"], at.romeo.bare);
  });
});
