// What the connections of one front-end share.
import type { Core } from "#core";
import type { Addressing } from "./addressing.ts";
import type { Clients } from "./clients.ts";
import type { Decoder } from "./codec.ts";
import type { Encoded } from "./deliver.ts";
import type { Drains } from "./drains.ts";
import type { IdleWheel } from "./idle-wheel.ts";
import type { MqttOptions } from "./options.ts";
import type { Outbound } from "./outbound.ts";
import type { Traffic } from "./traffic.ts";

export interface Front {
  readonly core: Core;
  readonly options: MqttOptions;
  readonly addressing: Addressing;
  readonly decoder: Decoder;
  readonly out: Outbound;
  readonly traffic: Traffic;
  readonly idle: IdleWheel;
  readonly drains: Drains;
  readonly encoded: Encoded;
  readonly clients: Clients;
}
