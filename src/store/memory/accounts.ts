// Accounts, their contacts, and the secrets that all nodes share.
import type { Account, Contact } from "../../model/account.ts";
import { kindOf, type UserId } from "../../model/ids.ts";
import { isTooOld } from "../rosters.ts";
import type { AccountDatum, ContactChanges } from "../store.ts";
import { removeDevice } from "./devices.ts";
import { forgetNodes } from "./nodes.ts";
import type { Roster, State } from "./state.ts";

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
  state.clientTokens.delete(user);
  forgetNodes(state, user);
  for (const owner of state.contacts.keys()) removeContact(state, owner, user);
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

export function putContact(state: State, contact: Contact): number {
  let contacts = state.contacts.get(contact.owner);
  if (contacts === undefined) state.contacts.set(contact.owner, (contacts = new Map()));
  contacts.set(contact.contact, structuredClone(contact));
  return changed(state, contact.owner, contact.contact);
}

export function removeContact(state: State, owner: UserId, contact: UserId): number | undefined {
  return state.contacts.get(owner)?.delete(contact) === true ? changed(state, owner, contact) : undefined;
}

export function contactChanges(state: State, owner: UserId, since: number | undefined): ContactChanges {
  const lines = state.contacts.get(owner) ?? new Map<UserId, Contact>();
  const { version, changedAt } = rosterOf(state, owner);
  const whole = isTooOld(since, version);
  const after = whole ? 0 : since!;
  const all = [...changedAt]
    .map(([contact, at]) => ({ contact, line: lines.get(contact), version: at }))
    .filter((change) => change.version > after && (!whole || change.line !== undefined))
    .sort((one, other) => one.version - other.version);
  return { version, whole, changed: all };
}

function rosterOf(state: State, owner: UserId): Roster {
  let roster = state.rosters.get(owner);
  if (roster === undefined) state.rosters.set(owner, (roster = { version: 0, changedAt: new Map() }));
  return roster;
}

function changed(state: State, owner: UserId, contact: UserId): number {
  const roster = rosterOf(state, owner);
  roster.changedAt.set(contact, ++roster.version);
  return roster.version;
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
