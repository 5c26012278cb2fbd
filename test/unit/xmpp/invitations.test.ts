import assert from "node:assert/strict";
import type { UserId } from "#core";
import { scene } from "./scene.ts";
import { conditionOf, Talker } from "./socket.ts";

const commands = "http://jabber.org/protocol/commands";

/** The link that the command gives. */
async function link(talker: Talker, node: string, form?: string): Promise<string> {
  const ask = (attrs: string, inner: string) =>
    talker.ask(
      "set",
      `<command xmlns="${commands}" node="urn:xmpp:invite#${node}"${attrs}>${inner}</command>`,
      "localhost",
    );
  let answer = await ask("", "");
  const id = answer.getChild("command", commands)?.attrs["sessionid"];
  if (form !== undefined)
    answer = await ask(` sessionid="${id}"`, `<x xmlns="jabber:x:data" type="submit">${form}</x>`);
  return /<value>(xmpp:[^<]+)<\/value>/.exec(String(answer))![1]!;
}

const tokenIn = (uri: string): string => /preauth=([^;]+)/.exec(uri)![1]!;
const preauth = (token: string): string => `<preauth xmlns="urn:xmpp:pars:0" token="${token}"/>`;
const register = (name: string): string =>
  `<query xmlns="jabber:iq:register"><username>${name}</username><password>secret-${name}</password></query>`;

describe("invitations (XEP-0401, XEP-0445, XEP-0379)", () => {
  const at = scene({ admins: Array.from({ length: 20 }, (_, n) => `romeo-${n + 1}`) });

  it("let somebody make an account once, who is a contact from then on", async () => {
    const uri = await link(at.romeo, "invite");
    assert.match(uri, /;ibr=y$/);
    const name = `guest-${at.romeo.name}`;
    const guest = await Talker.connected(at.served.url, "guest");
    assert.equal(conditionOf(await guest.ask("set", register(name))), "service-unavailable");
    assert.equal(conditionOf(await guest.ask("set", preauth("wrong.token"))), "item-not-found");

    assert.equal((await guest.ask("set", preauth(tokenIn(uri)))).attrs["type"], "result");
    assert.equal((await guest.ask("set", register(name))).attrs["type"], "result");

    const line = await at.served.core.contacts.get(at.romeo.bare as UserId, `${name}@localhost` as UserId);
    assert.equal(line?.subscription, "both");
    const second = await Talker.connected(at.served.url, "second");
    assert.equal(conditionOf(await second.ask("set", preauth(tokenIn(uri)))), "item-not-found");
    for (const each of [guest, second]) each.wire.cut();
  });

  it("may be for one name alone", async () => {
    const name = `named-${at.romeo.name}`;
    const uri = await link(at.romeo, "create-account", `<field var="username"><value>${name}</value></field>`);
    assert.match(uri, new RegExp(`^xmpp:${name}@localhost\\?register;preauth=`));
    const guest = await Talker.connected(at.served.url, "guest");
    await guest.ask("set", preauth(tokenIn(uri)));

    assert.equal(conditionOf(await guest.ask("set", register("other"))), "not-acceptable");
    assert.equal((await guest.ask("set", register(name))).attrs["type"], "result");
    guest.wire.cut();
  });

  it("of those who may not invite to the server are for contacts only, who are accepted at once", async () => {
    const uri = await link(at.julia, "invite");
    assert.doesNotMatch(uri, /ibr/);
    const guest = await Talker.connected(at.served.url, "guest");
    assert.equal(conditionOf(await guest.ask("set", preauth(tokenIn(uri)))), "item-not-found");

    at.romeo.stanza("presence", `to="${at.julia.bare}" type="subscribe"`, preauth(tokenIn(uri)));

    await at.romeo.presence("her presence", ({ attrs }) => attrs["from"] === at.julia.jid);
    guest.wire.cut();
  });
});
