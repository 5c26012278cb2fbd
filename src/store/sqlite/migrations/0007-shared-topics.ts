/** Entries of shared subscriptions can change hands; wills outlive the process; what expires is found by its time. */
export const sharedTopics = `
alter table queue_entries add column share text;   -- the shared subscription that owes it; null: the device itself
create index queue_entries_share on queue_entries (share) where share is not null;

alter table devices add column node text;          -- where it attached last
alter table devices add column will text;          -- said when it goes without a word
alter table devices add column will_at integer;    -- when it is due; null while the device is attached
create index devices_will_at on devices (will_at) where will_at is not null;
create index devices_will_open on devices (node) where will is not null and will_at is null;

create index held_origins_device on held_origins (author, device);

create table nodes (                               -- signs of life
  node    text primary key,
  seen_at integer not null
) without rowid;

create index publications_expires on publications (expires_at) where expires_at is not null;
create index queue_entries_publication on queue_entries (publication);
create index retained_expires on retained (expires_at) where expires_at is not null;
`;
