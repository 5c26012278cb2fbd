/** Users, devices and conversations appear in millions of rows; they are written there as small integers. */
export const initial = `
create table names (
  id   integer primary key,
  name text not null unique
);

create table conversations (
  id      integer primary key autoincrement, -- never a removed room's id again
  name    text    not null unique,
  peopled integer not null                   -- members of a direct conversation are written
);

create table entries (
  id           integer primary key autoincrement, -- rows are appended; the order of a log is in the index
  conversation integer not null,
  seq          integer not null,
  mid          blob    not null,
  at           integer not null,
  kind         integer not null,
  author       integer not null,
  device       integer not null,
  origin       text,
  body         text,
  bytes        blob,
  extensions   text
);
create unique index entries_seq on entries (conversation, seq);
create unique index entries_mid on entries (mid);

create table origins (                       -- lags behind the log, see origins.ts
  conversation integer not null,
  author       integer not null,
  origin       text    not null,
  seq          integer not null,
  primary key (conversation, author, origin)
) without rowid;

create table origins_progress (
  indexed_to integer not null                -- origins has all entries up to this id
);
insert into origins_progress values (0);

create table held_origins (                  -- until released (MQTT QoS 2: PUBREL)
  author       integer not null,
  origin       text    not null,
  conversation integer not null,             -- 0: a publication on a plain topic
  seq          integer not null,
  device       integer not null,
  primary key (author, origin, conversation)
) without rowid;

create table members (
  user         integer not null,
  conversation integer not null,
  affiliation  text    not null,
  joined       integer not null,
  primary key (user, conversation)
) without rowid;
create index members_conversation on members (conversation);

create table marks (
  conversation integer not null,
  user         integer not null,
  delivered    integer not null,
  read         integer not null,
  at           integer not null,
  primary key (conversation, user)
) without rowid;
create index marks_user on marks (user);

create table cursors (
  user         integer not null,
  device       integer not null,
  conversation integer not null,
  seq          integer not null,
  primary key (user, device, conversation)
) without rowid;

create table publications (                  -- bodies that queues still need
  id         integer primary key,
  host       text    not null,
  topic      text    not null,
  payload    blob    not null,
  qos        integer not null,
  retain     integer not null,
  author     integer not null,
  device     integer not null,
  at         integer not null,
  expires_at integer,
  extensions text,
  owed       integer not null                -- queue entries that point here
);

create table queues (
  user   integer not null,
  device integer not null,
  last   integer not null,                   -- last position given; outlives the entries
  primary key (user, device)
) without rowid;

create table queue_entries (
  user             integer not null,
  device           integer not null,
  position         integer not null,
  publication      integer not null,
  qos              integer not null,
  retain           integer not null,
  subscription_ids text,
  primary key (user, device, position)
) without rowid;

create table retained (
  host       text    not null,
  topic      text    not null,
  payload    blob    not null,
  qos        integer not null,
  retain     integer not null,
  author     integer not null,
  device     integer not null,
  at         integer not null,
  expires_at integer,
  extensions text,
  primary key (host, topic)
);

create table devices (
  user          integer not null,
  device        integer not null,
  state         text    not null,
  subscriptions text,                        -- null: none
  attached_at   integer not null,
  detached_at   integer not null,
  expires_at    integer,
  primary key (user, device)
) without rowid;
create index devices_subscribed on devices (user, device) where subscriptions is not null;
create index devices_expires on devices (expires_at) where expires_at is not null;

create table rooms (
  conversation integer primary key,
  host         text    not null,
  title        text    not null,
  open         integer not null,
  listed       integer not null,
  created_at   integer not null,
  created_by   text    not null
);
create index rooms_host on rooms (host);

create table accounts (
  user       text primary key,
  keys       text    not null,
  created_at integer not null
) without rowid;

create table contacts (
  owner        text    not null,
  contact      text    not null,
  name         text,
  groups       text    not null,
  subscription text    not null,
  ask          integer not null,
  pending_in   integer not null,
  primary key (owner, contact)
) without rowid;
create index contacts_contact on contacts (contact);

create table secrets (
  name  text primary key,
  value text not null
) without rowid;
`;
