/** Small texts that front-ends keep with an account. */
export const accountData = `
create table account_data (
  owner bigint not null,
  name  text   collate "C" not null,
  value text   not null,
  primary key (owner, name)
);
`;
