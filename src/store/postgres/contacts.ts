// Contact lists.
import type { Contact } from "../../model/account.ts";
import type { UserId } from "../../model/ids.ts";
import type { Database } from "./connection.ts";
import { nameId } from "./keys.ts";
import type { Names } from "./names.ts";
import { fromText, toText } from "./text.ts";

const put = {
  name: "put_contact",
  text: `
    insert into contacts (owner, contact, name, groups, subscription, ask, pending_in)
    values ($1, $2, $3, $4, $5, $6, $7)
    on conflict (owner, contact) do update
    set name = excluded.name, groups = excluded.groups, subscription = excluded.subscription, ask = excluded.ask,
      pending_in = excluded.pending_in`,
};
const remove = {
  name: "remove_contact",
  text: `delete from contacts where owner = ${nameId("$1")} and contact = ${nameId("$2")} returning owner`,
};
const select = `
  select o.name as owner, k.name as contact, c.name, c.groups, c.subscription, c.ask, c.pending_in as "pendingIn"
  from contacts c join names o on o.id = c.owner join names k on k.id = c.contact
  where c.owner = ${nameId("$1")}`;
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
}

export function contactsOf(database: Database, names: Names) {
  return {
    contacts: async (owner: UserId): Promise<readonly Contact[]> =>
      (await database.ask<ContactRow>(all, toText(owner))).map(contactOfRow),
    contact: async (owner: UserId, contact: UserId): Promise<Contact | undefined> => {
      const [row] = await database.ask<ContactRow>(one, toText(owner), toText(contact));
      return row === undefined ? undefined : contactOfRow(row);
    },
    putContact: async ({ owner, contact, name, groups, subscription, ask, pendingIn }: Contact): Promise<void> => {
      const number = await names.names([owner, contact]);
      const texts = [name === undefined ? null : toText(name), toText(JSON.stringify(groups))];
      await database.ask(put, number(owner), number(contact), ...texts, subscription, ask, pendingIn);
    },
    removeContact: async (owner: UserId, contact: UserId): Promise<boolean> =>
      (await database.ask(remove, toText(owner), toText(contact))).length > 0,
  };
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
  };
}
