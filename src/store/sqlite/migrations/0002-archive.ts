/** A message id is looked for in its conversation, and an archive read in the order of the ids. */
export const archive = `
drop index entries_mid;
create unique index entries_mid on entries (conversation, mid);
`;
