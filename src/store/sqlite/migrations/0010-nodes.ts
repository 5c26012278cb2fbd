/** Nodes of accounts and services, their items, and who stands in some way to them. */
export const nodes = `
create table pub_nodes (
  id         integer primary key,
  owner      text    not null,
  name       text    not null,
  config     text    not null,
  created_at integer not null,
  created_by text    not null,
  unique (owner, name)
);

create table pub_items (
  position  integer primary key autoincrement,
  node      integer not null,
  id        text    not null,
  publisher text    not null,
  at        integer not null,
  bytes     integer not null,                  -- of the payload, which is long
  payload   text    not null,
  unique (node, id)
);
create index pub_items_order on pub_items (node, position);

create table pub_members (
  node         integer not null,
  address      text    not null,
  account      text    not null,
  affiliation  text    not null,
  subscription text,
  primary key (node, address)
) without rowid;
create index pub_members_account on pub_members (account);
`;
