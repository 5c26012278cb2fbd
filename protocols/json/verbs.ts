// TABLE OF CONTENTS: every command a client may send. Its key is its `type`; schema and handler stand in its file.
import { ack } from "./verbs/ack.ts";
import { affiliation } from "./verbs/affiliation.ts";
import { auth } from "./verbs/auth.ts";
import { ban } from "./verbs/ban.ts";
import { block } from "./verbs/block.ts";
import { call } from "./verbs/call.ts";
import { configure } from "./verbs/configure.ts";
import { contacts } from "./verbs/contacts.ts";
import { conversations } from "./verbs/conversations.ts";
import { create } from "./verbs/create.ts";
import { decline } from "./verbs/decline.ts";
import { destroy } from "./verbs/destroy.ts";
import { edit } from "./verbs/edit.ts";
import { forward } from "./verbs/forward.ts";
import { history } from "./verbs/history.ts";
import { invite } from "./verbs/invite.ts";
import { item } from "./verbs/item.ts";
import { items } from "./verbs/items.ts";
import { join } from "./verbs/join.ts";
import { keys } from "./verbs/keys.ts";
import { kick } from "./verbs/kick.ts";
import { leave } from "./verbs/leave.ts";
import { members } from "./verbs/members.ts";
import { pin } from "./verbs/pin.ts";
import { node } from "./verbs/node.ts";
import { nodes } from "./verbs/nodes.ts";
import { ping } from "./verbs/ping.ts";
import { pins } from "./verbs/pins.ts";
import { mute } from "./verbs/mute.ts";
import { presence } from "./verbs/presence.ts";
import { publish } from "./verbs/publish.ts";
import { push } from "./verbs/push.ts";
import { role } from "./verbs/role.ts";
import { room } from "./verbs/room.ts";
import { rooms } from "./verbs/rooms.ts";
import { search } from "./verbs/search.ts";
import { react } from "./verbs/react.ts";
import { register } from "./verbs/register.ts";
import { retract } from "./verbs/retract.ts";
import { send } from "./verbs/send.ts";
import { subscribe } from "./verbs/subscribe.ts";
import { typing } from "./verbs/typing.ts";
import { upload } from "./verbs/upload.ts";
import { watch } from "./verbs/watch.ts";
import { unsubscribe } from "./verbs/unsubscribe.ts";
import type { OpenVerb, Verb } from "./verb.ts";

export const verbs = {
  auth, //           who I am, on which device, and where I stopped
  ping, //           answers at once, also before auth
  send, //           a message to a conversation
  edit, //           another text for one's own message
  retract, //        a message taken back
  react, //          emojis to a message
  pin, //            a message to keep in view, or a room's subject
  pins, //           what is pinned
  call, //           ringing, taking, refusing, ending; and what devices tell each other
  forward, //        a message said again elsewhere
  ack, //            delivered or read up to s
  history, //        a page of a log
  search, //         messages that hold certain words
  conversations, //  what I am part of, with heads and marks
  create, //         a room
  join, //           become a member, and be seen in the room
  leave, //          stop being one
  members, //        who is in a conversation
  rooms, //          those that are listed
  room, //           what a room is like
  configure, //      … and what it is to be like
  destroy, //        the end of a room
  invite, //         somebody into a room
  decline, //        an invitation
  kick, //           somebody out of a room, for now
  ban, //            … and for good
  role, //           voice and the like, for who is there now
  affiliation, //    member, admin, owner
  register, //       a nick of one's own in a room
  typing, //         a state that fades
  presence, //       my availability
  contacts, //       list, add, accept, remove
  block, //            whom not to hear: list, add, remove
  mute, //           what of a conversation may ring
  push, //           who is to wake this device while it is away
  upload, //           a place for a file
  nodes, //          lists that accounts and the server publish
  node, //           one of them made, set, removed
  items, //          what is published there
  item, //           … by this account
  watch, //          … and news of it
  keys, //           devices' public keys
  subscribe, //      a plain topic filter
  unsubscribe,
  publish, //        a message on a plain topic
} as const satisfies Readonly<Record<string, Verb | OpenVerb>>;

export type CommandType = keyof typeof verbs;
