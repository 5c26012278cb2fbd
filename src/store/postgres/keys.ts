// How statements find the number of a name: by its SHA-256.

export const keyOf = (parameter: string): string => `sha256(convert_to(${parameter}, 'UTF8'))`;
export const nameId = (parameter: string): string => `(select id from names where key = ${keyOf(parameter)})`;
export const conversationId = (parameter: string): string =>
  `(select id from conversations where key = ${keyOf(parameter)})`;
