// Tokens of clients.
import type { Database } from "better-sqlite3";
import type { UserId } from "../../model/ids.ts";
import type { KeptTokens } from "../client-tokens.ts";

export function clientTokenWrites(db: Database) {
  const insert = db.prepare<[UserId, string, number, string, number]>(
    "insert into client_tokens (owner, client, version, value, expires_at) values (?, ?, ?, ?, ?) on conflict do nothing",
  );
  const update = db.prepare<[number, string, number, UserId, string, number]>(
    "update client_tokens set version = ?, value = ?, expires_at = ? where owner = ? and client = ? and version = ?",
  );
  const prune = db.prepare<{ owner: UserId; client: string; keep: number }>(`
    delete from client_tokens where owner = @owner and client not in (
      select client from client_tokens where owner = @owner order by client = @client desc, expires_at desc limit @keep)`);
  const remove = db.prepare<[UserId, string]>("delete from client_tokens where owner = ? and client = ?");
  const removeAll = db.prepare<[UserId]>("delete from client_tokens where owner = ?");

  return {
    putClientTokens: (owner: UserId, client: string, tokens: KeptTokens, keep: number): boolean => {
      const { version, value, expiresAt } = tokens;
      const put =
        version === 1
          ? insert.run(owner, client, version, value, expiresAt)
          : update.run(version, value, expiresAt, owner, client, version - 1);
      if (put.changes > 0) prune.run({ owner, client, keep });
      return put.changes > 0;
    },
    removeClientTokens: (owner: UserId, client: string | undefined): void =>
      void (client === undefined ? removeAll.run(owner) : remove.run(owner, client)),
  };
}

export function clientTokenReads(db: Database) {
  const one = db.prepare<[UserId, string], KeptTokens>(
    "select version, value, expires_at as expiresAt from client_tokens where owner = ? and client = ?",
  );

  return { clientTokens: (owner: UserId, client: string): KeptTokens | undefined => one.get(owner, client) };
}
