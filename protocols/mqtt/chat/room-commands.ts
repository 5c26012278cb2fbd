// What a payload without a body may ask of a room: `{"kind":"kick","user":"bob"}` and the like, acknowledged when done.
import {
  type Affiliation,
  allRoles,
  type ConversationId,
  defaultSettings,
  directOf,
  Fault,
  faultFrom,
  type Role,
  type RoomOptions,
  settingsOf,
  type UserId,
} from "#core";
import { reason as reasons } from "../reasons.ts";
import type { MqttSession } from "../session.ts";

type Payload = Readonly<Record<string, unknown>>;
type Command = (session: MqttSession, room: ConversationId, payload: Payload) => Promise<unknown>;

const longestText = 2000;

const commands: Readonly<Record<string, Command>> = {
  configure: (session, room, payload) =>
    session.front.core.rooms.update(room, session.attached.user, { ...settingsIn(payload), locked: false }),
  destroy: (session, room, payload) =>
    session.front.core.rooms.remove(room, session.attached.user, { reason: reasonIn(payload) }),
  kick: (session, room, payload) => turn(session, room, payload, "none"),
  role: (session, room, payload) =>
    turn(session, room, payload, oneOf(payload["role"], ["moderator", "participant", "visitor"])),
  ban: (session, room, payload) => stand(session, room, payload, payload["banned"] === false ? "none" : "outcast"),
  affiliation: (session, room, payload) =>
    stand(session, room, payload, oneOf(payload["affiliation"], ["owner", "admin", "member", "none"])),
  invite,
};

/** Most messages hold no such word: seen without parsing them. */
export function mayBeCommand(payload: Uint8Array): boolean {
  return Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).includes('"kind"');
}

/** Whether the payload is such a command: of a kind of theirs, and no message, which has a body. */
export function isRoomCommand(payload: Payload | undefined): payload is Payload {
  return payload !== undefined && payload["body"] === undefined && Object.hasOwn(commands, String(payload["kind"]));
}

export function roomCommand(session: MqttSession, room: ConversationId, payload: Payload, ticket: number): void {
  const act = async (): Promise<void> => void (await commands[String(payload["kind"])]!(session, room, payload));
  act()
    .then(() => session.accept(ticket, reasons.success))
    .catch((error: unknown) => session.refuse(ticket, faultFrom(error)));
}

function turn(session: MqttSession, room: ConversationId, payload: Payload, role: Role | "none"): Promise<void> {
  const { rooms } = session.front.core;
  const { nick } = payload;
  if (nick !== undefined && typeof nick !== "string") throw new Fault("bad-request", "no nick");
  const named = nick ?? rooms.occupantsOf(room, userIn(session, payload))[0]?.nick;
  if (named === undefined) throw new Fault("not-found", "not in the room");
  return rooms.setRole(room, session.attached.user, named, role, reasonIn(payload));
}

function stand(session: MqttSession, room: ConversationId, payload: Payload, affiliation: Affiliation): Promise<void> {
  const change = { user: userIn(session, payload), affiliation, reason: reasonIn(payload) };
  return session.front.core.rooms.setAffiliations(room, session.attached.user, [change]);
}

/** An entry in the conversation of the two. */
async function invite(session: MqttSession, room: ConversationId, payload: Payload): Promise<void> {
  const { core } = session.front;
  const { user, device } = session.attached;
  const guest = userIn(session, payload);
  const { password } = settingsOf(await core.rooms.mayInvite(room, user, guest));
  const relation = { room, reason: reasonIn(payload), ...(password !== "" && { password }) };
  await core.router.sendOne({
    conversation: directOf(user, guest),
    kind: "invitation",
    author: user,
    device,
    relation,
  });
}

function userIn({ front }: MqttSession, { user }: Payload): UserId {
  if (typeof user !== "string") throw new Fault("bad-request", "no user");
  return front.addressing.userOf(user);
}

function reasonIn({ reason }: Payload): string | undefined {
  if (reason === undefined) return undefined;
  if (typeof reason !== "string" || reason.length > 1024) throw new Fault("bad-request", "no reason");
  return reason;
}

function oneOf<T extends string>(value: unknown, among: readonly T[]): T {
  if (!among.includes(value as T)) throw new Fault("bad-request", "no such choice");
  return value as T;
}

const choices: Readonly<Record<string, readonly string[]>> = {
  subjectBy: ["participants", "moderators"],
  invitesBy: ["participants", "moderators"],
  privateMessages: ["anyone", "participants", "moderators", "none"],
  addresses: ["anyone", "moderators"],
};
const kinds: Payload = { ...defaultSettings, title: "", open: true, listed: true };
const notForAll = new Set(["locked", "avatar", "avatarType", "hats"]);

/** The settings under the names of the JSON dialect; `slowMode` is in milliseconds. Others are passed over. */
function settingsIn({ kind: _, slowMode, ...payload }: Payload): RoomOptions {
  const given = Object.entries({ ...payload, ...(slowMode !== undefined && { slowModeMs: slowMode }) });
  const settings = given.filter(([name]) => Object.hasOwn(kinds, name) && !notForAll.has(name));
  for (const [name, value] of settings) {
    const fits = typeof value === typeof kinds[name] && (choices[name]?.includes(value as string) ?? true);
    const sized = typeof value !== "string" || value.length <= longestText;
    const counted = typeof value !== "number" || (Number.isSafeInteger(value) && value >= 0);
    const listed = typeof value !== "object" || isRoles(value);
    if (!fits || !sized || !counted || !listed) throw new Fault("bad-request", "no such setting");
  }
  return Object.fromEntries(settings) as RoomOptions;
}

/** Of all settings that may be made here only this is a list. */
function isRoles(value: unknown): boolean {
  return (
    Array.isArray(value) && value.length <= allRoles.length && value.every((each) => allRoles.includes(each as Role))
  );
}
