// What nodes tell each other of the members of shared subscriptions that are attached to them.
import type { Bus } from "../bus/bus.ts";
import type { NodeId } from "../model/ids.ts";
import { shareOf } from "../model/pattern.ts";
import type { Clock } from "../ops/clock.ts";
import type { DeviceSession } from "../sessions/device-session.ts";
import { nodesKey } from "../sessions/interests.ts";
import type { TopicSubscription } from "../store/store.ts";
import type { Hearings } from "./hearings.ts";
import type { MemberNews, ShareGroups } from "./share-groups.ts";

/** How often a member's load is told, while others give it something or wait for it to get through. */
const everyMs = 100;

export interface ShareTalkParts {
  readonly bus: Pick<Bus, "announce">;
  readonly clock: Clock;
  readonly hearings: Hearings;
  readonly groups: ShareGroups;
  /** Members attached here. */
  members(): Iterable<readonly [DeviceSession, readonly TopicSubscription[]]>;
}

export class ShareTalk {
  readonly #parts: ShareTalkParts;
  readonly #reporting = new Set<DeviceSession>();

  constructor(parts: ShareTalkParts) {
    this.#parts = parts;
  }

  /** The session is a member of these now. Resolves when the other nodes know. */
  tell(session: DeviceSession, subscriptions: readonly TopicSubscription[]): Promise<void> {
    return this.#parts.hearings.tell("members", newsOf(session, subscriptions));
  }

  /** It is no member any more, and is there all the same. */
  tellLeft(session: DeviceSession): Promise<void> {
    return this.#parts.hearings.tell("members", { ...newsOf(session, []), keeps: true });
  }

  /** Asks who is a member on other nodes: this one has just started, or may have missed something. */
  ask(): void {
    this.#parts.bus.announce([nodesKey], { type: "control", name: "members?", payload: "{}" });
  }

  answer(): void {
    for (const [session, subscriptions] of this.#parts.members()) {
      const payload = JSON.stringify(newsOf(session, subscriptions));
      this.#parts.bus.announce([nodesKey], { type: "control", name: "members", payload });
    }
  }

  /** Something came for it from another node: how much it has waiting is told now and then, until it has nothing. */
  loaded(session: DeviceSession): void {
    if (this.#reporting.has(session)) return;
    this.#reporting.add(session);
    const { clock, bus } = this.#parts;
    const report = (): void => {
      const { user, device, load, attached } = session;
      if (attached) {
        const payload = JSON.stringify({ user, device, waiting: load });
        bus.announce([nodesKey], { type: "control", name: "load", payload });
      }
      if (attached && load > 0) clock.after(everyMs, report);
      else this.#reporting.delete(session);
    };
    clock.after(everyMs, report);
  }

  heard(node: NodeId, news: MemberNews): void {
    this.#parts.groups.told(node, news);
  }
}

function newsOf({ user, device, id, options }: DeviceSession, subscriptions: readonly TopicSubscription[]): MemberNews {
  return { user, device, durable: options.durable, session: id, subscriptions };
}

export function sharedOf(subscriptions: Iterable<TopicSubscription>): readonly TopicSubscription[] {
  return [...subscriptions].filter(({ filter }) => shareOf(filter) !== undefined);
}
