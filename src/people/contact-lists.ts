// Contact lists: kept by the store, and every change told to all sessions of the owner, wherever they are.
import type { Bus } from "../bus/bus.ts";
import type { Contacts, Session } from "../core.ts";
import type { Contact } from "../model/account.ts";
import type { ContactSignal } from "../model/event.ts";
import type { UserId } from "../model/ids.ts";
import { userKey } from "../sessions/interests.ts";
import type { Accounts, ContactChanges } from "../store/store.ts";

export interface ContactListParts {
  readonly store: Pick<Accounts, "contacts" | "contact" | "putContact" | "removeContact" | "contactChanges">;
  readonly bus: Bus;
  tell(signal: ContactSignal): void;
}

export class ContactLists implements Contacts {
  readonly #parts: ContactListParts;

  constructor(parts: ContactListParts) {
    this.#parts = parts;
  }

  list(owner: UserId): Promise<readonly Contact[]> {
    return this.#parts.store.contacts(owner);
  }

  get(owner: UserId, contact: UserId): Promise<Contact | undefined> {
    return this.#parts.store.contact(owner, contact);
  }

  changes(owner: UserId, since: number | undefined): Promise<ContactChanges> {
    return this.#parts.store.contactChanges(owner, since);
  }

  async put(line: Contact, by?: Session): Promise<void> {
    const version = await this.#parts.store.putContact(line);
    this.#news({ user: line.owner, contact: line.contact, line, version }, by);
  }

  async remove(owner: UserId, contact: UserId, by?: Session): Promise<boolean> {
    const version = await this.#parts.store.removeContact(owner, contact);
    if (version === undefined) return false;
    this.#news({ user: owner, contact, line: undefined, version }, by);
    return true;
  }

  #news(change: Pick<ContactSignal, "user" | "contact" | "line" | "version">, by: Session | undefined): void {
    const signal: ContactSignal = { type: "signal", name: "contact", ...change, by: by?.id, byDevice: by?.device };
    this.#parts.tell(signal);
    this.#parts.bus.announce([userKey(signal.user)], signal);
  }
}
