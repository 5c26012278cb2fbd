/** Entries of shared subscriptions can change hands; wills outlive the process; what expires is found by its time. */
export const sharedTopics = `
alter table queue_entries add column share text;   -- the shared subscription that owes it; null: the device itself
create index queue_entries_share on queue_entries (md5(share)) where share is not null;
create index queue_entries_publication on queue_entries (publication);

alter table devices add column node text;          -- where it attached last
alter table devices add column will text;          -- said when it goes without a word
alter table devices add column will_at bigint;     -- when it is due; null while the device is attached
create index devices_will_at on devices (will_at) where will_at is not null;
create index devices_will_open on devices (node) where will is not null and will_at is null;

create table nodes (                               -- signs of life
  node    text   primary key,
  seen_at bigint not null
);

create index publications_expires on publications (expires_at) where expires_at is not null;
create index retained_expires on retained (expires_at) where expires_at is not null;

-- The positions of each publication, in the order of its sessions; null when its origin id was known.
create or replace function trivium_enqueue(publications_in json) returns json
language plpgsql
set enable_hashjoin = on -- it joins no table
as $$
declare
  answered json;
begin
  with one as materialized (
    select p.*, row_number() over (partition by p.author, p.origin order by p.n) as nth
    from json_to_recordset(publications_in) as p(
      n integer, host text, topic text, payload text, qos smallint, retain boolean, author bigint, device bigint,
      at bigint, expires_at bigint, extensions text, origin text, sessions json)
  ), named as (
    insert into held_origins (author, origin, conversation, seq, device)
    select author, origin, 0, 0, device from one where origin is not null and nth = 1
    order by author, md5(origin)
    on conflict do nothing
    returning author, origin
  ), fresh as materialized (
    select o.*, nextval('publication_ids') as id
    from one o left join named using (author, origin)
    where o.origin is null or (o.nth = 1 and named.author is not null)
  ), owed as materialized (
    select f.n, f.id, s.*, row_number() over (partition by s.account, s.device order by f.n, s.place) as ahead
    from fresh f
    cross join lateral json_to_recordset(f.sessions) as s(
      place integer, account bigint, device bigint, qos smallint, retain boolean, ids text, share text)
  ), counted as materialized (
    select account, device, count(*)::integer as added from owed group by account, device
  ), reserved as (
    insert into queues as q (account, device, last)
    select account, device, added from counted order by account, device
    on conflict (account, device) do update set last = q.last + excluded.last
    returning account, device, last
  ), placed as materialized (
    select o.*, (r.last - c.added + o.ahead)::integer as position
    from owed o join counted c using (account, device) join reserved r using (account, device)
  ), kept as (
    insert into publications
    select id, host, topic, decode(payload, 'base64'), qos, retain, author, device, at, expires_at, extensions,
      json_array_length(sessions)
    from fresh where json_array_length(sessions) > 0
  ), entered as (
    insert into queue_entries (account, device, position, publication, qos, retain, subscription_ids, share)
    select account, device, position, id, qos, retain, ids, share from placed
  ), answers as (
    select n, json_agg(position order by place) as positions from placed group by n
  )
  select json_agg(case when f.n is null then null else coalesce(a.positions, '[]') end order by o.n) into answered
  from one o left join fresh f using (n) left join answers a using (n);
  return answered;
end $$;
`;
