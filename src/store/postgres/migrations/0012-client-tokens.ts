/** What clients were given to log in with, hashed. */
export const clientTokens = `
create table client_tokens (
  owner      bigint not null,
  client     text   collate "C" not null,
  version    bigint not null,
  value      text   not null,
  expires_at bigint not null,
  primary key (owner, client)
);
`;
