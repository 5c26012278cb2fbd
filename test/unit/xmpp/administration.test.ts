import assert from "node:assert/strict";
import type { UserId } from "#core";
import type { Element } from "../../../protocols/xmpp/element.ts";
import { scene } from "./scene.ts";
import { conditionOf, Talker } from "./socket.ts";

const commands = "http://jabber.org/protocol/commands";
const admin = "http://jabber.org/protocol/admin";

const command = (talker: Talker, name: string, attrs = "", inner = ""): Promise<Element> =>
  talker.ask("set", `<command xmlns="${commands}" node="${admin}#${name}"${attrs}>${inner}</command>`, "localhost");
const field = (name: string, ...values: readonly string[]): string =>
  `<field var="${name}">${values.map((value) => `<value>${value}</value>`).join("")}</field>`;

/** Asks for the form, and sends it filled in. */
async function fill(talker: Talker, name: string, ...fields: readonly string[]): Promise<Element> {
  const form = await command(talker, name);
  const { sessionid, status } = form.getChild("command", commands)!.attrs;
  assert.equal(status, "executing");
  return command(
    talker,
    name,
    ` sessionid="${sessionid}" action="complete"`,
    `<x xmlns="jabber:x:data" type="submit">${fields.join("")}</x>`,
  );
}

