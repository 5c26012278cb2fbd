// From the remote to here: published as our own, and acknowledged to the remote once that is stored (P1).
import { type Core, type DeviceId, Fault, isTopic, type UserId } from "#core";
import type { IPublishPacket } from "mqtt";
import type { Echoes } from "./echoes.ts";
import type { Figures } from "./figures.ts";
import { pathOf, wentRound } from "./path.ts";
import { bytesOf, userPropertiesOf } from "./properties.ts";
import type { Carried, TopicMap } from "./topic-map.ts";

export interface IncomingParts {
  readonly core: Core;
  readonly server: string;
  readonly chatPrefix: string;
  readonly topics: TopicMap;
  readonly user: UserId;
  readonly device: DeviceId;
  readonly echoes: Echoes | undefined;
  readonly figures: Figures;
}

export class Incoming {
  readonly #parts: IncomingParts;

  constructor(parts: IncomingParts) {
    this.#parts = parts;
  }

  /** Resolves when it is stored, or never will be; rejects when it may be later. */
  async heard(packet: IPublishPacket): Promise<void> {
    const { topics, server, echoes, figures } = this.#parts;
    const payload = Buffer.from(packet.payload as Buffer);
    figures.received.add();
    const userProperties = userPropertiesOf(packet.properties);
    if (wentRound(pathOf(userProperties), server) || echoes?.isEcho(packet.topic, payload) === true) {
      figures.rings.add();
      return;
    }
    const extension = bytesOf(packet.properties, userProperties);
    for (const to of topics.toLocal(packet.topic)) await this.#publish(to, packet, payload, extension);
  }

  async #publish(
    { topic, qos }: Carried,
    packet: IPublishPacket,
    payload: Uint8Array,
    extension: string | undefined,
  ): Promise<void> {
    const { core, chatPrefix, user, device, figures } = this.#parts;
    const first = topic.split("/", 1)[0]!;
    if (!isTopic(topic) || first === chatPrefix || first.startsWith("$")) return figures.refused.add();
    const at = core.clock.now();
    const expiryS = packet.properties?.messageExpiryInterval;
    const publication = {
      type: "publication",
      host: core.host,
      topic,
      payload,
      qos: Math.min(packet.qos, qos) as 0 | 1,
      retain: packet.retain,
      author: user,
      device,
      at,
      expiresAt: expiryS === undefined ? undefined : at + expiryS * 1000,
      extensions: extension === undefined ? undefined : { mqtt: extension },
    } as const;
    const outcome = await new Promise<Fault | number>((resolve) =>
      core.topics.publish(publication, undefined, { published: (_, outcome) => resolve(outcome) }, 0),
    );
    if (!(outcome instanceof Fault)) return;
    if (outcome.code === "unavailable" || outcome.code === "internal") throw outcome;
    figures.refused.add();
    core.log.warn({ what: "bridge_refused", code: outcome.code }, "a publication of the remote was refused for good");
  }
}
