/** Small texts that front-ends keep with an account. */
export const accountData = `
create table account_data (
  owner text not null,
  name  text not null,
  value text not null,
  primary key (owner, name)
) without rowid;
`;
