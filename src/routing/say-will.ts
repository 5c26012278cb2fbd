// A will that is due becomes what any device could have said. A refusal is nobody's to hear.
import type { Router, Settler, Topics, TopicSettler, WillMessage } from "../core.ts";
import type { DeviceId, UserId } from "../model/ids.ts";
import type { Clock } from "../ops/clock.ts";

interface Roads {
  readonly topics: Pick<Topics, "publish">;
  readonly router: Pick<Router, "send">;
  readonly host: string;
  readonly clock: Clock;
}

interface Due {
  readonly user: UserId;
  readonly device: DeviceId;
  readonly message: WillMessage;
}

export function sayWill({ topics, router, host, clock }: Roads, { user: author, device, message }: Due): void {
  if (message.type === "entry") {
    const { type: _, ...draft } = message;
    return router.send({ ...draft, author, device }, nobody, 0);
  }
  const { topic, payload, qos, retain, extensions, expiryMs } = message;
  const at = clock.now();
  const expiresAt = expiryMs === undefined ? undefined : at + expiryMs;
  topics.publish(
    { type: "publication", host, topic, payload, qos, retain, author, device, at, expiresAt, extensions },
    undefined,
    nobody,
    0,
  );
}

const nobody: Settler & TopicSettler = { published: () => undefined, settled: () => undefined };
