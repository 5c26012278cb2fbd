// One of each thing that travels on the bus, with what is hard to carry: every byte, absent fields, odd characters.
import type { Control } from "../bus/bus.ts";
import type { Envelope, Publication, Receipt, Signal } from "../model/event.ts";
import type { ConversationId, DeviceId, MessageId, OriginId, UserId } from "../model/ids.ts";

export function sampleEvents() {
  const conversation = "room:Größe 🦑@h" as ConversationId;
  const [user, device] = ["älice@h" as UserId, "mqtt:esp\u0000 \u2028\ud83d\ude00" as DeviceId];
  const everyByte = Uint8Array.from({ length: 256 }, (_, byte) => byte);
  const envelope: Envelope = {
    type: "entry",
    conversation,
    seq: 9_007_199_254_740_991,
    kind: "message",
    mid: "0190163d-8694-739b-aea5-966c26f8ad90" as MessageId,
    at: 1_700_000_000_123,
    author: user,
    device,
    originId: 'quote " and \\ and 漢字' as OriginId,
    body: "line\nline \u{1F9D1}\u200D\u{1F680} \\u0000",
    extensions: { xmpp: "<x xmlns='y'>&amp;</x>", "m'qtt": "[]" },
  };
  const binary: Envelope = {
    ...envelope,
    body: undefined,
    originId: undefined,
    extensions: undefined,
    bytes: everyByte,
  };
  const receipt: Receipt = { type: "receipt", conversation, seq: 7, user, mark: "read", at: 1 };
  const typing: Signal = {
    type: "signal",
    name: "typing",
    conversation,
    user,
    device,
    state: "composing",
    ttlMs: 5000,
  };
  const presence: Signal = {
    type: "signal",
    name: "presence",
    user,
    device,
    available: true,
    show: "dnd",
    status: "",
    priority: -1,
    extensions: {},
  };
  const occupant: Signal = {
    type: "signal",
    name: "occupant",
    conversation,
    user,
    device,
    nick: "Ällie",
    renamed: undefined,
    affiliation: "member",
    role: "visitor",
    cause: { what: "kicked", reason: "ü" },
    present: false,
    show: "away",
    status: "gone\tfishing",
  };
  const relay: Signal = {
    type: "signal",
    name: "relay",
    frontend: "xmpp",
    from: user,
    fromDevice: device,
    to: user,
    toDevice: undefined,
    payload: "<iq/>",
  };
  const publication: Publication = {
    type: "publication",
    host: "h",
    topic: "plant/7/tempé",
    payload: everyByte,
    qos: 2,
    retain: true,
    author: user,
    device,
    at: 2,
    expiresAt: 3,
    extensions: { mqtt: '{"a":1}' },
  };
  const empty: Publication = {
    ...publication,
    payload: new Uint8Array(0),
    expiresAt: undefined,
    extensions: undefined,
  };
  const control: Control = { type: "control", name: "ask", payload: '{"q":"ä"}' };
  return { envelope, binary, receipt, typing, presence, occupant, relay, publication, empty, control };
}
