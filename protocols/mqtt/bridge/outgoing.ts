// From here to the remote: what our session is owed, acknowledged here once the remote has acknowledged it.
import type { Core, Delivery, Publication, Session } from "#core";
import type { Echoes } from "./echoes.ts";
import type { Figures } from "./figures.ts";
import { pathOf, withPath, wentRound } from "./path.ts";
import { propertiesOf, wordsOf } from "./properties.ts";
import type { Remote } from "./remote.ts";
import type { Carried, TopicMap } from "./topic-map.ts";

/** Publications under way to the remote. */
const window = 100;
/** More than a PUBLISH has besides topic, payload and what its sender added. */
const overhead = 200;
/** Reason codes that may pass by themselves: unspecified, implementation specific, quota exceeded. */
const passing: ReadonlySet<number> = new Set([0x80, 0x83, 0x97]);

export interface OutgoingParts {
  readonly core: Core;
  readonly server: string;
  readonly topics: TopicMap;
  readonly version: 4 | 5;
  readonly echoes: Echoes | undefined;
  readonly figures: Figures;
}

export class Outgoing {
  readonly #parts: OutgoingParts;
  readonly #session: Session;
  readonly #remote: Remote;
  #underWay = 0;
  #stopped = false;
  readonly #idle: (() => void)[] = [];

  constructor(parts: OutgoingParts, session: Session, remote: Remote) {
    this.#parts = parts;
    this.#session = session;
    this.#remote = remote;
  }

  /** Sends as much as the window takes. To be called when the session has something, too. */
  drain(): void {
    while (!this.#stopped && this.#underWay < window) {
      const deliveries = this.#session.take(window - this.#underWay);
      if (deliveries.length === 0) return;
      for (const delivery of deliveries) this.#send(delivery);
    }
  }

  /** Nothing more is sent; resolves when what is under way has been acknowledged. */
  async stop(): Promise<void> {
    this.#stopped = true;
    if (this.#underWay > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  /** The connection is lost: what is under way stays owed. */
  drop(): void {
    this.#stopped = true;
    this.#underWay = 0;
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  #send({ event, terms }: Delivery): void {
    if (event.type !== "publication" || terms === undefined) return;
    const { topics, server, figures } = this.#parts;
    const properties = propertiesOf(event);
    const round = wentRound(pathOf(properties.userProperties), server);
    if (round) figures.rings.add();
    const carried = round ? [] : topics.toRemote(event.topic, terms.subscriptionIds ?? []);
    let left = carried.length;
    if (left === 0) return this.#settle(terms.queued);
    this.#underWay++;
    const done = (): void => {
      if (--left > 0 || this.#underWay === 0) return;
      this.#underWay--;
      this.#settle(terms.queued);
      if (this.#underWay === 0) for (const resolve of this.#idle.splice(0)) resolve();
      this.drain();
    };
    const words = wordsOf(properties, withPath(properties.userProperties, server), this.#secondsLeft(event));
    for (const to of carried) this.#publish(to, event, { retain: terms.retain, qos: terms.qos, words }, done);
  }

  #publish(
    { topic, qos: most }: Carried,
    { payload, extensions }: Publication,
    { retain, qos, words }: { retain: boolean; qos: number; words: ReturnType<typeof wordsOf> },
    done: () => void,
  ): void {
    const { version, echoes, figures, topics, core } = this.#parts;
    const size = payload.length + Buffer.byteLength(topic) + (extensions?.["mqtt"]?.length ?? 0) + overhead;
    if (size > this.#remote.maximumPacketSize) {
      figures.refused.add();
      return done();
    }
    if (echoes !== undefined && topics.returns(topic)) echoes.sent(topic, payload);
    const options = { qos: Math.min(qos, most) as 0 | 1, retain, ...(version === 5 && { properties: words }) };
    this.#remote.publish(topic, payload, options, (error) => {
      if (error === undefined) {
        figures.sent.add();
        return done();
      }
      const code = (error as { code?: unknown }).code;
      if (typeof code !== "number" || code < 0x80) return; // the connection ended: it stays owed
      if (passing.has(code)) return this.#remote.cut(); // and comes again, later
      figures.refused.add();
      core.log.warn({ what: "bridge_refused", reason: code }, "the remote refused a publication for good");
      done();
    });
  }

  #secondsLeft({ expiresAt }: Publication): number | undefined {
    if (expiresAt === undefined) return undefined;
    return Math.max(1, Math.ceil((expiresAt - this.#parts.core.clock.now()) / 1000));
  }

  #settle(queued: number | undefined): void {
    if (queued !== undefined) this.#parts.core.topics.settle(this.#session, queued);
  }
}
