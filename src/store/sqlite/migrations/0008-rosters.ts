/** Contact lists have versions (RFC 6121 §2.6): each change counts one up. */
export const rosters = `
alter table contacts add column version integer not null default 0;
alter table contacts add column approved integer not null default 0;
create index contacts_version on contacts (owner, version);

create table rosters (
  owner   text    primary key,
  version integer not null
) without rowid;

create table removed_contacts (
  owner   text    not null,
  contact text    not null,
  version integer not null,
  primary key (owner, contact)
) without rowid;
`;
