// PUBREC to PUBREL for messages from a durable queue: the one step of a QoS 2 exchange that a crash must not undo.
import { Fault, faultFrom } from "#core";
import { ackByte } from "./encode.ts";
import { awaiting } from "./in-flight.ts";
import { reason } from "./reasons.ts";
import type { MqttSession } from "./session.ts";

/**
 * Once a client sees PUBREL it forgets the packet identifier; were the message sent again after a crash, it would be
 * new to it. So PUBREC is made durable first (in the session's state), then the queue entry is settled, then PUBREL
 * goes out. What came in one tick shares one write.
 */
export class Releases {
  readonly #session: MqttSession;
  /** Queue positions released on an earlier connection: the store may still hold them for a moment. */
  readonly #before: ReadonlySet<number> | undefined;
  #recording: number[] = [];
  #writing = false;

  constructor(session: MqttSession) {
    this.#session = session;
    const { released, settling } = session.state;
    const before = new Set([...released.values(), ...settling]);
    this.#before = before.size > 0 ? before : undefined;
  }

  /** Whether the entry was received on an earlier connection, and must not be sent again. */
  released(position: number): boolean {
    return this.#before?.has(position) === true;
  }

  /** PUBREC came for a queue entry. */
  record(messageId: number, position: number): void {
    this.#session.inFlight.advance(messageId, awaiting.recording);
    this.#session.state.released.set(messageId, position);
    if (this.#recording.push(messageId) === 1 && !this.#writing) queueMicrotask(() => void this.#write());
  }

  /** The exchange is complete (PUBACK, PUBCOMP, or the client refused the message). */
  settled(messageId: number, position: number): void {
    const { front, attached, state } = this.#session;
    if (!state.released.delete(messageId)) front.core.topics.settle(attached, position);
  }

  /** Those of an earlier connection that wait for PUBCOMP: PUBREL again, in their order [MQTT-4.4.0-1]. */
  resume(): void {
    const { inFlight, state } = this.#session;
    for (const position of state.settling) this.#settle(position);
    for (const [messageId, position] of state.released) {
      inFlight.claimAs(messageId, awaiting.pubcomp, position);
      this.#release(messageId, position);
    }
  }

  async #write(): Promise<void> {
    const { front, attached, state, connection } = this.#session;
    this.#writing = true;
    const recorded = this.#recording;
    this.#recording = [];
    try {
      await front.core.sessions.remember(attached, state.serialise());
    } catch (error) {
      return connection.fail(
        new Fault("unavailable", "session state not stored", { ends: "connection", cause: faultFrom(error) }),
      );
    }
    this.#writing = false;
    if (connection.ended) return;
    for (const messageId of recorded) this.#release(messageId, state.released.get(messageId) ?? 0);
    if (this.#recording.length > 0) void this.#write();
  }

  #release(messageId: number, position: number): void {
    const { connection, inFlight } = this.#session;
    if (position !== 0) this.#settle(position);
    inFlight.advance(messageId, awaiting.pubcomp);
    connection.ack(ackByte.pubrel, messageId, reason.success);
  }

  /** PUBCOMP may come, and the state be written without the identifier, before the store has forgotten the entry. */
  #settle(position: number): void {
    const { front, attached, state } = this.#session;
    state.settling.add(position);
    front.core.topics.settle(attached, position, () => state.settling.delete(position));
  }
}
