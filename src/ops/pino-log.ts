// The process's log: JSON lines on stderr, without content (P9).
import pino from "pino";
import type { Logger } from "./log.ts";

export type LogLevel = "debug" | "info" | "warn" | "error";

export interface ProcessLog extends Logger {
  /** Writes out what is waiting; for the last moment before the process ends. */
  flush(): void;
}

/** `fd` is stderr unless told otherwise. */
export function createLog(level: LogLevel, fd = 2): ProcessLog {
  const destination = pino.destination({ dest: fd, sync: false });
  const log = pino(
    {
      level,
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      serializers: { err: errorFields, error: errorFields },
    },
    destination,
  );
  return {
    debug: (fields, message) => log.debug(fields, message),
    info: (fields, message) => log.info(fields, message),
    warn: (fields, message) => log.warn(fields, message),
    error: (fields, message) => log.error(fields, message),
    flush: () => {
      try {
        destination.flushSync();
      } catch {
        // Stderr is gone, so there is nobody to tell.
      }
    },
  };
}

/** Longest chain of causes that is logged. */
const depth = 4;

/** What is known of an error, but its text where that may quote what a client sent. */
export function errorFields(error: unknown, left = depth): unknown {
  // A reason that our own code put into words.
  if (typeof error === "string") return error;
  if (!(error instanceof Error)) return { type: typeof error };
  const { code, cause } = error as NodeJS.ErrnoException;
  const frames = (error.stack ?? "").split("\n").filter((line) => line.startsWith("    at "));
  return {
    type: error.name,
    ...(code === undefined ? {} : { code }),
    // JSON.parse and others put the text they choke on into the message.
    ...(error instanceof SyntaxError ? {} : { message: error.message }),
    stack: frames.join("\n"),
    ...(cause === undefined || left === 0 ? {} : { cause: errorFields(cause, left - 1) }),
  };
}
