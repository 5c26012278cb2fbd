import type { Figure } from "../figure.ts";
import type { IdleJob } from "../load/mqtt-idle.ts";
import { mqttOf } from "../servers.ts";

const connections = 10_000;
/** What a server grows by for its first ones is not theirs. */
const warm = 1_000;

function idle(transport: IdleJob["transport"], name: string, bytes: number): Figure {
  return {
    name: `mqtt-idle-${transport}`,
    title: `MQTT over ${name}, ${connections} connections that do nothing, each with a subscription`,
    of: "connections",
    load: "mqtt-idle",
    servers: ["trivium", "mosquitto", ...(transport === "tcp" ? (["aedes"] as const) : [])],
    goal: { bytes },
    job: (target): IdleJob => ({
      ...mqttOf(target),
      transport,
      webSocket: target.mqttWebSocket,
      warm,
      connections,
    }),
  };
}

export const mqttIdle: readonly Figure[] = [idle("tcp", "TCP", 6 * 1024), idle("websocket", "WebSocket", 10 * 1024)];
