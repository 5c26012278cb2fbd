// Plain topics from a core's point of view: sessions, subscriptions, publications.
import type { Session } from "../../../src/core.ts";
import type { RunningCore } from "../../../src/create-core.ts";
import type { Publication } from "../../../src/model/event.ts";
import type { Fault } from "../../../src/model/fault.ts";
import type { DeviceId, UserId } from "../../../src/model/ids.ts";

export function attach(core: RunningCore, user: UserId, device = "d", durable = false): Promise<Session> {
  return core.sessions.attach({
    user,
    device: `mqtt:${device}` as DeviceId,
    echo: "rooms",
    durable,
    rememberMs: durable ? 3_600_000 : 0,
    wake: () => undefined,
    ended: () => undefined,
  });
}

export function subscription(filter: string) {
  return { filter, qos: 1, noLocal: false, retainAsPublished: false, retainHandling: 0 } as const;
}

export function publication({ user, device }: Session, topic: string): Publication {
  return {
    type: "publication",
    host: "localhost",
    topic,
    payload: Buffer.from("x"),
    qos: 1,
    retain: false,
    author: user,
    device,
    at: Date.now(),
  };
}

export function publish(core: RunningCore, message: Publication): Promise<Fault | number> {
  return new Promise((resolve) => {
    core.topics.publish(message, undefined, { published: (_, outcome) => resolve(outcome) }, 0);
  });
}
