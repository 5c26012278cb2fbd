// A room's settings as a form (XEP-0045 §10.1.3, §15.5.3), and a form as changes of them.
import {
  type Affiliation,
  allRoles,
  type Member,
  membersInvite,
  type Role,
  type Room,
  type RoomOptions,
  settingsOf,
  type UserId,
} from "#core";
import { parseJid, userOfJid } from "./addressing.ts";
import { aboutForm, type DataForm, type FormField, isAbout, truthOf, valueIn, valuesIn } from "./data-form.ts";
import { StanzaError } from "./faults.ts";

export const configForm = "http://jabber.org/protocol/muc#roomconfig";

const name = (field: string): string => `muc#roomconfig_${field}`;
const whispers = ["anyone", "participants", "moderators", "none"] as const;
const sizes = ["10", "20", "50", "100", "500", "1000", "10000", "none"];

/** The form an owner fills in. */
export function formOf(room: Room, members: readonly Member[]): DataForm {
  const settings = settingsOf(room);
  const jids = (wanted: Affiliation): string[] =>
    members.filter(({ affiliation }) => affiliation === wanted).map(({ user }) => user);
  const limit = settings.maxOccupants === 0 ? "none" : String(settings.maxOccupants);
  return {
    type: "form",
    title: `Configuration of ${room.title}`,
    fields: [
      aboutForm(configForm),
      text("roomname", "Name", room.title),
      text("roomdesc", "Description", settings.description),
      text("lang", "Language", settings.language),
      flag("publicroom", "Listed in discovery", room.listed),
      flag("persistentroom", "Stays when the last occupant leaves", settings.persistent),
      flag("membersonly", "For members only", !room.open),
      flag("moderatedroom", "Who is no member comes in without voice", settings.moderated),
      flag("passwordprotectedroom", "Asks for a password", settings.password !== ""),
      { ...text("roomsecret", "Password", settings.password), type: "text-private" },
      list("whois", "Who sees accounts", settings.addresses, ["moderators", "anyone"]),
      flag("changesubject", "Occupants may change the subject", settings.subjectBy === "participants"),
      flag("allowinvites", "Occupants may invite", settings.invitesBy === "participants" && membersInvite(room)),
      {
        var: name("presencebroadcast"),
        type: "list-multi",
        label: "Roles whose presence the others see",
        values: settings.presenceBroadcast,
        options: allRoles.map((role) => ({ value: role, label: role })),
      },
      list("allowpm", "Who may send private messages", settings.privateMessages, whispers),
      flag("enablelogging", "Keeps an archive", settings.archived),
      flag("allow_register", "Accounts may register a nick", settings.registration),
      list("maxusers", "Occupants at most", limit, sizes.includes(limit) ? sizes : [limit, ...sizes]),
      text("slow_mode_duration", "Seconds between two messages of one", String(settings.slowModeMs / 1000)),
      { var: name("roomadmins"), type: "jid-multi", label: "Admins", values: jids("admin") },
      { var: name("roomowners"), type: "jid-multi", label: "Owners", values: jids("owner") },
    ],
  };
}

/** What a submitted form sets. Fields nobody knows are passed over; values that cannot be are not-acceptable (§10.2). */
export function changesIn(form: DataForm): RoomOptions {
  if (!isAbout(form, configForm)) throw new StanzaError("bad-request", "a form about something else");
  const value = (field: string): string | undefined => valueIn(form, name(field));
  const secret = value("roomsecret");
  const asked = truth(value("passwordprotectedroom"));
  if (asked === true && (secret ?? "") === "") throw new StanzaError("not-acceptable", "no password");
  const membersOnly = truth(value("membersonly"));
  const changes = {
    title: value("roomname")?.slice(0, 200),
    description: value("roomdesc")?.slice(0, 2000),
    language: value("lang")?.slice(0, 64),
    listed: truth(value("publicroom")),
    persistent: truth(value("persistentroom")),
    open: membersOnly === undefined ? undefined : !membersOnly,
    moderated: truth(value("moderatedroom")),
    password: asked === false ? "" : secret?.slice(0, 256),
    addresses: oneOf(value("whois"), ["moderators", "anyone"] as const),
    subjectBy: groupOf(truth(value("changesubject"))),
    invitesBy: groupOf(truth(value("allowinvites"))),
    privateMessages: oneOf(value("allowpm"), whispers),
    presenceBroadcast: rolesIn(valuesIn(form, name("presencebroadcast"))),
    archived: truth(value("enablelogging")),
    registration: truth(value("allow_register")),
    maxOccupants: limitOf(value("maxusers")),
    slowModeMs: secondsOf(value("slow_mode_duration")),
  };
  const set = Object.entries(changes).filter(([, each]) => each !== undefined);
  return { ...(Object.fromEntries(set) as RoomOptions), locked: false };
}

/** Admins and owners that the form names; undefined where it names none at all. */
export function governorsIn(form: DataForm): Readonly<Record<"admin" | "owner", readonly UserId[] | undefined>> {
  const users = (field: string): UserId[] | undefined =>
    valuesIn(form, name(field))?.map((text) => {
      const jid = parseJid(text);
      if (jid === undefined || jid.local === "") throw new StanzaError("not-acceptable", "no account");
      return userOfJid(jid);
    });
  return { admin: users("roomadmins"), owner: users("roomowners") };
}

function text(field: string, label: string, value: string): FormField {
  return { var: name(field), type: "text-single", label, values: [value] };
}

function flag(field: string, label: string, value: boolean): FormField {
  return { var: name(field), type: "boolean", label, values: [value ? "1" : "0"] };
}

function list(field: string, label: string, value: string, options: readonly string[]): FormField {
  return { var: name(field), type: "list-single", label, values: [value], options: options.map((each) => ({ value: each, label: each })) }; // prettier-ignore
}

function truth(value: string | undefined): boolean | undefined {
  if (value === undefined) return undefined;
  const said = truthOf(value);
  if (said === undefined) throw new StanzaError("not-acceptable", "neither true nor false");
  return said;
}

function groupOf(everybody: boolean | undefined): "participants" | "moderators" | undefined {
  if (everybody === undefined) return undefined;
  return everybody ? "participants" : "moderators";
}

function oneOf<T extends string>(value: string | undefined, among: readonly T[]): T | undefined {
  if (value === undefined || among.includes(value as T)) return value as T | undefined;
  throw new StanzaError("not-acceptable", "no such choice");
}

/** Of a field with no value: nobody's. */
function rolesIn(values: readonly string[] | undefined): readonly Role[] | undefined {
  if (values?.some((value) => !allRoles.includes(value as Role)))
    throw new StanzaError("not-acceptable", "no such role");
  return values as readonly Role[] | undefined;
}

function limitOf(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (value === "none" || value === "") return 0;
  if (!/^\d{1,5}$/.test(value)) throw new StanzaError("not-acceptable", "no number of occupants");
  return Math.min(Number(value), 20_000);
}

function secondsOf(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (!/^\d{1,5}(\.\d{1,3})?$/.test(value)) throw new StanzaError("not-acceptable", "no number of seconds");
  return Math.round(Number(value) * 1000);
}
