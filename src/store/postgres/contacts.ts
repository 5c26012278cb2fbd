// Contact lists.
import type { Contact } from "../../model/account.ts";
import type { UserId } from "../../model/ids.ts";
import { isTooOld, rememberedChanges } from "../rosters.ts";
import type { ContactChange, ContactChanges } from "../store.ts";
import type { Connection, Database } from "./connection.ts";
import { nameId } from "./keys.ts";
import type { Names } from "./names.ts";
import { fromText, toText } from "./text.ts";

// Both begin with the list's version, whose row is the lock on the list.
const bumped = `
  bumped as (
    insert into rosters as r (owner, version) values ($1, 1)
    on conflict (owner) do update set version = r.version + 1
    returning version
  )`;
const put = {
  name: "put_contact",
  text: `
    with ${bumped}, put as (
      insert into contacts (owner, contact, name, groups, subscription, ask, pending_in, approved, version)
      select $1::bigint, $2::bigint, $3, $4, $5, $6, $7, $8, version from bumped
      on conflict (owner, contact) do update
      set name = excluded.name, groups = excluded.groups, subscription = excluded.subscription, ask = excluded.ask,
        pending_in = excluded.pending_in, approved = excluded.approved, version = excluded.version
    ), back as (delete from removed_contacts where owner = $1 and contact = $2)
    select version from bumped`,
};
const remove = {
  name: "remove_contact",
  text: "delete from contacts where owner = $1 and contact = $2 returning owner",
};
const noteRemoved = {
  name: "note_removed_contact",
  text: `
    with ${bumped}, noted as (
      insert into removed_contacts (owner, contact, version) select $1::bigint, $2::bigint, version from bumped
      on conflict (owner, contact) do update set version = excluded.version
    ), forgotten as (
      delete from removed_contacts where owner = $1 and version < (select version from bumped) - ${rememberedChanges}
    )
    select version from bumped`,
};
const versionOf = { name: "roster_version", text: `select version from rosters where owner = ${nameId("$1")}` };
const select = `
  select o.name as owner, k.name as contact, c.name, c.groups, c.subscription, c.ask, c.pending_in as "pendingIn", c.approved
  from contacts c join names o on o.id = c.owner join names k on k.id = c.contact
  where c.owner = ${nameId("$1")}`;
const since = {
  name: "contacts_since",
  text: `${select.replace("c.approved", "c.approved, c.version")} and c.version > $2`,
};
const removedSince = {
  name: "removed_contacts_since",
  text: `
    select k.name as contact, c.version from removed_contacts c join names k on k.id = c.contact
    where c.owner = ${nameId("$1")} and c.version > $2`,
};
const all = { name: "contacts", text: select };
const one = { name: "contact", text: `${select} and c.contact = ${nameId("$2")}` };

interface ContactRow {
  readonly owner: string;
  readonly contact: string;
  readonly name: string | null;
  readonly groups: string;
  readonly subscription: Contact["subscription"];
  readonly ask: boolean;
  readonly pendingIn: boolean;
  readonly approved: boolean;
}

export function contactsOf(database: Database, names: Names) {
  return {
    contacts: async (owner: UserId): Promise<readonly Contact[]> =>
      (await database.ask<ContactRow>(all, toText(owner))).map(contactOfRow),
    contact: async (owner: UserId, contact: UserId): Promise<Contact | undefined> => {
      const [row] = await database.ask<ContactRow>(one, toText(owner), toText(contact));
      return row === undefined ? undefined : contactOfRow(row);
    },
    putContact: async ({
      owner,
      contact,
      name,
      groups,
      subscription,
      ask,
      pendingIn,
      approved,
    }: Contact): Promise<number> => {
      const number = await names.names([owner, contact]);
      const texts = [name === undefined ? null : toText(name), toText(JSON.stringify(groups))];
      const values = [number(owner), number(contact), ...texts, subscription, ask, pendingIn, approved === true];
      return (await database.ask<Version>(put, ...values))[0]!.version;
    },
    removeContact: async (owner: UserId, contact: UserId): Promise<number | undefined> => {
      const number = await names.names([owner, contact]);
      return database.transaction((connection) => removeOne(connection, number(owner), number(contact)));
    },
    contactChanges: async (owner: UserId, from: number | undefined): Promise<ContactChanges> => {
      // What is put while this is asked is told again the next time, and never missed.
      const version = (await database.ask<Version>(versionOf, toText(owner)))[0]?.version ?? 0;
      const whole = isTooOld(from, version);
      const rows = await database.ask<ContactRow & Version>(since, toText(owner), whole ? -1 : from!);
      const gone = whole ? [] : await database.ask<{ contact: string } & Version>(removedSince, toText(owner), from!);
      const changed: ContactChange[] = [
        ...rows.map((row) => ({ ...named(row), line: contactOfRow(row) })),
        ...gone.map((row) => ({ ...named(row), line: undefined })),
      ];
      return { version, whole, changed: changed.sort((a, b) => a.version - b.version) };
    },
  };
}

interface Version {
  readonly version: number;
}

function named({ contact, version }: Version & { contact: string }): Pick<ContactChange, "contact" | "version"> {
  return { contact: fromText(contact) as UserId, version };
}

/** By numbers, within a transaction. */
export async function removeOne(connection: Connection, owner: number, contact: number): Promise<number | undefined> {
  if ((await connection.ask(remove, owner, contact)).length === 0) return undefined;
  return (await connection.ask<Version>(noteRemoved, owner, contact))[0]!.version;
}

function contactOfRow(row: ContactRow): Contact {
  return {
    owner: fromText(row.owner) as UserId,
    contact: fromText(row.contact) as UserId,
    name: row.name === null ? undefined : fromText(row.name),
    groups: JSON.parse(fromText(row.groups)),
    subscription: row.subscription,
    ask: row.ask,
    pendingIn: row.pendingIn,
    approved: row.approved ? true : undefined,
  };
}
