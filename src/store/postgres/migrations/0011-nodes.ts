/** Nodes of accounts and services, their items, and who stands in some way to them. */
export const nodes = `
create table pub_nodes (
  id         bigint generated always as identity primary key,
  owner      bigint not null,
  name       text   collate "C" not null,
  config     text   not null,
  created_at bigint not null,
  created_by bigint not null,
  unique (owner, name)
);

create table pub_items (
  node      bigint  not null references pub_nodes on delete cascade,
  id        text    collate "C" not null,
  position  bigint  generated always as identity,
  publisher bigint  not null,
  at        bigint  not null,
  bytes     integer not null,                  -- of the payload, which is long
  payload   text    not null,
  primary key (node, id)
);
create index pub_items_order on pub_items (node, position);

create table pub_members (
  node         bigint not null references pub_nodes on delete cascade,
  address      text   collate "C" not null,
  account      bigint not null,
  affiliation  text   not null,
  subscription text,
  primary key (node, address)
);
create index pub_members_account on pub_members (account);
`;
