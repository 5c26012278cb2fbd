/** Words of each entry under the entry's own id; the words themselves stand in the log alone. Lags behind it, see search.ts. */
export const search = `
create virtual table search using fts5(
  words, content = '', contentless_delete = 1, detail = none,
  tokenize = "unicode61 remove_diacritics 0 categories 'L* N* Co'"
);

create table search_progress (
  indexed_to integer not null                -- search has all entries up to this id
);
insert into search_progress values (0);
`;
