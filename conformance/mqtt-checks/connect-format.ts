// CONNECT packets that no server may welcome. The bytes are the same in both versions, but for 5.0's properties.
import assert from "node:assert/strict";
import { frame, u16, utf8, varint } from "../clients/mqtt-bytes.ts";
import type { MqttKit } from "../mqtt-kit.ts";

interface Parts {
  readonly flags: number;
  readonly name?: Buffer;
  /** The payload, field by field. */
  readonly fields: readonly Buffer[];
}

const ill = Buffer.from([0, 2, 0xc3, 0x28]);
const withNul = Buffer.from([0, 3, 0x61, 0, 0x62]);
const clean = 0x02;
const user = 0x80;
const password = 0x40;
const will = 0x04;

/** What is wrong with it, and the packet. Credentials are the target's own, so that nothing else is wrong. */
const spoilt = {
  "will QoS without a will": (t) => ({ flags: clean | 0x08, fields: [utf8(t.name())] }),
  "will retain without a will": (t) => ({ flags: clean | 0x20, fields: [utf8(t.name())] }),
  "will QoS 3": (t) => ({ flags: clean | will | 0x18, fields: [utf8(t.name()), ...willOf(t)] }),
  "a will announced that is not there": (t) => ({ flags: clean | will, fields: [utf8(t.name())] }),
  "a user name that was not announced": (t) => ({ flags: clean, fields: [utf8(t.name()), utf8("romeo")] }),
  "a user name announced that is not there": (t) => ({
    flags: clean | user,
    fields: [utf8(t.name())],
    anonymous: true,
  }),
  "a password that was not announced": (t) => ({
    flags: clean | user,
    fields: [utf8(t.name()), utf8(t.target.logins[0]?.user ?? "romeo"), utf8("secret")],
    anonymous: true,
  }),
  "a password announced that is not there": (t) => ({
    flags: clean | user | password,
    fields: [utf8(t.name()), utf8(t.target.logins[0]?.user ?? "romeo")],
    anonymous: true,
  }),
  "no client identifier": () => ({ flags: clean, fields: [], anonymous: true }),
  "a client identifier that is no UTF-8": () => ({ flags: clean, fields: [ill] }),
  "a client identifier with U+0000": () => ({ flags: clean, fields: [withNul] }),
  "a will topic that is no UTF-8": (t) => ({
    flags: clean | will,
    fields: [utf8(t.name()), ...willOf(t, ill)],
  }),
  "a user name that is no UTF-8": (t) => ({ flags: clean | user, fields: [utf8(t.name()), ill], anonymous: true }),
  "fields in another order": (t) => ({
    flags: clean | user | password,
    // The user name where the client identifier belongs, and the rest one place further.
    fields: [utf8(t.target.logins[0]?.user ?? "romeo"), ill, utf8(t.name())],
    anonymous: true,
  }),
} as const satisfies Record<string, (t: MqttKit) => Parts & { readonly anonymous?: boolean }>;

export type Spoilt = keyof typeof spoilt;

function willOf(t: MqttKit, topic: Buffer = utf8(t.topic())): Buffer[] {
  return [...(t.version === 5 ? [varint(0)] : []), topic, utf8("gone")];
}

/** The server closes, with no CONNACK or one that refuses. */
export async function refusesConnect(t: MqttKit, what: Spoilt): Promise<void> {
  const parts: Parts & { readonly anonymous?: boolean } = spoilt[what](t);
  const login = parts.anonymous === true ? undefined : t.target.logins[0];
  const client = await t.open();

  client.send(
    frame(
      0x10,
      utf8("MQTT"),
      Buffer.from([t.version, parts.flags | (login === undefined ? 0 : user | password)]),
      u16(60),
      t.version === 5 ? varint(0) : Buffer.alloc(0),
      ...parts.fields,
      ...(login === undefined ? [] : [utf8(login.user), utf8(login.password)]),
    ),
  );

  await client.closed();
  assert.ok(
    client.waiting.every(({ kind, code }) => kind === "connack" && code !== 0),
    "accepted",
  );
}
