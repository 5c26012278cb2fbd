/**
 * The words of each entry, in a table of its own: the log stays free of an index that is dear to write. It lags behind
 * the log; which conversations are due is noted by the transaction that moves their heads, once a conversation and batch.
 */
export const search = `
create table search_index (
  conversation bigint   not null,
  seq          integer  not null,
  mid          uuid     not null,
  words        tsvector not null,              -- and one that stands for the conversation
  primary key (conversation, seq)
);
create index search_words on search_index using gin (words);

create table search_positions (
  conversation bigint  primary key,
  seq          integer not null                -- the index has the log up to here
) with (fillfactor = 70);

create table search_due (
  conversation bigint primary key              -- the index may be behind in it
);
insert into search_due select id from conversations where head > 0;

create function trivium_search_due() returns trigger
language plpgsql as $$
begin
  insert into search_due select id from moved where head > 0 on conflict do nothing;
  return null;
end $$;
create trigger conversations_moved after update on conversations
  referencing new table as moved for each statement execute function trivium_search_due();
`;
