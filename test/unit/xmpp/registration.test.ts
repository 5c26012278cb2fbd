import assert from "node:assert/strict";
import type { UserId } from "#core";
import { RegistrationRate } from "../../../protocols/xmpp/registration-rate.ts";
import { serve } from "./served.ts";
import { conditionOf, streamError, Talker } from "./socket.ts";

describe("registration (XEP-0077)", () => {
  const query = (inner: string): string => `<query xmlns="jabber:iq:register">${inner}</query>`;

  it("is not there unless the operator wants it", async () => {
    await using served = await serve();
    const [name] = await served.couple();
    const talker = await Talker.connected(served.url, "new");

    assert.doesNotMatch(String(talker.offered), /iq-register/);
    assert.equal(conditionOf(await talker.ask("get", query(""))), "service-unavailable");
    assert.equal(
      conditionOf(await talker.ask("set", query(`<username>x</username><password>y</password>`))),
      "service-unavailable",
    );
    // Who has an account may change its password all the same.
    const romeo = await Talker.available(served.url, name);
    assert.equal(
      (await romeo.ask("set", query(`<username>${name}</username><password>other</password>`))).attrs["type"],
      "result",
    );
    await served.core.accounts.verify(romeo.bare as UserId, "other");
    assert.equal(
      conditionOf(await romeo.ask("set", query(`<username>alice</username><password>mine</password>`))),
      "not-allowed",
    );
    for (const each of [talker, romeo]) each.wire.cut();
  });

  it("logs the account's other resources out when its password is changed", async () => {
    await using served = await serve();
    const [name] = await served.couple();
    const [romeo, phone] = [
      await Talker.available(served.url, name),
      await Talker.available(served.url, name, "phone"),
    ];

    await romeo.ask("set", query(`<username>${name}</username><password>other</password>`));

    assert.equal(await streamError(phone.wire), "reset");
    await phone.wire.closed();
    assert.equal((await romeo.ask("get", `<ping xmlns="urn:xmpp:ping"/>`)).attrs["type"], "result");
    romeo.wire.cut();
  });

  it("makes an account that can log in at once, and ends it", async () => {
    await using served = await serve({ registration: true });
    const talker = await Talker.connected(served.url, "new");
    assert.match(String(talker.offered), /<register xmlns="http:\/\/jabber.org\/features\/iq-register"\/>/);
    assert.match(String(await talker.ask("get", query(""))), /<username\/><password\/>/);

    assert.equal(
      (await talker.ask("set", query(`<username>New</username><password>secret-new</password>`))).attrs["type"],
      "result",
    );
    assert.equal(
      conditionOf(await talker.ask("set", query(`<username>new</username><password>x</password>`))),
      "conflict",
    );
    assert.equal(
      conditionOf(await talker.ask("set", query(`<username>a b</username><password>x</password>`))),
      "not-acceptable",
    );
    assert.equal(conditionOf(await talker.ask("set", query(`<username>x</username>`))), "not-acceptable");

    const member = await Talker.available(served.url, "new");
    assert.match(String(await member.ask("get", query(""))), /<registered\/><username>new</);
    assert.equal((await member.ask("set", query("<remove/>"))).attrs["type"], "result");
    await member.wire.closed();
    assert.equal(await served.core.accounts.exists("new@localhost" as UserId), false);
    talker.wire.cut();
  });

  it("makes some accounts from one address, not a flood of them, and lets a proxy speak for many", () => {
    let now = 0;
    const rate = new RegistrationRate({ now: () => now }, 2);

    for (const address of ["192.0.2.1", "192.0.2.2", "192.0.2.1"]) rate.spend(address);
    for (let n = 0; n < 5; n++) rate.spend("127.0.0.1");

    assert.throws(() => rate.spend("192.0.2.1"), { code: "rate-limited" });
    now = 11 * 60_000;
    rate.spend("192.0.2.1");
  });

  it("lets an administrator make accounts, registration being closed or not", async () => {
    await using served = await serve({ admins: ["romeo-1"] });
    const [name, other] = await served.couple();
    assert.equal(name, "romeo-1");
    const [admin, julia] = [await Talker.available(served.url, name), await Talker.available(served.url, other)];
    const tybalt = query("<username>tybalt</username><password>p</password>");

    assert.equal(conditionOf(await julia.ask("set", tybalt, "localhost")), "not-allowed");
    assert.equal((await admin.ask("set", tybalt, "localhost")).attrs["type"], "result");

    await served.core.accounts.verify("tybalt@localhost" as UserId, "p");
    assert.equal(conditionOf(await admin.ask("set", tybalt, "localhost")), "conflict");
    for (const each of [admin, julia]) each.wire.cut();
  });
});

describe("finding the server (XEP-0156)", () => {
  it("works by both forms of host-meta", async () => {
    await using served = await serve();

    const xml = await fetch(`http://127.0.0.1:${served.port}/.well-known/host-meta`);
    const json = await fetch(`http://127.0.0.1:${served.port}/.well-known/host-meta.json`);

    assert.match(xml.headers.get("content-type")!, /^application\/xrd\+xml/);
    assert.match(await xml.text(), new RegExp(`<Link rel="urn:xmpp:alt-connections:websocket" href="${served.url}"/>`));
    assert.deepEqual(await json.json(), {
      links: [
        { rel: "urn:xmpp:alt-connections:websocket", href: served.url },
        { rel: "urn:xmpp:alt-connections:xbosh", href: `http://127.0.0.1:${served.port}/http-bind` },
      ],
    });
  });
});
