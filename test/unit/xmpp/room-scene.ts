// Romeo, Julia, and a room that nobody has made yet.
import assert from "node:assert/strict";
import { type ConversationId, roomOf } from "#core";
import type { Element } from "../../../protocols/xmpp/element.ts";
import type { XmppOptions } from "../../../protocols/xmpp/index.ts";
import { scene, type Scene } from "./scene.ts";
import type { Talker } from "./socket.ts";
import { statuses } from "./words.ts";

export const ns = {
  muc: "http://jabber.org/protocol/muc",
  user: "http://jabber.org/protocol/muc#user",
  owner: "http://jabber.org/protocol/muc#owner",
  info: "http://jabber.org/protocol/disco#info",
  items: "http://jabber.org/protocol/disco#items",
  delay: "urn:xmpp:delay",
  ids: "urn:xmpp:sid:0",
};
export const ping = `<ping xmlns="urn:xmpp:ping"/>`;

export interface RoomScene extends Scene {
  readonly name: string;
  readonly address: string;
  readonly id: ConversationId;
  /** In the room, with its history and subject taken. */
  join(talker: Talker, nick: string, wish?: string): Promise<{ self: Element; past: string[] }>;
  say(talker: Talker, body: string): void;
}

let count = 0;

export function roomScene(options: XmppOptions = {}): RoomScene {
  const at = scene(options) as RoomScene & { name: string; address: string; id: ConversationId };
  beforeEach(() => {
    at.name = `room-${++count}`;
    at.address = `${at.name}@rooms.localhost`;
    at.id = roomOf(at.name, "localhost");
  });
  at.join = async (talker, nick, wish = "") => {
    talker.stanza("presence", `to="${at.address}/${nick}"`, `<x xmlns="${ns.muc}">${wish}</x>`);
    const self = await talker.presence(
      "itself in the room",
      (presence) => presence.attrs["from"] === `${at.address}/${nick}` && statuses(presence).includes("110"),
    );
    await talker.ask("get", ping);
    const past: string[] = [];
    for (;;) {
      const message = await talker.message(
        "history or subject",
        (each) => each.attrs["type"] === "groupchat" && each.getChild("x", ns.user) === undefined,
      );
      if (message.getChild("subject") !== undefined && message.getChild("body") === undefined) break;
      assert.equal(message.getChild("delay", ns.delay)?.attrs["from"], at.address);
      past.push(message.getChildText("body")!);
    }
    return { self, past };
  };
  at.say = (talker, body) =>
    talker.stanza("message", `to="${at.address}" type="groupchat" id="${body}"`, `<body>${body}</body>`);
  return at;
}