describe("administration from within a client (XEP-0050, XEP-0133)", () => {
  // The first couple of the scene, of whom Romeo administers.
  const at = scene({ admins: Array.from({ length: 20 }, (_, n) => `romeo-${n + 1}`) });
  const items = (talker: Talker): Promise<Element> =>
    talker.ask("get", `<query xmlns="http://jabber.org/protocol/disco#items" node="${commands}"/>`, "localhost");

  it("is shown to administrators, and refused to others", async () => {
    assert.match(String(await items(at.romeo)), /admin#add-user/);
    assert.doesNotMatch(String(await items(at.julia)), /protocol\/admin/);
    assert.equal(conditionOf(await command(at.julia, "add-user")), "forbidden");
    assert.equal(conditionOf(await command(at.romeo, "no-such")), "item-not-found");
  });

  it("shuts users out and lets them in again, and loses nothing of theirs", async () => {
    const { accounts } = at.served.core;
    const tybalt = "tybalt@localhost" as UserId;
    await accounts.create(tybalt, "p");
    const token = await accounts.issueToken(tybalt, 60_000);

    await fill(at.romeo, "disable-user", field("accountjids", tybalt));
    await assert.rejects(accounts.verify(tybalt, "p"), { code: "unauthorized" });
    await assert.rejects(accounts.verifyToken(token), { code: "unauthorized" });
    assert.match(String(await command(at.romeo, "get-disabled-users-num")), /disabledusersnum"[^>]*><value>1</);
    assert.match(String(await fill(at.romeo, "get-disabled-users-list")), /<value>tybalt@localhost</);
    assert.equal(await accounts.exists(tybalt), true);
    await fill(at.romeo, "change-user-password", field("accountjid", tybalt), field("password", "q"));
    await assert.rejects(accounts.verify(tybalt, "q"), { code: "unauthorized" });

    await fill(at.romeo, "reenable-user", field("accountjids", tybalt));
    await accounts.verify(tybalt, "q");
    assert.deepEqual(await accounts.disabled(), []);
    assert.match(String(await fill(at.romeo, "reenable-user", field("accountjids", tybalt))), /<note type="info"/);
    const nobody = String(await fill(at.romeo, "reenable-user", field("accountjids", "nobody@localhost")));
    assert.match(nobody, /<note type="error">There was no such account: nobody@localhost</);
    assert.match(String(await fill(at.romeo, "disable-user", field("accountjids", at.romeo.bare))), /type="error"/);
    await accounts.disable(tybalt);
    await accounts.remove(tybalt);
    assert.deepEqual(await accounts.disabled(), []);
  });

  it("shows what is known of a user", async () => {
    const stats = String(await fill(at.romeo, "user-stats", field("accountjid", at.julia.bare)));
    assert.match(stats, /rostersize"[^>]*><value>\d+</);
    assert.match(stats, new RegExp(`onlineresources"[^>]*><value>${at.julia.jid.split("/")[1]}<`));
  });

  it("shows when users last logged in, be it never", async () => {
    const { accounts, clock } = at.served.core;
    const tybalt = "tybalt@localhost" as UserId;
    await accounts.create(tybalt, "p");

    const both = String(await fill(at.romeo, "get-user-lastlogin", field("accountjids", tybalt, at.julia.bare)));
    const [, at2] = /lastlogin"[^>]*><value\/><value>([^<]+)</.exec(both)!;

    assert.ok(Math.abs(Date.parse(at2!) - clock.now()) < 60_000, both);
    const nobody = String(await fill(at.romeo, "get-user-lastlogin", field("accountjids", "nobody@localhost")));
    assert.match(nobody, /<note type="error">There was no such account: nobody@localhost</);
    await accounts.remove(tybalt);
  });

  it("welcomes who comes for the first time, and nobody who was here before this was kept", async () => {
    const { accounts, accountData } = at.served.core;
    await fill(at.romeo, "set-welcome", field("welcome", "hie thee", "hither"));
    for (const name of ["paris", "gregory"]) await accounts.create(`${name}@localhost` as UserId, `secret-${name}`);
    await accountData.put("gregory@localhost" as UserId, "xmpp/last", JSON.stringify({ at: 1, status: "" }));

    const paris = await Talker.available(at.served.url, "paris", "new");
    await paris.hears("hie thee\nhither");
    const gregory = await Talker.available(at.served.url, "gregory", "old");
    at.romeo.chat(gregory.jid, "well met");
    await gregory.hears("well met");

    assert.doesNotMatch((await gregory.messagesSoFar()).join(""), /hie thee/);
    assert.match(String(await fill(at.romeo, "set-welcome", field("welcome", " "))), /<note type="error"/);
    await command(at.romeo, "delete-welcome");
    for (const talker of [paris, gregory]) {
      await at.served.lose(talker);
      await accounts.remove(talker.bare as UserId);
    }
  });

  it("tells the message of the day once to everybody, also to who comes later, until it is deleted", async () => {
    at.julia.stanza("presence", "", "");
    await fill(at.romeo, "set-motd", field("motd", "the Globe", "opens"));
    await at.julia.hears("the Globe\nopens");
    assert.match(String(await command(at.romeo, "edit-motd")), /<value>the Globe<\/value><value>opens<\/value>/);
    const paris = await Talker.available(at.served.url, "alice", "late");
    await paris.hears("the Globe\nopens");
    await at.served.lose(paris);

    await command(at.romeo, "delete-motd");

    assert.equal(await at.served.core.accountData.get("localhost" as UserId, "xmpp/motd"), undefined);
  });

  it("adds, changes and deletes users", async () => {
    const { accounts } = at.served.core;
    const tybalt = "tybalt@localhost" as UserId;

    const added = await fill(
      at.romeo,
      "add-user",
      field("accountjid", tybalt),
      field("password", "p"),
      field("password-verify", "p"),
    );
    assert.match(String(added), /status="completed"/);
    await accounts.verify(tybalt, "p");
    await fill(at.romeo, "change-user-password", field("accountjid", tybalt), field("password", "q"));
    await accounts.verify(tybalt, "q");
    await fill(at.romeo, "delete-user", field("accountjids", tybalt));
    assert.equal(await accounts.exists(tybalt), false);
    const refusals = [
      await fill(at.romeo, "delete-user", field("accountjids", tybalt)),
      await fill(at.romeo, "add-user", field("accountjid", "x@elsewhere"), field("password", "p")),
      await fill(at.romeo, "add-user", field("accountjid", "x@invalid@domain"), field("password", "p")),
      await fill(at.romeo, "add-user", field("accountjid", tybalt)),
      await fill(
        at.romeo,
        "add-user",
        field("accountjid", tybalt),
        field("password", "p"),
        field("password-verify", "q"),
      ),
      await fill(at.romeo, "add-user", field("accountjid", at.julia.bare), field("password", "p")),
      await fill(at.romeo, "change-user-password", field("accountjid", tybalt), field("password", "p")),
    ];
    // The command is over, and its note says that nothing was done.
    for (const refusal of refusals) assert.match(String(refusal), /status="completed"><note type="error">/);
  });

  it("counts, lists, tells everybody, and ends sessions", async () => {
    assert.match(String(await command(at.romeo, "get-online-users-num")), /<value>2<\/value>/);
    assert.match(String(await command(at.romeo, "get-online-users-num")), /2/);
    assert.match(
      String(await fill(at.romeo, "get-online-users-list", field("max_items", "25"))),
      new RegExp(at.julia.bare),
    );
    assert.match(String(await fill(at.romeo, "get-registered-users-list")), /alice@localhost/);
    assert.match(String(await command(at.romeo, "get-active-users-num")), /<value>2<\/value>/);
    at.julia.wire.send(`<inactive xmlns="urn:xmpp:csi:0"/>`);
    await at.julia.ask("get", `<ping xmlns="urn:xmpp:ping"/>`);
    assert.match(String(await fill(at.romeo, "get-idle-users")), new RegExp(at.julia.bare));

    await fill(at.romeo, "announce", field("subject", "Soon"), field("announcement", "We close &amp;", "at nine"));
    const told = await at.julia.wire.element("the announcement", (each) => each.attrs["type"] === "headline");
    assert.equal(told.getChildText("body"), "We close &\nat nine");

    await fill(at.romeo, "end-user-session", field("accountjids", at.julia.bare));
    await at.julia.wire.closed();
  });

  it("ends the one session that a full JID names, and is there at one's own account", async () => {
    const phone = await Talker.available(at.served.url, at.julia.name, "phone");
    const own = await at.romeo.ask(
      "get",
      `<query xmlns="http://jabber.org/protocol/disco#items" node="${commands}"/>`,
      at.romeo.bare,
    );
    assert.match(String(own), new RegExp(`<item jid="${at.romeo.bare}" node="${admin}#end-user-session"`));

    await fill(at.romeo, "end-user-session", field("accountjids", phone.jid));

    await phone.wire.closed();
    await at.julia.ask("get", `<ping xmlns="urn:xmpp:ping"/>`);
  });

  it("shows a user's roster", async () => {
    await at.julia.ask("set", `<query xmlns="jabber:iq:roster"><item jid="nurse@localhost" name="N"/></query>`);

    const shown = await fill(at.romeo, "get-user-roster", field("accountjids", at.julia.bare));

    const query = shown.getChild("command")!.getChild("x")!.getChild("query", "jabber:iq:roster")!;
    assert.equal(query.getChild("item")!.attrs["jid"], "nurse@localhost");
  });

  it("hears who is reported, and for what (XEP-0377)", async () => {
    const block = (report: string): Promise<Element> =>
      at.julia.ask("set", `<block xmlns="urn:xmpp:blocking"><item jid="spam@localhost">${report}</item></block>`);
    const report = `<report xmlns="urn:xmpp:reporting:1" reason="urn:xmpp:reporting:spam"><text>Never!</text></report>`;

    assert.equal((await block(report)).attrs["type"], "result");

    const told = await at.romeo.wire.element("the report", (each) => each.attrs["type"] === "headline");
    assert.equal(told.getChildText("body"), `${at.julia.bare} reports spam@localhost: spam\nNever!`);
    assert.deepEqual(await at.served.core.blocks.list(at.julia.bare as UserId), ["spam@localhost"]);
    assert.equal(conditionOf(await block(`<report xmlns="urn:xmpp:reporting:1"/>`)), "bad-request");
  });

  it("keeps to what was begun", async () => {
    const { sessionid } = (await command(at.romeo, "announce")).getChild("command")!.attrs;

    const cancelled = await command(at.romeo, "announce", ` sessionid="${sessionid}" action="cancel"`);
    const again = await command(at.romeo, "announce", ` sessionid="${sessionid}" action="complete"`);

    assert.match(String(cancelled), /status="canceled"/);
    assert.match(String(again), /<not-allowed .*<session-expired/);
    assert.match(String(await command(at.romeo, "announce", ` sessionid="none" action="complete"`)), /<bad-sessionid/);
    assert.match(String(await command(at.romeo, "announce", ' action="dance"')), /<malformed-action/);
  });
});
