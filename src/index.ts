// The core's one public face, `#core`: all that a front-end may import.
export * from "./model/ids.ts";
export * from "./model/own-text.ts";
export * from "./model/event.ts";
export * from "./model/fault.ts";
export * from "./model/node.ts";
export * from "./model/attention.ts";
export * from "./model/node-event.ts";
export type * from "./model/occupant-cause.ts";
export * from "./model/pattern.ts";
export * from "./model/precis.ts";
export * from "./model/conversation.ts";
export * from "./model/account.ts";
export type * from "./model/certificate.ts";
export { beforeFlush } from "./net/flush.ts";
export type { Accept, Link, LinkHandler } from "./net/link.ts";
export { Spliced } from "./net/spliced.ts";
export { viewOf } from "./net/view.ts";
export type { ClientCertificate, TlsState } from "./net/tls-state.ts";
export type { Frontend, HttpExchange, HttpReply, PostEndpoint } from "./frontend.ts";
export type * from "./core.ts";
export type {
  AccountDatum,
  ArchivePage,
  Backlog,
  ContactChange,
  ContactChanges,
  ConversationState,
  DeviceRecord,
  ItemPage,
  ItemQuery,
  LastItem,
  MemberMarks,
  TopicSubscription,
} from "./store/store.ts";
export { Answers } from "./net/answers.ts";
export { NodeRefusal, type NodeRefusalReason } from "./people/node-refusal.ts";
export { Unseatable } from "./people/room-rules.ts";
export { tokenExpiry } from "./people/jwt.ts";
export { type ChannelBindings, ScramExchange } from "./people/scram.ts";
export type { Clock } from "./ops/clock.ts";
export { isLoopback } from "./net/address.ts";
export type { Logger } from "./ops/log.ts";
export { refusals } from "./ops/refusals.ts";
export { counter, gauge, histogram } from "./ops/metrics.ts";
export type { Counter, Gauge, Histogram } from "./ops/metrics.ts";
