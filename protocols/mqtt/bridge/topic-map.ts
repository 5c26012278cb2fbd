// Which topic here is which topic there: a filter, and a prefix on either side of it.
import { Fault, isFilter, matches } from "#core";
import type { BridgeTopic } from "./options.ts";

export interface Carried {
  readonly topic: string;
  readonly qos: 0 | 1;
}

/** Faults: bad-request, for a topic that cannot be carried. */
export class TopicMap {
  readonly out: readonly BridgeTopic[];
  readonly in: readonly BridgeTopic[];

  constructor(topics: readonly BridgeTopic[], chatPrefix: string) {
    for (const topic of topics) check(topic, chatPrefix);
    this.out = topics.filter(({ direction }) => direction !== "in");
    this.in = topics.filter(({ direction }) => direction !== "out");
  }

  /** Where a publication from here goes: `ids` are those of the subscriptions that brought it, 1 for the first of `out`. */
  toRemote(topic: string, ids: readonly number[]): readonly Carried[] {
    const carried = ids.flatMap((id) => {
      const by = this.out[id - 1];
      return by === undefined ? [] : [{ topic: by.remotePrefix + topic.slice(by.localPrefix.length), qos: by.qos }];
    });
    return distinct(carried);
  }

  /** Where what came from there is published here. */
  toLocal(topic: string): readonly Carried[] {
    const carried = this.in
      .filter((by) => matches(by.remotePrefix + by.filter, topic))
      .map((by) => ({ topic: by.localPrefix + topic.slice(by.remotePrefix.length), qos: by.qos }));
    return distinct(carried);
  }

  /** Whether the remote sends back what is published there. */
  returns(topic: string): boolean {
    return this.in.some((by) => matches(by.remotePrefix + by.filter, topic));
  }
}

function distinct(carried: readonly Carried[]): readonly Carried[] {
  return carried.filter(({ topic }, at) => carried.findIndex((other) => other.topic === topic) === at);
}

function check({ filter, direction, localPrefix, remotePrefix }: BridgeTopic, chatPrefix: string): void {
  const local = localPrefix + filter;
  const [first] = local.split("/");
  const wild = (text: string): boolean => /[+#\u0000]/.test(text);
  if (wild(localPrefix) || wild(remotePrefix) || !isFilter(local) || !isFilter(remotePrefix + filter))
    throw new Fault("bad-request", `${local}: no topic filter with these prefixes`);
  if (first === chatPrefix) throw new Fault("bad-request", `${local}: topics below ${chatPrefix} are conversations`);
  // Nobody publishes there; what the server says of itself may go out.
  if (direction !== "out" && first!.startsWith("$"))
    throw new Fault("bad-request", `${local}: $ topics are the server's`);
}
