// Logs are events: a constant snake_case `what`, ids in fields, never content, a password or a token (P9).

export interface LogFields {
  readonly what: string;
  readonly [field: string]: unknown;
}

export interface Logger {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
}

export const silent: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };

function nothing(): void {
  // A test that does not look at logs passes this one.
}
