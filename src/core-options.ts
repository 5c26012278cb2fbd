// What a core is made of, and what may be set.
import type { Bus } from "./bus/bus.ts";
import type { UserId } from "./model/ids.ts";
import type { TopicBounds } from "./model/pattern.ts";
import type { Clock } from "./ops/clock.ts";
import type { Logger } from "./ops/log.ts";
import type { LoginLimits } from "./people/login-throttle.ts";
import type { ProofParts } from "./people/proofs.ts";
import type { UploadLimits } from "./people/uploads.ts";
import type { AclRule } from "./routing/acl.ts";
import type { KeptBounds, KeptFilter } from "./routing/kept-topics.ts";
import type { RetainedBounds } from "./routing/retained.ts";
import type { OutboxBounds } from "./sessions/outbox.ts";
import type { Store } from "./store/store.ts";

export interface CoreOptions {
  readonly host: string;
  /** Started; the caller closes it, after the core. */
  readonly store: Store;
  /** Not started yet; the core does. The caller closes it. */
  readonly bus: Bus;
  /** There is no other node, and never was: what the store says is attached elsewhere is gone. */
  readonly alone?: boolean;
  readonly clock?: Clock;
  readonly log?: Logger;
  readonly outbox?: OutboxBounds;
  readonly scramIterations?: number;
  readonly logins?: LoginLimits;
  /** Logins of one address in a second; default 0: as many as come. */
  readonly loginsPerSecond?: number;
  /** Ways to prove to be an account beside its password; default none. */
  readonly proofs?: Omit<ProofParts, "host">;
  /** Body, bytes and extensions of one message together. */
  readonly maxMessageBytes?: number;
  readonly retained?: RetainedBounds;
  readonly maxSubscriptions?: number;
  /** Entries in the queue of one durable session, and bytes of their payloads. */
  readonly maxQueued?: number;
  readonly maxQueuedBytes?: number;
  readonly topicBounds?: TopicBounds;
  /** Topics whose publications are kept; the first filter that matches decides. Default none. */
  readonly keptTopics?: readonly KeptFilter[];
  readonly keptBounds?: KeptBounds;
  /** Access rules for topics; default none. */
  readonly acl?: readonly AclRule[];
  /** The account that clients without credentials act as. */
  readonly anonymous?: UserId | undefined;
  /** Writes waiting for a commit, and writes in one commit. */
  readonly maxWaitingWrites?: number;
  readonly maxBatch?: number;
  /** Files are kept where this is said. */
  readonly uploads?: (UploadLimits & { readonly baseUrl: () => string }) | undefined;
}
