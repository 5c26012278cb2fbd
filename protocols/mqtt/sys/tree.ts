// Table of contents of `$SYS/broker/…`: names and units are those of mosquitto(8), which what reads such trees expects.
import type { TopicStatus } from "#core";
import type { Traffic } from "../traffic.ts";

/** One reading of everything that the tree tells. */
export interface Reading {
  readonly traffic: Traffic;
  readonly topics: TopicStatus;
  readonly upS: number;
  readonly clients: number;
  readonly inFlight: number;
  readonly heap: number;
  readonly mostHeap: number;
}

export const version = "$SYS/broker/version";

/** In the order in which they are published. */
export const values: readonly (readonly [name: string, value: (reading: Reading) => number | string])[] = [
  ["uptime", ({ upS }) => `${Math.floor(upS)} seconds`],
  ["clients/total", ({ clients, topics }) => clients + topics.away],
  ["clients/inactive", ({ topics }) => topics.away],
  ["clients/disconnected", ({ topics }) => topics.away],
  ["clients/active", ({ clients }) => clients],
  ["clients/connected", ({ clients }) => clients],
  ["clients/maximum", ({ traffic }) => traffic.mostClients],
  ["clients/expired", ({ topics }) => topics.expired],
  ["messages/inflight", ({ inFlight }) => inFlight],
  ["messages/stored", ({ topics }) => topics.retained],
  ["messages/received", ({ traffic }) => traffic.packetsReceived],
  ["messages/sent", ({ traffic }) => traffic.packetsSent],
  ["store/messages/count", ({ topics }) => topics.retained],
  ["store/messages/bytes", ({ topics }) => topics.retainedBytes],
  ["subscriptions/count", ({ topics }) => topics.subscriptions],
  ["retained messages/count", ({ topics }) => topics.retained],
  ["heap/current", ({ heap }) => heap],
  ["heap/maximum", ({ mostHeap }) => mostHeap],
  ["publish/messages/dropped", ({ topics }) => topics.dropped],
  ["publish/messages/received", ({ traffic }) => traffic.publishesReceived],
  ["publish/messages/sent", ({ traffic }) => traffic.publishesSent],
  ["publish/bytes/received", ({ traffic }) => traffic.payloadReceived],
  ["publish/bytes/sent", ({ traffic }) => traffic.payloadSent],
  ["bytes/received", ({ traffic }) => traffic.bytesReceived],
  ["bytes/sent", ({ traffic }) => traffic.bytesSent],
];

/** Those of which `load/…` tells how often a minute. */
export const loads: readonly (readonly [name: string, total: (reading: Reading) => number])[] = [
  ["messages/received", ({ traffic }) => traffic.packetsReceived],
  ["messages/sent", ({ traffic }) => traffic.packetsSent],
  ["publish/dropped", ({ topics }) => topics.dropped],
  ["publish/received", ({ traffic }) => traffic.publishesReceived],
  ["publish/sent", ({ traffic }) => traffic.publishesSent],
  ["bytes/received", ({ traffic }) => traffic.bytesReceived],
  ["bytes/sent", ({ traffic }) => traffic.bytesSent],
  ["sockets", ({ traffic }) => traffic.sockets],
  ["connections", ({ traffic }) => traffic.connects],
];
