// One client's connection: bytes become packets, packets find their handler, and it ends in the protocol's words.
import { Fault, faultFrom, type Link, type LinkHandler } from "#core";
import { type AckByte, encodeOther, type OtherPacket, writeAck } from "./encode.ts";
import { ConnectFault, UnsupportedVersion } from "./connect-codec.ts";
import { connackReason, connackReturnCode, disconnectReason, protocolError } from "./faults.ts";
import { firstBytes, Framer } from "./framing.ts";
import type { Front } from "./front.ts";
import type { Watched } from "./idle-wheel.ts";
import { leave } from "./leave.ts";
import type { ClientPacket, Version } from "./packet.ts";
import { packets } from "./packets.ts";
import type { Authentication } from "./packets/auth.ts";
import { reason, type ReasonCode } from "./reasons.ts";
import type { MqttSession } from "./session.ts";

/** Bytes kept while packets are not handled; beyond it the socket is not read. */
const unreadBound = 64 * 1024;

export class Connection implements LinkHandler, Watched {
  readonly front: Front;
  readonly link: Link;
  version: Version = 4;
  /** Set by CONNECT once all is well. */
  session: MqttSession | undefined;
  /** An enhanced authentication under way (MQTT 5.0 §4.12). */
  authentication: Authentication | undefined;
  heardAt: number;
  patienceMs = Infinity;
  /** Nothing is read or sent any more. */
  ended = false;
  /** PUBLISH packets that came. */
  published = 0;
  readonly #framer = new Framer();
  readonly #over: (connection: Connection) => void;
  #cancelTimeout: (() => void) | undefined;
  #started = false;
  /** A packet is handled that others must wait for. */
  #busy = false;
  #running = false;
  #paused = false;

  /** `over` is called when the connection has ended. */
  constructor(front: Front, link: Link, over: (connection: Connection) => void) {
    this.front = front;
    this.link = link;
    this.#over = over;
    front.traffic.sockets++;
    this.heardAt = front.core.clock.now();
    this.#framer.limit = front.options.maximumConnectSize;
    this.#cancelTimeout = front.core.clock.after(front.options.connectTimeoutMs, () => this.#late());
  }

  /** A text frame [MQTT-6.0.0-1]. */
  text(): void {
    this.link.close(1003, "binary frames only");
    this.end(true);
  }

  bytes(chunk: Buffer): void {
    if (this.ended) return;
    this.heardAt = this.front.core.clock.now();
    this.front.traffic.bytesReceived += chunk.length;
    this.#framer.push(chunk);
    this.#run();
  }

  glance(memory: Buffer, length: number): void {
    if (this.ended) return;
    this.heardAt = this.front.core.clock.now();
    this.front.traffic.bytesReceived += length;
    this.#framer.lend(memory, length);
    this.#run();
    this.#framer.keep();
  }

  drained(): void {
    if (this.session?.congested !== true) return;
    this.session.congested = false;
    this.session.wake();
  }

  /** More a second than it may: message rate too high, 0x96. */
  tooFast(): void {
    this.fail(new Fault("rate-limited", "too many messages a second", { ends: "connection" }));
  }

  /** The socket is gone; without a DISCONNECT before it, that is what the will is for. */
  closed(): void {
    this.end(true);
  }

  /** CONNECT is accepted: from now on any packet may come. */
  accept(session: MqttSession): void {
    this.session = session;
    this.#cancelTimeout?.();
    this.#cancelTimeout = undefined;
    if (this.patienceMs !== Infinity) this.front.idle.watch(this);
  }

