/**
 * Message ids are in the order of the rows, so that an index of nothing else grows at its end alone; where the seqs of a conversation
 * follow it, they say where an id would stand.
 */
export const mids = `
drop index entries_mid;
create unique index entries_mid on entries (mid);
alter table conversations add column strayed integer not null default 0; -- some id is not above all before it
update conversations set strayed = 1 where id in (
  select conversation
  from (select conversation, mid < lag(mid) over (partition by conversation order by seq) as back from entries)
  where back = 1
);
`;
