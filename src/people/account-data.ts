// What front-ends keep with an account, within bounds.
import type { AccountData } from "../core.ts";
import { Fault } from "../model/fault.ts";
import type { UserId } from "../model/ids.ts";
import type { Accounts } from "../store/store.ts";

/** Texts of one account, and their length together; the bytes of a name, and the length of one text. */
const most = 2000;
const longestTogether = 4 << 20;
const longestName = 1000;
const longest = 256 << 10;

export function accountDataOver(store: Pick<Accounts, "datum" | "data" | "putDatum">): AccountData {
  return {
    get: (owner, name) => store.datum(owner, name),
    list: (owner, prefix) => store.data(owner, prefix, most),
    put: async (owner, name, value) => {
      if (value !== undefined && (await grows(store, owner, name, value))) await check(store, owner, name, value);
      await store.putDatum(owner, name, value);
    },
  };
}

/** What grows by nothing is within the bounds already; to know the sum all that the account has must be read. */
async function grows(
  store: Pick<Accounts, "datum">,
  owner: UserId,
  name: string,
  { length }: string,
): Promise<boolean> {
  return length > ((await store.datum(owner, name))?.length ?? -1);
}

async function check(
  store: Pick<Accounts, "datum" | "data">,
  owner: UserId,
  name: string,
  value: string,
): Promise<void> {
  if (Buffer.byteLength(name) > longestName || value.length > longest)
    throw new Fault("too-large", "too much to keep at once");
  const others = (await store.data(owner, "", most + 1)).filter((kept) => kept.name !== name);
  const length = others.reduce((sum, kept) => sum + kept.value.length, value.length);
  if (others.length >= most || length > longestTogether)
    throw new Fault("quota-exceeded", "the account keeps too much already");
}
