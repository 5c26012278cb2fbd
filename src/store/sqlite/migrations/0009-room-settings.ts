/** What an owner may set of a room, as JSON; and the nick a member has reserved. */
export const roomSettings = `
alter table rooms add column settings text;
alter table members add column nick text;
`;
