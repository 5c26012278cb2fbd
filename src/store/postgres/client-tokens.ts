// Tokens of clients.
import type { UserId } from "../../model/ids.ts";
import type { KeptTokens } from "../client-tokens.ts";
import type { Database } from "./connection.ts";
import { nameId } from "./keys.ts";
import type { Names } from "./names.ts";
import { fromText, toText } from "./text.ts";

const insert = {
  name: "insert_client_tokens",
  text: `
    insert into client_tokens (owner, client, version, value, expires_at) values ($1, $2, $3, $4, $5)
    on conflict do nothing returning client`,
};
const update = {
  name: "update_client_tokens",
  text: `
    update client_tokens set version = $3, value = $4, expires_at = $5
    where owner = $1 and client = $2 and version = $3 - 1 returning client`,
};
const prune = {
  name: "prune_client_tokens",
  text: `
    delete from client_tokens where owner = $1 and client not in (
      select client from client_tokens where owner = $1 order by client = $2 desc, expires_at desc limit $3)`,
};
const one = {
  name: "client_tokens",
  text: `
    select version, value, expires_at as "expiresAt" from client_tokens
    where owner = ${nameId("$1")} and client = $2`,
};
const remove = {
  name: "remove_client_tokens",
  text: `delete from client_tokens where owner = ${nameId("$1")} and ($2::text is null or client = $2)`,
};

export function clientTokensOf(database: Database, names: Names) {
  return {
    clientTokens: async (owner: UserId, client: string): Promise<KeptTokens | undefined> => {
      const [row] = await database.ask<KeptTokens>(one, toText(owner), toText(client));
      return row === undefined ? undefined : { ...row, value: fromText(row.value) };
    },
    putClientTokens: async (owner: UserId, client: string, tokens: KeptTokens, keep: number): Promise<boolean> => {
      const number = (await names.names([owner]))(owner);
      const { version, value, expiresAt } = tokens;
      return database.transaction(async (connection) => {
        const put = version === 1 ? insert : update;
        const rows = await connection.ask(put, number, toText(client), version, toText(value), expiresAt);
        if (rows.length > 0) await connection.ask(prune, number, toText(client), keep);
        return rows.length > 0;
      });
    },
    removeClientTokens: async (owner: UserId, client: string | undefined): Promise<void> => {
      await database.ask(remove, toText(owner), client === undefined ? null : toText(client));
    },
  };
}
