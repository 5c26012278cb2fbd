// Accounts, their contacts, and the secrets that all nodes share.
import type { Account, Contact } from "../../model/account.ts";
import { kindOf, type UserId } from "../../model/ids.ts";
import type { AccountDatum } from "../store.ts";
import { removeDevice } from "./devices.ts";
import type { State } from "./state.ts";

export function createAccount(state: State, account: Account): boolean {
  if (state.accounts.has(account.user)) return false;
  state.accounts.set(account.user, structuredClone(account));
  return true;
}

export function updateAccount(state: State, account: Account): boolean {
  const old = state.accounts.get(account.user);
  if (old === undefined) return false;
  state.accounts.set(account.user, { ...old, keys: structuredClone(account.keys) });
  return true;
}

export function removeAccount(state: State, user: UserId): boolean {
  if (!state.accounts.delete(user)) return false;
  for (const key of [...state.devices.keys(), ...state.queues.keys(), ...state.cursors.keys()]) {
    const [owner, device] = JSON.parse(key) as [UserId, never];
    if (owner === user) removeDevice(state, owner, device);
  }
  for (const origin of [...state.heldOrigins.keys()]) {
    if ((JSON.parse(origin) as string[])[0] === user) state.heldOrigins.delete(origin);
  }
  state.contacts.delete(user);
  state.data.delete(user);
  for (const contacts of state.contacts.values()) contacts.delete(user);
  for (const [conversation, log] of state.logs) {
    log.marks.delete(user);
    if (log.members.delete(user) && kindOf(conversation) === "direct") log.peopled = false;
  }
  return true;
}

export function accounts(state: State, limit: number, after: UserId | undefined): readonly Account[] {
  return [...state.accounts.values()]
    .filter((account) => after === undefined || account.user > after)
    .sort((one, other) => (one.user < other.user ? -1 : 1))
    .slice(0, limit);
}

export function putContact(state: State, contact: Contact): void {
  let contacts = state.contacts.get(contact.owner);
  if (contacts === undefined) state.contacts.set(contact.owner, (contacts = new Map()));
  contacts.set(contact.contact, structuredClone(contact));
}

export function data(state: State, owner: UserId, prefix: string, limit: number): readonly AccountDatum[] {
  return [...(state.data.get(owner) ?? [])]
    .filter(([name]) => name.startsWith(prefix))
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .slice(0, limit)
    .map(([name, value]) => ({ name, value }));
}

export function putDatum(state: State, owner: UserId, name: string, value: string | undefined): void {
  let known = state.data.get(owner);
  if (known === undefined) state.data.set(owner, (known = new Map()));
  if (value === undefined) known.delete(name);
  else known.set(name, value);
}

export function secret(state: State, name: string, value: string): string {
  const known = state.secrets.get(name);
  if (known === undefined) state.secrets.set(name, value);
  return known ?? value;
}
