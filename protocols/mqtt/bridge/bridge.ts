// One bridge: connects, carries, and when the connection ends connects again, later and later.
import { type Core, type DeviceId, type Session, type UserId, userOf } from "#core";
import { Echoes } from "./echoes.ts";
import { type Figures, figuresOf } from "./figures.ts";
import { Incoming } from "./incoming.ts";
import type { BridgeOptions } from "./options.ts";
import { Outgoing } from "./outgoing.ts";
import { Remote } from "./remote.ts";
import { TopicMap } from "./topic-map.ts";

const firstPauseMs = 1_000;
const longestPauseMs = 60_000;
/** A connection that lasted so long was a good one. */
const goodMs = 10_000;
/** How long the queue of a bridge that does not come back is kept. */
const rememberMs = 30 * 86_400_000;

export class Bridge {
  readonly #core: Core;
  readonly #options: BridgeOptions;
  readonly #topics: TopicMap;
  readonly #user: UserId;
  readonly #device: DeviceId;
  readonly #figures: Figures;
  readonly #echoes: Echoes | undefined;
  readonly #incoming: Incoming;
  readonly #stopping = new AbortController();
  readonly #state: string;
  #pauseMs = firstPauseMs;
  #running: Promise<void> | undefined;

  /** Faults: bad-request, for topics that cannot be carried. */
  constructor(core: Core, options: BridgeOptions, chatPrefix: string) {
    this.#core = core;
    this.#options = options;
    this.#topics = new TopicMap(options.topics, chatPrefix);
    this.#user = userOf(options.account, core.host);
    this.#device = `bridge:${options.name}` as DeviceId;
    this.#figures = figuresOf(options.name);
    this.#echoes = options.version === 4 ? new Echoes(core.clock) : undefined;
    this.#state = `$SYS/broker/connection/${options.name}/state`;
    this.#incoming = new Incoming({
      core,
      server: core.id,
      chatPrefix,
      topics: this.#topics,
      user: this.#user,
      device: this.#device,
      echoes: this.#echoes,
      figures: this.#figures,
    });
  }

  start(): void {
    this.#tell(false);
    this.#running = this.#run();
  }

  /** Finishes what is under way to the remote, and says goodbye. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { clock, log } = this.#core;
    const { name } = this.#options;
    await this.#core.accounts.ensure(this.#user).catch(() => undefined); // the store is away: so is the session, see below
    while (!this.#stopping.signal.aborted) {
      const since = clock.now();
      const reason = await this.#connection().catch((error: unknown) => (error as Error).message);
      if (this.#stopping.signal.aborted) break;
      this.#figures.lost.add();
      if (clock.now() - since > goodMs) this.#pauseMs = firstPauseMs;
      // Full jitter, so that the bridges of many servers do not come back as one.
      const pauseMs = Math.ceil(Math.random() * this.#pauseMs);
      this.#pauseMs = Math.min(longestPauseMs, this.#pauseMs * 2);
      log.warn({ what: "bridge_lost", bridge: name, reason, againInMs: pauseMs }, "no connection to the remote broker");
      await this.#pause(pauseMs);
    }
  }

  /** From a connection to its end; resolves with why it ended. */
  async #connection(): Promise<string> {
    const core = this.#core;
    let lost: (reason: string) => void = () => undefined;
    const over = new Promise<string>((resolve) => (lost = resolve));
    const heard = (packet: Parameters<Incoming["heard"]>[0]): Promise<void> => this.#incoming.heard(packet);
    const { signal } = this.#stopping;
    const connecting = new AbortController();
    const withdraw = (): void => connecting.abort();
    signal.addEventListener("abort", withdraw, { once: true });
    const remote = await Remote.connect(this.#options, { heard, lost }, connecting.signal);
    signal.removeEventListener("abort", withdraw);
    const session = await this.#attach(lost).catch((error: unknown) => {
      remote.cut();
      throw error;
    });
    const outgoing = this.#outgoing(session.attached, remote);
    session.wake = () => queueMicrotask(() => outgoing.drain());
    let reason = "";
    try {
      await this.#subscribe(session.attached, remote);
      core.topics.openQueue(session.attached);
      outgoing.drain();
      this.#tell(true);
      core.log.info({ what: "bridge_connected", bridge: this.#options.name }, "connected to the remote broker");
      const stopped = new Promise<string>((resolve) => {
        if (signal.aborted) resolve("stopped");
        else signal.addEventListener("abort", () => resolve("stopped"), { once: true });
      });
      reason = await Promise.race([over, stopped]);
      if (reason === "stopped") await Promise.race([outgoing.stop(), over]);
      return reason;
    } finally {
      outgoing.drop();
      this.#tell(false);
      if (reason === "stopped") await remote.end();
      else remote.cut();
      await core.sessions.detach(session.attached, true).catch(() => undefined); // what is not written down is owed again
    }
  }

  /** A durable session, so that what matches is queued for us while the remote is away. */
  async #attach(lost: (reason: string) => void): Promise<{ attached: Session; wake: () => void }> {
    const life: { attached?: Session; wake: () => void } = { wake: () => undefined };
    life.attached = await this.#core.sessions.attach({
      user: this.#user,
      device: this.#device,
      echo: "never",
      durable: true,
      rememberMs,
      wake: () => life.wake(),
      ended: (fault) => lost(fault.code),
    });
    return life as { attached: Session; wake: () => void };
  }

  async #subscribe(session: Session, remote: Remote): Promise<void> {
    const core = this.#core;
    const wanted = this.#topics.out.map(({ localPrefix, filter, qos }, at) => ({
      filter: localPrefix + filter,
      qos,
      // Not what we bring ourselves; as it was published; what is retained when it is new.
      noLocal: true,
      retainAsPublished: true,
      retainHandling: 1 as const,
      id: at + 1,
    }));
    for (const { filter } of core.topics.subscriptionsOf(session))
      if (!wanted.some((one) => one.filter === filter)) await core.topics.unsubscribe(session, filter);
    for (const one of wanted) await core.topics.subscribe(session, one);
    const asked = this.#topics.in.map(({ remotePrefix, filter, qos }) => ({ filter: remotePrefix + filter, qos }));
    for (const filter of await remote.subscribe(asked))
      core.log.error({ what: "bridge_not_granted", bridge: this.#options.name, filter }, "the remote refuses a filter");
  }

  #outgoing(session: Session, remote: Remote): Outgoing {
    const { version } = this.#options;
    const parts = { core: this.#core, server: this.#core.id, topics: this.#topics, version };
    return new Outgoing({ ...parts, echoes: this.#echoes, figures: this.#figures }, session, remote);
  }

  /** As Mosquitto tells it: 1 while connected, else 0. */
  #tell(connected: boolean): void {
    this.#figures.connected.add((connected ? 1 : 0) - this.#figures.connected.value);
    this.#core.topics.report(this.#state, Buffer.from(connected ? "1" : "0"));
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#core.clock.after(ms, resolve);
      this.#stopping.signal.addEventListener("abort", () => (cancel(), resolve()), { once: true });
    });
  }
}