  /** CONNECT was read: what follows is cut by the rules of its version. */
  speak(version: Version): void {
    this.version = version;
    this.#framer.accept = firstBytes[version];
    this.#framer.limit = this.front.options.maximumPacketSize;
    if (this.#started) throw protocolError("a second CONNECT"); // [MQTT-3.1.0-2]
    this.#started = true;
  }

  send(packet: OtherPacket): void {
    if (!this.ended) this.front.out.send(this.link, encodeOther(packet, this.version));
  }

  /** An acknowledgement of ours. */
  ack(first: AckByte, messageId: number, reasonCode: ReasonCode): void {
    writeAck(this.front.out, this.link, first, messageId, this.version === 5 ? reasonCode : 0);
  }

  /** An acknowledgement left: there may be room for packets that wait. */
  answered(): void {
    if (this.#paused && !this.#running) this.#run();
  }

  /** Nothing was heard for one and a half times the keep alive [MQTT-3.1.2-22]. */
  silent(): void {
    if (this.link.waiting === true) {
      // It is not read, so that it cannot be heard.
      this.heardAt = this.front.core.clock.now();
      return this.front.idle.watch(this);
    }
    this.fail(new Fault("timeout", "keep alive"));
  }

  /** Ends the connection for this reason; a 5.0 client is told it. */
  fail(error: unknown): void {
    if (this.ended) return;
    const fault = faultFrom(error);
    if (fault.code === "internal")
      this.front.core.log.error(
        { what: "mqtt_failed", link: this.link.name, err: error },
        "a packet could not be handled",
      );
    if (this.session !== undefined) return this.disconnect(disconnectReason(fault));
    // In the words of 3.1.1, which asks for this answer; a version we do not know may have any form of CONNACK.
    if (fault instanceof UnsupportedVersion) this.#refuse(fault, 4);
    else if (this.#started) this.#refuse(fault, this.version);
    else if (fault instanceof ConnectFault && fault.version === 5) this.#refuse(fault, 5);
    else this.#cut(); // what came was no CONNECT
  }

  /** Says goodbye, where the version has a word for it, and closes. */
  disconnect(reasonCode: ReasonCode): void {
    if (this.version === 5 && this.session !== undefined) this.send({ cmd: "disconnect", reasonCode }); // [MQTT-3.14.0-1]
    this.end(true);
  }

  /** The server goes down: a 5.0 client is told which other to use, where one is configured (§4.11). */
  goAway(): void {
    const { serverReference } = this.front.options;
    const room = (this.session?.terms.maximumPacketSize ?? 0) - Buffer.byteLength(serverReference);
    // Header, reason code, property length, identifier and two bytes of length take nine bytes at the most.
    if (serverReference === "" || room < 9) return this.disconnect(reason.serverShuttingDown);
    if (this.version === 5)
      this.send({ cmd: "disconnect", reasonCode: reason.useAnotherServer, properties: { serverReference } });
    this.end(true);
  }

  /** Closes. `will`: the client did not take its leave. `cut`: without reading on until it has closed, too. */
  end(will: boolean, cut = false): void {
    if (this.ended) return;
    this.ended = true;
    this.#cancelTimeout?.();
    this.front.idle.forget(this);
    this.front.out.flush();
    if (cut) this.link.destroy();
    else this.link.close(1000);
    this.#over(this);
    if (this.session !== undefined) leave(this.session, will);
  }

  /** A CONNACK that refuses, where the version has a word for it [MQTT-3.1.4-2] [MQTT-3.2.2-7]. */
  #refuse(fault: Fault, version: Version): void {
    const returnCode = connackReturnCode(fault);
    this.version = version;
    if (version === 5) this.send({ cmd: "connack", sessionPresent: false, reasonCode: connackReason(fault) });
    else if (returnCode !== undefined) this.send({ cmd: "connack", sessionPresent: false, returnCode });
    else return this.#cut();
    this.end(true);
  }

  /**
   * Nothing was said that the client should hear, so that nothing is lost by not reading what it still sends: 100 MB
   * that are thrown away as they come are garbage all the same. A WebSocket says goodbye, as its protocol asks.
   */
  #cut(): void {
    this.end(true, this.link.subprotocol === "");
  }

  #late(): void {
    if (!this.ended && this.session === undefined) this.end(true);
  }

  #run(): void {
    if (this.#running) return;
    this.#running = true;
    const { published } = this;
    try {
      while (this.#ready() && this.#framer.next()) {
        this.front.drains.feed();
        this.#handle(this.front.decoder.decode(this.#framer, this.version));
      }
    } catch (error) {
      this.fail(error);
    }
    this.front.drains.fed();
    this.#running = false;
    if (this.published > published) this.link.charge?.(this.published - published);
    this.#throttle();
  }

  #ready(): boolean {
    if (this.ended || this.#busy) return false;
    return this.session === undefined || this.session.acks.pending < this.front.options.unanswered;
  }

  #handle(packet: ClientPacket): void {
    this.front.traffic.packetsReceived++;
    if (this.session === undefined && packet.cmd !== "connect" && packet.cmd !== "auth")
      throw protocolError("a packet before CONNACK");
    const handler = packets[this.#framer.first >> 4] as (packet: ClientPacket, connection: Connection) => Answer;
    const answer = handler(packet, this);
    if (answer === undefined) return;
    if (!(answer instanceof Promise)) return this.send(answer);
    this.#busy = true;
    answer.then(
      (packet) => {
        this.#busy = false;
        if (packet !== undefined) this.send(packet);
        this.#run();
      },
      (error: unknown) => {
        this.#busy = false;
        this.fail(error);
      },
    );
  }

  /** Stops reading while there is too much to do, and goes on when half of it is done. */
  #throttle(): void {
    if (this.ended) return;
    const pending = this.session?.acks.pending ?? 0;
    const full = pending >= this.front.options.unanswered || this.#framer.unread > unreadBound;
    if (full === this.#paused) return;
    if (full) this.link.pause();
    else if (pending > this.front.options.unanswered / 2) return;
    else this.link.resume();
    this.#paused = full;
  }
}

/** What a handler leaves to the connection to send. A promise holds back the packets behind it. */
export type Answer = OtherPacket | undefined | Promise<OtherPacket | undefined>;
