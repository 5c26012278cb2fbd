/** Entries that are about others, and what a retraction leaves. */
export const relations = `
alter table entries add column target integer, add column relation text, add column retracted text;
create index entries_target on entries (conversation, target) where target is not null;

-- What retractions of this batch leave of their targets and of the edits of those, and what is left of edits that come
-- too late. Labels (names with a colon) are no content, and stay.
create function trivium_retract(drafts json) returns void
language plpgsql as $$
begin
  update entries e
  set body = null, bytes = null, retracted = r.mark,
    extensions = (
      select json_object_agg(x.key, x.value)::text from json_each_text(e.extensions::json) x where x.key like '%:%'),
    relation = case when e.kind = 3 then json_build_object('target', e.relation::json -> 'target')::text end
  from (
    select distinct on (mine.conversation, mine.target)
      mine.conversation, mine.target, replace(d.retracted, '"seq":@', '"seq":' || mine.seq) as mark
    from json_to_recordset(drafts) as d(mid uuid, retracted text)
    join entries mine on mine.mid = d.mid
    where d.retracted is not null
    order by mine.conversation, mine.target, mine.seq desc
  ) r
  where e.conversation = r.conversation and (e.seq = r.target or (e.kind = 3 and e.target = r.target));

  update entries e
  set body = null, bytes = null, retracted = original.retracted,
    extensions = (
      select json_object_agg(x.key, x.value)::text from json_each_text(e.extensions::json) x where x.key like '%:%'),
    relation = json_build_object('target', e.relation::json -> 'target')::text
  from json_to_recordset(drafts) as d(mid uuid, kind smallint), entries mine, entries original
  where d.kind = 3 and mine.mid = d.mid
    and original.conversation = mine.conversation and original.seq = mine.target and original.retracted is not null
    and e.conversation = mine.conversation and e.seq = mine.seq and e.retracted is null;

  delete from search_index s
  using json_to_recordset(drafts) as d(mid uuid, retracted text), entries mine, entries gone
  where d.retracted is not null and mine.mid = d.mid
    and gone.conversation = mine.conversation and (gone.seq = mine.target or (gone.kind = 3 and gone.target = mine.target))
    and s.conversation = gone.conversation and s.seq = gone.seq;
end $$;

-- The seq of each draft: above 0 when new; below 0 when the author's origin id named that entry before; 0 for a conflict.
create or replace function trivium_append(conversation_ids bigint[], drafts json) returns integer[]
language plpgsql as $$
declare
  locked   integer;
  lonely   boolean;
  asked    integer;
  answered integer[];
  about    boolean;
begin
  select count(*), coalesce(bool_or(not c.peopled), false) into locked, lonely
  from (select peopled from conversations where id = any (conversation_ids) order by id for update) c;
  if locked < cardinality(conversation_ids) then
    raise exception 'a conversation was removed' using errcode = 'TRV01';
  end if;

  with draft as materialized (
    select * from json_to_recordset(drafts) as d(
      n integer, conversation bigint, mid uuid, at bigint, kind smallint, author bigint, device bigint,
      origin text, held boolean, body text, bytes text, extensions text, target integer, relation text,
      retracted text)
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
    insert into entries (conversation, seq, mid, at, kind, author, device, origin, body, bytes, extensions, target, relation)
    select conversation, seq, mid, at, kind, author, device, case when held then null else origin end, body,
      decode(bytes, 'base64'), extensions, target, relation
    from numbered
  ), held as (
    insert into held_origins (author, origin, conversation, seq, device)
    select author, origin, conversation, seq, device from numbered where held and origin is not null
  ), moved as (
    update conversations c set head = last.seq, last_at = last.at, peopled = true
    from (select distinct on (conversation) conversation, seq, at from numbered order by conversation, seq desc) last
    where c.id = last.conversation
  )
  select array_agg(seq order by n), (select count(*) from draft), (select bool_or(kind in (3, 4)) from draft)
  into answered, asked, about from numbered;

  if about then
    perform trivium_retract(drafts);
  end if;

  if cardinality(answered) = asked then
    return answered;
  end if;

  -- Some were known. By now every message id and origin id of the batch is stored, once.
  return (
    select array_agg(
      case
        when known.seq is not null then known.seq
        when first.retracted is not null
          or (first.body is not distinct from d.body and first.bytes is not distinct from decode(d.bytes, 'base64')
            and first.relation is not distinct from d.relation)
          then -first.seq
        else 0
      end
      order by d.n)
    from json_to_recordset(drafts) as d(
      n integer, conversation bigint, mid uuid, author bigint, origin text, held boolean, body text, bytes text, relation text)
    left join entries known on known.mid = d.mid
    left join lateral (
      select e.seq, e.body, e.bytes, e.relation, e.retracted from entries e
      where not d.held and e.conversation = d.conversation and e.author = d.author
        and hashtext(e.origin) = hashtext(d.origin) and e.origin = d.origin
      union all
      select e.seq, e.body, e.bytes, e.relation, e.retracted from held_origins h
      join entries e on e.conversation = h.conversation and e.seq = h.seq
      where d.held and h.author = d.author and md5(h.origin) = md5(d.origin)
        and h.conversation = d.conversation
    ) first on known.seq is null
  );
end $$;
`;
