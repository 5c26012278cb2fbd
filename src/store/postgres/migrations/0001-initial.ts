/** Users, devices and conversations appear in millions of rows; they are written there as small integers. */
export const initial = `
-- A B-tree takes no key of more than a third of a page, and names may be longer: their keys are SHA-256.
create table names (
  id   bigint generated always as identity primary key,
  name text   not null,
  key  bytea  not null unique
);

create table conversations (
  id      bigint  generated always as identity primary key,
  name    text    not null,
  key     bytea   not null unique,
  one     bigint,                              -- the members of a direct conversation
  other   bigint,
  head    integer not null default 0,
  last_at bigint  not null default 0,
  peopled boolean not null                     -- those are written among the members
) with (fillfactor = 70);                      -- head moves without touching an index

create table entries (
  conversation bigint   not null,
  seq          integer  not null,
  mid          uuid     not null,
  at           bigint   not null,
  kind         smallint not null,
  author       bigint   not null,
  device       bigint   not null,
  origin       text,
  body         text,
  bytes        bytea,
  extensions   text,
  primary key (conversation, seq)
);
create unique index entries_mid on entries (mid);
-- Unique all the same: who looks here holds the lock on the conversation.
create index entries_origin on entries (conversation, author, hashtext(origin)) where origin is not null;

create table held_origins (                    -- until released (MQTT QoS 2: PUBREL)
  author       bigint  not null,
  origin       text    not null,
  conversation bigint  not null,               -- 0: a publication on a plain topic
  seq          integer not null,
  device       bigint  not null
);
-- Whoever makes two origin ids of one MD5 loses a message of his own.
create unique index held_origins_key on held_origins (author, md5(origin), conversation);
create index held_origins_device on held_origins (author, device);

create table members (
  account      bigint  not null,
  conversation bigint  not null,
  affiliation  text    not null,
  joined       boolean not null,
  primary key (account, conversation)
);
create index members_conversation on members (conversation);

create table marks (
  conversation bigint  not null,
  account      bigint  not null,
  delivered    integer not null,
  read         integer not null,
  at           bigint  not null,
  primary key (conversation, account)
) with (fillfactor = 70);
create index marks_account on marks (account);

create table cursors (
  account      bigint  not null,
  device       bigint  not null,
  conversation bigint  not null,
  seq          integer not null,
  primary key (account, device, conversation)
) with (fillfactor = 70);

create sequence publication_ids;
create table publications (                    -- bodies that queues still need
  id         bigint   primary key,
  host       text     not null,
  topic      text     not null,
  payload    bytea    not null,
  qos        smallint not null,
  retain     boolean  not null,
  author     bigint   not null,
  device     bigint   not null,
  at         bigint   not null,
  expires_at bigint,
  extensions text,
  owed       integer  not null                 -- queue entries that point here
) with (fillfactor = 70);

create table queues (
  account bigint  not null,
  device  bigint  not null,
  last    integer not null,                    -- last position given; outlives the entries
  primary key (account, device)
) with (fillfactor = 70);

create table queue_entries (
  account          bigint   not null,
  device           bigint   not null,
  position         integer  not null,
  publication      bigint   not null,
  qos              smallint not null,
  retain           boolean  not null,
  subscription_ids text,
  primary key (account, device, position)
);

create table retained (
  host       text     not null,
  topic      text     not null,
  payload    bytea    not null,
  qos        smallint not null,
  retain     boolean  not null,
  author     bigint   not null,
  device     bigint   not null,
  at         bigint   not null,
  expires_at bigint,
  extensions text,
  key        bytea    not null,                -- of the topic
  primary key (host, key)
);

create table devices (
  account       bigint not null,
  device        bigint not null,
  state         text   not null,
  subscriptions text,                          -- null: none
  attached_at   bigint not null,
  detached_at   bigint not null,
  expires_at    bigint,
  primary key (account, device)
);
create index devices_subscribed on devices (account, device) where subscriptions is not null;
create index devices_expires on devices (expires_at) where expires_at is not null;

create table rooms (
  conversation bigint  primary key,
  host         text    not null,
  title        text    not null,
  open         boolean not null,
  listed       boolean not null,
  created_at   bigint  not null,
  created_by   text    not null
);
create index rooms_host on rooms (host);

create table accounts (
  name       text   collate "C" primary key,
  keys       text   not null,
  created_at bigint not null
);

create table contacts (
  owner        bigint  not null,
  contact      bigint  not null,
  name         text,
  groups       text    not null,
  subscription text    not null,
  ask          boolean not null,
  pending_in   boolean not null,
  primary key (owner, contact)
);
create index contacts_contact on contacts (contact);

create table secrets (
  name  text primary key,
  value text not null
);
`;
