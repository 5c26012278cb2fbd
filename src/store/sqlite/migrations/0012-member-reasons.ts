/** Why somebody stands so with a room: of the banned it is shown. */
export const memberReasons = `
alter table members add column reason text;
`;
