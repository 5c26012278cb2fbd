import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { Element } from "../../../protocols/xmpp/element.ts";
import { items, publish } from "./pubsub-words.ts";
import { scene } from "./scene.ts";
import { Talker } from "./socket.ts";

const old = (inner: string): string => `<query xmlns="jabber:iq:private"><storage xmlns="storage:bookmarks">${inner}</storage></query>`; // prettier-ignore

describe("bookmarks, for clients old and new (XEP-0402)", () => {
  const at = scene();
  const room = (name: string): string => `${name}@rooms.localhost`;

  it("are the same in private XML and in the node", async () => {
    const one = `<conference jid="${room("a")}" name="A &amp; B" autojoin="1"><nick>me</nick></conference>`;
    await at.romeo.ask("set", old(`${one}<conference jid="${room("b")}"/><url url="http://x" name="x"/>`));
    const node = String(await at.romeo.ask("get", items("urn:xmpp:bookmarks:1")));
    assert.match(node, /<item id="a@rooms.localhost"[^>]*><conference xmlns="urn:xmpp:bookmarks:1" name="A &amp; B" autojoin="1"><nick>me</); // prettier-ignore

    await at.romeo.ask("set", publish("urn:xmpp:bookmarks:1", room("c"), `<conference xmlns="urn:xmpp:bookmarks:1" name="C"/>`)); // prettier-ignore
    const back = String(await at.romeo.ask("get", old("")));
    assert.match(back, /<conference jid="a@[^>]* autojoin="1"><nick>me.*jid="b@.*jid="c@rooms.localhost" name="C".*<url url="http:\/\/x"/); // prettier-ignore

    await at.romeo.ask("set", old(one));
    assert.doesNotMatch(String(await at.romeo.ask("get", items("urn:xmpp:bookmarks:1"))), /id="[bc]@/);
    assert.match(String(await at.julia.ask("get", items("urn:xmpp:bookmarks:1"), at.romeo.bare)), /<closed-node/);
  });
});

describe("avatars, in nodes and cards (XEP-0398)", () => {
  const at = scene();
  const picture = Buffer.from("a picture");
  const base64 = picture.toString("base64");
  const id = createHash("sha1").update(picture).digest("hex");

  it("go from the node into the card, and their hash into presence", async () => {
    await at.romeo.ask("set", publish("urn:xmpp:avatar:data", id, `<data xmlns="urn:xmpp:avatar:data">${base64}</data>`)); // prettier-ignore
    const info = `<info id="${id}" bytes="9" type="image/png"/>`;
    await at.romeo.ask("set", publish("urn:xmpp:avatar:metadata", id, `<metadata xmlns="urn:xmpp:avatar:metadata">${info}</metadata>`)); // prettier-ignore

    assert.match(String(await at.julia.ask("get", `<vCard xmlns="vcard-temp"/>`, at.romeo.bare)), new RegExp(`<BINVAL>${base64}</BINVAL>`)); // prettier-ignore
    at.romeo.stanza("presence", "", "<status>new</status>");
    const said = await at.romeo.presence("itself", (each) => each.getChildText("status") === "new");
    assert.match(String(said), new RegExp(`<x xmlns="vcard-temp:x:update"><photo>${id}</photo></x>`));
    const other = await Talker.bound(at.served.url, at.romeo.name, "other");
    other.stanza("presence", "", "");
    await other.presence("itself with it", (each) => each.attrs["from"] === other.jid && String(each).includes(id));
    at.romeo.stanza("presence", "", `<status>none</status><x xmlns="vcard-temp:x:update"><photo/></x>`);
    const empty = await at.romeo.presence("itself", (each) => each.getChildText("status") === "none");
    assert.doesNotMatch(String(empty), new RegExp(id));
    other.wire.cut();
  });

  it("are said again at once when they change, and when they go", async () => {
    const other = await Talker.available(at.served.url, at.romeo.name, "other");
    const card = (inner: string): string => `<vCard xmlns="vcard-temp"><FN>R</FN>${inner}</vCard>`;

    await at.romeo.ask("set", card(`<PHOTO><TYPE>image/gif</TYPE><BINVAL>${base64}</BINVAL></PHOTO>`));
    const shown = (presence: Element): boolean => presence.attrs["from"] === at.romeo.jid;
    await other.presence("the picture", (each) => shown(each) && String(each).includes(id));
    await at.romeo.ask("set", card(""));

    await other.presence("no picture", (each) => shown(each) && !String(each).includes(id));
    other.wire.cut();
  });

  it("go from the card into the node", async () => {
    await at.romeo.ask("set", `<vCard xmlns="vcard-temp"><FN>R</FN><PHOTO><TYPE>image/gif</TYPE><BINVAL>${base64}</BINVAL></PHOTO></vCard>`); // prettier-ignore

    assert.match(String(await at.romeo.ask("get", items("urn:xmpp:avatar:metadata"))), new RegExp(`<info id="${id}" bytes="9" type="image/gif"/>`)); // prettier-ignore
    assert.match(String(await at.romeo.ask("get", items("urn:xmpp:avatar:data"))), new RegExp(`<data xmlns="urn:xmpp:avatar:data">${base64}</data>`)); // prettier-ignore
  });
});
