// Contact lists: kept by the store, and every change told to all sessions of the owner, wherever they are.
import type { Bus } from "../bus/bus.ts";
import type { Contacts, Session } from "../core.ts";
import type { Contact } from "../model/account.ts";
import type { ContactSignal } from "../model/event.ts";
import type { UserId } from "../model/ids.ts";
import type { Registry } from "../sessions/registry.ts";
import { userKey } from "../sessions/interests.ts";
import type { Accounts, ContactChanges } from "../store/store.ts";

export interface ContactListParts {
  readonly store: Pick<Accounts, "contacts" | "contact" | "putContact" | "removeContact" | "contactChanges">;
  readonly bus: Bus;
  readonly registry: Pick<Registry, "of">;
  tell(signal: ContactSignal): void;
}

export class ContactLists implements Contacts {
  readonly #parts: ContactListParts;
  /** The version of each list that sessions here have been told of, or have read. */
  readonly #told = new Map<UserId, number>();

  constructor(parts: ContactListParts) {
    this.#parts = parts;
  }

  list(owner: UserId): Promise<readonly Contact[]> {
    return this.#parts.store.contacts(owner);
  }

  get(owner: UserId, contact: UserId): Promise<Contact | undefined> {
    return this.#parts.store.contact(owner, contact);
  }

  async changes(owner: UserId, since: number | undefined): Promise<ContactChanges> {
    const changes = await this.#parts.store.contactChanges(owner, since);
    if (!this.#told.has(owner)) this.#told.set(owner, changes.version);
    return changes;
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

  /** News, of this node or another. */
  heard(signal: ContactSignal): void {
    if (signal.version > (this.#told.get(signal.user) ?? Infinity)) this.#told.set(signal.user, signal.version);
    this.#parts.tell(signal);
  }

  /** News may have been lost: sessions here are told what changed since they last heard. */
  async resync(): Promise<void> {
    for (const [user, version] of [...this.#told]) {
      if (this.#parts.registry.of(user).length === 0) {
        this.#told.delete(user);
        continue;
      }
      const { changed, version: now } = await this.#parts.store.contactChanges(user, version);
      for (const change of changed) this.#parts.tell({ type: "signal", name: "contact", user, ...change });
      this.#told.set(user, now);
    }
  }

  #news(change: Pick<ContactSignal, "user" | "contact" | "line" | "version">, by: Session | undefined): void {
    const signal: ContactSignal = { type: "signal", name: "contact", ...change, by: by?.id, byDevice: by?.device };
    this.heard(signal);
    this.#parts.bus.announce([userKey(signal.user)], signal);
  }
}
