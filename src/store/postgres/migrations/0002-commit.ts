/**
 * A batch as one call, so that it costs one round trip and one transaction. Each statement of the function sees what
 * was committed before it began, hence: first lock, then look. Locks are taken in the same order everywhere
 * (conversations, queues, cursors, marks, queue entries, publications, retained; by key within each).
 */
export const commit = `
-- Numbers of names, given now to those that have none. Sorted, so that two nodes never wait for each other.
create function trivium_names(wanted text[]) returns table (id bigint, name text)
language plpgsql
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
as $$
begin
  insert into names (name, key)
  select w.name, sha256(convert_to(w.name, 'UTF8')) as key from unnest(wanted) as w(name) order by key
  on conflict do nothing;
  return query
    select n.id, n.name from unnest(wanted) as w(name) join names n on n.key = sha256(convert_to(w.name, 'UTF8'));
end $$;

create function trivium_conversations(wanted json) returns table (id bigint, name text)
language plpgsql
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
as $$
begin
  insert into conversations (name, key, one, other, peopled)
  select w.name, sha256(convert_to(w.name, 'UTF8')) as key, w.one, w.other, w.one is null
  from json_to_recordset(wanted) as w(name text, one bigint, other bigint)
  order by key
  on conflict do nothing;
  return query
    select c.id, c.name from json_to_recordset(wanted) as w(name text)
    join conversations c on c.key = sha256(convert_to(w.name, 'UTF8'));
end $$;

-- The seq of each draft: above 0 when new; below 0 when the author's origin id named that entry before; 0 for a conflict.
create function trivium_append(conversation_ids bigint[], drafts json) returns integer[]
language plpgsql as $$
declare
  locked   integer;
  lonely   boolean;
  asked    integer;
  answered integer[];
begin
  select count(*), coalesce(bool_or(not c.peopled), false) into locked, lonely
  from (select peopled from conversations where id = any (conversation_ids) order by id for update) c;
  if locked < cardinality(conversation_ids) then
    raise exception 'a conversation was removed' using errcode = 'TRV01';
  end if;

  with draft as materialized (
    select * from json_to_recordset(drafts) as d(
      n integer, conversation bigint, mid uuid, at bigint, kind smallint, author bigint, device bigint,
      origin text, held boolean, body text, bytes text, extensions text)
  ), unknown as (
    select d.*,
      row_number() over (partition by d.mid order by d.n) as nth_of_mid,
      case when d.origin is null then 1 else
        row_number() over (partition by d.conversation, d.author, d.origin, d.held order by d.n)
      end as nth_of_origin
    from draft d
    where not exists (select from entries e where e.mid = d.mid)
  ), fresh as (
    select u.*
    from unknown u
    where u.nth_of_mid = 1 and u.nth_of_origin = 1
      and (u.origin is null or u.held or not exists (
        select from entries e
        where e.conversation = u.conversation and e.author = u.author
          and hashtext(e.origin) = hashtext(u.origin) and e.origin = u.origin))
      and (u.origin is null or not u.held or not exists (
        select from held_origins h
        where h.author = u.author and md5(h.origin) = md5(u.origin) and h.conversation = u.conversation))
  ), numbered as materialized (
    select f.*, c.head + (row_number() over (partition by f.conversation order by f.n))::integer as seq
    from fresh f join conversations c on c.id = f.conversation
  ), entered as (
    insert into members (account, conversation, affiliation, joined)
    select who.account, c.id, 'member', true
    from (select distinct conversation from numbered where lonely) f
    join conversations c on c.id = f.conversation and not c.peopled
    cross join lateral (select c.one union select c.other) as who(account)
    on conflict do nothing
    returning account, conversation
  ), caught_up as (
    insert into marks (conversation, account, delivered, read, at)
    select c.id, e.account, c.head, 0, c.last_at
    from entered e join conversations c on c.id = e.conversation
    where c.head > 0
    on conflict do nothing
  ), inserted as (
    insert into entries (conversation, seq, mid, at, kind, author, device, origin, body, bytes, extensions)
    select conversation, seq, mid, at, kind, author, device, case when held then null else origin end, body,
      decode(bytes, 'base64'), extensions
    from numbered
  ), held as (
    insert into held_origins (author, origin, conversation, seq, device)
    select author, origin, conversation, seq, device from numbered where held and origin is not null
  ), moved as (
    update conversations c set head = last.seq, last_at = last.at, peopled = true
    from (select distinct on (conversation) conversation, seq, at from numbered order by conversation, seq desc) last
    where c.id = last.conversation
  )
  select array_agg(seq order by n), (select count(*) from draft) into answered, asked from numbered;

  if cardinality(answered) = asked then
    return answered;
  end if;

  -- Some were known. By now every message id and origin id of the batch is stored, once.
  return (
    select array_agg(
      case
        when known.seq is not null then known.seq
        when first.body is not distinct from d.body and first.bytes is not distinct from decode(d.bytes, 'base64')
          then -first.seq
        else 0
      end
      order by d.n)
    from json_to_recordset(drafts) as d(
      n integer, conversation bigint, mid uuid, author bigint, origin text, held boolean, body text, bytes text)
    left join entries known on known.mid = d.mid
    left join lateral (
      select e.seq, e.body, e.bytes from entries e
      where not d.held and e.conversation = d.conversation and e.author = d.author
        and hashtext(e.origin) = hashtext(d.origin) and e.origin = d.origin
      union all
      select e.seq, e.body, e.bytes from held_origins h
      join entries e on e.conversation = h.conversation and e.seq = h.seq
      where d.held and h.author = d.author and md5(h.origin) = md5(d.origin)
        and h.conversation = d.conversation
    ) first on known.seq is null
  );
end $$;

-- The positions of each publication, in the order of its sessions; null when its origin id was known.
create function trivium_enqueue(publications_in json) returns json
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
      place integer, account bigint, device bigint, qos smallint, retain boolean, ids text)
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
    insert into queue_entries (account, device, position, publication, qos, retain, subscription_ids)
    select account, device, position, id, qos, retain, ids from placed
  ), answers as (
    select n, json_agg(position order by place) as positions from placed group by n
  )
  select json_agg(case when f.n is null then null else coalesce(a.positions, '[]') end order by o.n) into answered
  from one o left join fresh f using (n) left join answers a using (n);
  return answered;
end $$;

create function trivium_settle(settled json) returns void
language plpgsql as $$
begin
  with locked as materialized (
    select q.account, q.device, q.position
    from json_to_recordset(settled) as s(account bigint, device bigint, position integer)
    join queue_entries q using (account, device, position)
    order by q.account, q.device, q.position
    for update of q
  ), gone as (
    delete from queue_entries q using (select distinct * from locked) l
    where q.account = l.account and q.device = l.device and q.position = l.position
    returning q.publication
  ), counted as materialized (
    select publication, count(*)::integer as settled from gone group by publication
  ), held as materialized (
    select p.id, c.settled from counted c join publications p on p.id = c.publication order by p.id for update of p
  ), lessened as (
    update publications p set owed = p.owed - h.settled from held h where p.id = h.id
    returning p.id, p.owed
  )
  delete from publications where id in (select id from lessened where owed <= 0);
end $$;

-- A part that is empty is null. Each is JSON of its own, because taking one out of a document reads all of it.
create function trivium_commit(
  releases json, appended_to bigint[], moved_in bigint[],
  appends json, enqueues json, advances json, moves json, settles json, pins json)
returns table (appended integer[], enqueued json)
language plpgsql
-- Plans are kept: one made while a table was nearly empty must do when it is large.
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
as $$
begin
  if releases is not null then
    delete from held_origins h
    using json_to_recordset(releases) as r(author bigint, origin text)
    where h.author = r.author and md5(h.origin) = md5(r.origin);
  end if;
  if appends is not null then
    appended := trivium_append(appended_to, appends);
  end if;
  if enqueues is not null then
    enqueued := trivium_enqueue(enqueues);
  end if;
  if (select count(*) from conversations where id = any (moved_in)) < cardinality(moved_in) then
    raise exception 'a conversation was removed' using errcode = 'TRV01';
  end if;
  if advances is not null then
    insert into cursors as c (account, device, conversation, seq)
    select account, device, conversation, max(seq)
    from json_to_recordset(advances) as a(account bigint, device bigint, conversation bigint, seq integer)
    group by account, device, conversation
    order by account, device, conversation
    on conflict (account, device, conversation) do update set seq = excluded.seq where excluded.seq > c.seq;
  end if;
  if moves is not null then
    insert into marks as m (conversation, account, delivered, read, at)
    select conversation, account, delivered, read, at
    from json_to_recordset(moves)
      as a(conversation bigint, account bigint, delivered integer, read integer, at bigint)
    order by conversation, account
    on conflict (conversation, account) do update
    set delivered = greatest(m.delivered, excluded.delivered), read = greatest(m.read, excluded.read), at = excluded.at
    where excluded.delivered > m.delivered or excluded.read > m.read;
  end if;
  if settles is not null then
    perform trivium_settle(settles);
  end if;
  if pins is not null then
    insert into retained as r
    select host, topic, decode(payload, 'base64'), qos, retain, author, device, at, expires_at, extensions,
      sha256(convert_to(topic, 'UTF8')) as key
    from json_to_recordset(pins) as p(
      host text, topic text, payload text, qos smallint, retain boolean, author bigint, device bigint,
      at bigint, expires_at bigint, extensions text)
    order by host, key
    on conflict (host, key) do update
    set payload = excluded.payload, qos = excluded.qos, retain = excluded.retain, author = excluded.author,
      device = excluded.device, at = excluded.at, expires_at = excluded.expires_at, extensions = excluded.extensions;
    -- The rows are ours by now, so that deleting in any order waits for nobody.
    delete from retained r
    using json_to_recordset(pins) as p(host text, topic text, payload text)
    where r.host = p.host and r.key = sha256(convert_to(p.topic, 'UTF8')) and p.payload = '';
  end if;
  return next;
end $$;
`;
