// Signals: carried at most once, never stored (P6).
import type { Bus } from "../bus/bus.ts";
import type { Signals } from "../core.ts";
import type { AttentionSignal } from "../model/attention.ts";
import type {
  BlockingSignal,
  ContactSignal,
  Delivery,
  RelaySignal,
  TypingSignal,
  TypingState,
} from "../model/event.ts";
import { Fault } from "../model/fault.ts";
import { type ConversationId, type DeviceId, membersOfDirect, type UserId } from "../model/ids.ts";
import type { BlockBook } from "../people/blocks.ts";
import type { DeviceSession } from "../sessions/device-session.ts";
import { keysOf, userKey } from "../sessions/interests.ts";
import type { Registry } from "../sessions/registry.ts";
import type { Sequencer } from "../sessions/sequencer.ts";

const defaultTtlMs = 30_000;
/** Above this fullness typing is not worth the room it takes. */
const crowded = 0.5;

export interface SignalParts {
  readonly registry: Registry;
  readonly sequencer: Sequencer;
  readonly bus: Bus;
  readonly blocks: Pick<BlockBook, "between">;
}

export class SignalRouter implements Signals {
  readonly #parts: SignalParts;

  constructor(parts: SignalParts) {
    this.#parts = parts;
  }

  typing(session: DeviceSession, conversation: ConversationId, state: TypingState, ttlMs = defaultTtlMs): void {
    const members = membersOfDirect(conversation);
    const mine = members === undefined ? session.followers.has(conversation) : members.includes(session.user);
    if (!mine) throw new Fault("forbidden", "not in the conversation");
    const signal: TypingSignal = {
      type: "signal",
      name: "typing",
      conversation,
      user: session.user,
      device: session.device,
      state,
      ttlMs,
    };
    this.#tellTyping(signal, session);
    this.#parts.bus.announce(keysOf(conversation), signal);
  }

  relay(
    session: DeviceSession,
    frontend: string,
    to: UserId,
    toDevice: DeviceId | undefined,
    payload: string,
  ): boolean {
    const signal: RelaySignal = {
      type: "signal",
      name: "relay",
      frontend,
      from: session.user,
      fromDevice: session.device,
      to,
      toDevice,
      payload,
    };
    if (this.#parts.blocks.between(session.user, to)) return false;
    const here = this.#tellRelay(signal);
    if (here && toDevice !== undefined) return true;
    this.#parts.bus.announce([userKey(to)], signal);
    return here || this.#parts.bus.nodes().length > 0;
  }

  mayReach(to: UserId, device: DeviceId): boolean {
    return this.#parts.registry.find(to, device) !== undefined || this.#parts.bus.nodes().length > 0;
  }

  heard(signal: TypingSignal | RelaySignal): void {
    if (signal.name === "typing") this.#tellTyping(signal, undefined);
    else this.#tellRelay(signal);
  }

  /** What concerns an account, to its own sessions here. */
  tellOwner(signal: ContactSignal | BlockingSignal | AttentionSignal): void {
    const news: Delivery = { event: signal, late: false, redelivered: false };
    for (const session of this.#parts.registry.of(signal.user)) session.offerUnless(1, news);
  }

  #tellTyping(signal: TypingSignal, but: DeviceSession | undefined): void {
    const news: Delivery = { event: signal, late: false, redelivered: false };
    const members = membersOfDirect(signal.conversation);
    if (members !== undefined && this.#parts.blocks.between(...members)) return;
    if (members === undefined) {
      for (const { session } of this.#parts.sequencer.followersOf(signal.conversation))
        if (session !== but) session.offerUnless(crowded, news);
      return;
    }
    for (const member of new Set(members)) {
      for (const session of this.#parts.registry.of(member)) {
        if (session !== but && session.follows(signal.conversation)) session.offerUnless(crowded, news);
      }
    }
  }

  #tellRelay(signal: RelaySignal): boolean {
    const news: Delivery = { event: signal, late: false, redelivered: false };
    let told = false;
    if (this.#parts.blocks.between(signal.from, signal.to)) return false;
    for (const session of this.#parts.registry.of(signal.to)) {
      if (signal.toDevice !== undefined && session.device !== signal.toDevice) continue;
      if (!session.device.startsWith(`${signal.frontend}:`)) continue;
      told = session.offerUnless(1, news) || told;
    }
    return told;
  }
}
