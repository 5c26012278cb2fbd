/** Most of what queues hold comes many at a time and goes in the same order: a row for each commit and queue. */
export const queueRuns = `
create table queue_runs (
  user    integer not null,
  device  integer not null,
  last    integer not null,                  -- positions from first to last
  first   integer not null,
  entries blob    not null,                  -- see run-entries.ts
  settled blob,                              -- a bit for each entry; null: none
  primary key (user, device, last)
) without rowid;
`;
