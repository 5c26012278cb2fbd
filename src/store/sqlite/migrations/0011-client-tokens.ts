/** What clients were given to log in with, hashed. */
export const clientTokens = `
create table client_tokens (
  owner      text    not null,
  client     text    not null,
  version    integer not null,
  value      text    not null,
  expires_at integer not null,
  primary key (owner, client)
) without rowid;
`;
