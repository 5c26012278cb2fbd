/** An account's archive is its direct conversations, merged in the order of the message ids. */
export const archive = `
create index entries_archive on entries (conversation, mid);
`;
