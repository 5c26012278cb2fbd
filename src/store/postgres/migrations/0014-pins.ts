/** Pins are few among many entries. */
export const pins = `
create index entries_pins on entries (conversation, seq) where kind = 7;
`;
