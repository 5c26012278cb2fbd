// What was refused because of a bound or a rule, counted: /metrics tells an operator which limit bites, and how often.
import { counter, type Counter } from "./metrics.ts";

const help = "Refused because of a limit or an access rule, by which";

function refusalsBy(limit: string): Counter {
  return counter("trivium_refused_total", help, { limit });
}

function connectionsBy(limit: string): Counter {
  return counter("trivium_net_refused_connections_total", "Sockets closed at once because of a bound", { limit });
}

export const refusals = {
  connections: connectionsBy("connections"), //        open in all
  connectionsPerAddress: connectionsBy("connections_per_address"),
  login: refusalsBy("login"), //                       wrong credentials
  loginThrottle: refusalsBy("login_failures"), //      after too many of them
  loginRate: refusalsBy("login_rate"), //              logins of one address
  messageRate: refusalsBy("message_rate"), //          times a connection was made to wait, or ended
  byteRate: refusalsBy("byte_rate"),
  publish: refusalsBy("acl_publish"),
  subscribe: refusalsBy("acl_subscribe"),
  topic: refusalsBy("topic_size"), //                  levels or bytes of a topic or filter
  subscriptions: refusalsBy("subscriptions"),
  retained: refusalsBy("retained"), //                 messages or bytes
  kept: refusalsBy("kept_topics"), //               publications on a topic more than may have a log
  queue: refusalsBy("queue"), //                       messages not queued for a session whose queue is full
  slow: refusalsBy("outbox"), //                       connections ended because their client takes nothing
  outbox: counter("trivium_topics_dropped_total", "QoS 0 deliveries dropped because an outbox was full"),
} as const satisfies Record<string, Counter>;
