// The MQTT front-end: 3.1, 3.1.1 and 5.0, over TCP and WebSocket.
import type { Core, Frontend, Link } from "#core";
import { Addressing } from "./addressing.ts";
import { Clients } from "./clients.ts";
import { Decoder } from "./codec.ts";
import { Connection } from "./connection.ts";
import { Encoded } from "./deliver.ts";
import { Drains } from "./drains.ts";
import type { Front } from "./front.ts";
import { IdleWheel } from "./idle-wheel.ts";
import { defaultOptions, type MqttOptions } from "./options.ts";
import { Outbound } from "./outbound.ts";
import { SysReporter } from "./sys/reporter.ts";
import { TopicNames } from "./topic-names.ts";
import { Traffic } from "./traffic.ts";

export { defaultOptions, type MqttOptions } from "./options.ts";

export function createMqtt(core: Core, options: Partial<MqttOptions> = {}): Frontend {
  const front = createFront(core, { ...defaultOptions, ...options });
  const connections = new Set<Connection>();
  let draining = false;
  const sys = new SysReporter(front);
  sys.start();

  const over = (connection: Connection): void => void connections.delete(connection);
  const accept = (link: Link): Connection => {
    const connection = new Connection(front, link, over);
    connections.add(connection);
    if (draining) connection.end(true);
    return connection;
  };
  return {
    name: "mqtt",
    // A frame may hold many packets, or a part of one [MQTT-6.0.0-2]; the largest packet always fits in one.
    webSockets: [
      { path: "/mqtt", subprotocols: ["mqtt", "mqttv3.1"], maxFrame: front.options.maximumPacketSize + 1024, accept },
    ],
    tcp: [{ name: "mqtt", alpn: ["mqtt"], accept }],
    http: [],
    drain: async (deadlineMs) => {
      draining = true;
      sys.stop();
      for (const connection of connections) connection.goAway();
      await Promise.race([
        front.clients.allLeft(),
        new Promise<void>((resolve) => core.clock.after(deadlineMs, resolve)),
      ]);
    },
  };
}

function createFront(core: Core, options: MqttOptions): Front {
  const encoded = new Encoded();
  const traffic = new Traffic();
  return {
    core,
    options,
    addressing: new Addressing(options.chatPrefix, core.host),
    decoder: new Decoder(new TopicNames()),
    out: new Outbound(traffic),
    traffic,
    idle: new IdleWheel(core.clock),
    encoded,
    drains: new Drains(() => encoded.forget()),
    clients: new Clients(),
  };
}
