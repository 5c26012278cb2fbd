/** Entries that are about others, and what a retraction leaves. */
export const relations = `
alter table entries add column target    integer; -- the seq of the entry that this one is about
alter table entries add column relation  text;
alter table entries add column retracted text;    -- its content is gone: by whom, and when
create index entries_target on entries (conversation, target) where target is not null;
`;
