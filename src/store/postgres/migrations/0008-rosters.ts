/** Contact lists have versions (RFC 6121 §2.6): each change counts one up. */
export const rosters = `
alter table contacts add column version integer not null default 0;

alter table contacts add column approved boolean not null default false;

create table rosters (
  owner   bigint  primary key,
  version integer not null
) with (fillfactor = 70);

create table removed_contacts (
  owner   bigint  not null,
  contact bigint  not null,
  version integer not null,
  primary key (owner, contact)
);
`;
