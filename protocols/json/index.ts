// JSON over WebSocket: the front-end for clients that bring no protocol of their own.
import type { Core, Frontend } from "#core";
import { Names } from "./addressing.ts";
import { Connection } from "./connection.ts";
import { errorsPage } from "./errors-page.ts";
import { defaultOptions, type JsonOptions } from "./options.ts";
import { Events } from "./translate.ts";

export type { JsonOptions } from "./options.ts";

export const subprotocol = "trivium.v1.json";

/** Serves the dialect at `/ws`, with or without its subprotocol asked for. */
export function createJson(core: Core, options: Partial<JsonOptions> = {}): Frontend {
  const names = new Names(core.host);
  const shared = { core, names, events: new Events(names), options: { ...defaultOptions, ...options } };
  const connections = new Set<Connection>();
  let allClosed: (() => void) | undefined;

  return {
    name: "json",
    webSockets: [
      {
        path: "/ws",
        subprotocols: [subprotocol],
        subprotocolOptional: true,
        maxFrame: shared.options.maxFrame,
        accept: (link) => {
          const connection = new Connection(link, shared, (closed) => {
            connections.delete(closed);
            if (connections.size === 0) allClosed?.();
          });
          connections.add(connection);
          connection.open();
          return connection;
        },
      },
    ],
    tcp: [],
    http: [{ path: "/errors", answer: () => errorsPage() }],
    drain: (deadlineMs) =>
      new Promise((resolve) => {
        allClosed = resolve;
        if (connections.size === 0) return resolve();
        for (const connection of connections) connection.drain(deadlineMs);
      }),
  };
}
