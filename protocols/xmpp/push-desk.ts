// Push notifications (XEP-0357): hears of every direct message, and tells the services of clients that are not there, or whom
// nobody looks at. Never what is said, unless the operator wants it so.
import {
  type Attention,
  type ConversationId,
  type Delivery,
  type DeviceId,
  deviceKey,
  type Envelope,
  faultFrom,
  membersOfDirect,
  nameOf,
  type PushRegistration as Registration,
  type Session,
  type UserId,
} from "#core";
import { isInactive } from "./features/xep-0352-client-state.ts";
import { type Outcome, publishPush } from "./push-publish.ts";
import type { XmppServer } from "./server.ts";
import { ServiceSession } from "./service-session.ts";
import type { XmppSession } from "./session.ts";

/** What comes together is told together, and no service is told more often than this of one client. */
const gatherMs = 250;
const leastPauseMs = 1000;
const takenAtOnce = 500;
/** Accounts that wait to be looked at; beyond it nobody is told, and the log is as ever. */
const dueBound = 10_000;
/** Accounts whose presence is watched, to know who is at another node. */
const watchedBound = 10_000;
/** Clients of which it is known how much they were told; the oldest begin anew. */
const toldBound = 50_000;
/** Errors in a row that may pass (§6.1). */
const patience = 5;

interface Due {
  /** Messages since the last look, by conversation. */
  readonly talks: Map<ConversationId, Talk>;
  /** One of them was stored here: whoever is nowhere is ours to tell of. */
  ours: boolean;
}

interface Talk {
  count: number;
  /** Of them, what is meant for the account. */
  mentions: number;
  last: Envelope;
}

/** What a service was told of a client since that was last there. */
interface Told {
  count: number;
  /** What it is to be told of next; not kept beyond, or it would keep a stanza for each client that is away. */
  last: Envelope | undefined;
  /** When it was told. */
  at: number;
  /** It will be, soon. */
  waits: boolean;
  errors: number;
}

export class PushDesk {
  readonly #server: XmppServer;
  readonly #suffix: string;
  readonly #here = new Map<string, XmppSession>();
  /** By client, and then by registration. */
  readonly #told = new Map<string, Map<string, Told>>();
  readonly #watched = new Set<UserId>();
  readonly #service: ServiceSession;
  #due = new Map<UserId, Due>();
  #cancel: (() => void) | undefined;
  #stopped = false;

  constructor(server: XmppServer) {
    this.#server = server;
    this.#suffix = `@${server.host}`;
    this.#service = new ServiceSession(server, {
      user: server.core.host as UserId,
      prefix: "push-",
      wake: () => this.#drain(),
      attached: () => undefined,
      ended: () => this.#watched.clear(),
    });
  }

  /** The client is there, or there again. */
  came(session: XmppSession): void {
    const key = deviceKey(session.user, session.device);
    this.#here.set(key, session);
    this.seen(session);
  }

  /** Whatever it was told of it may see now. */
  seen(session: XmppSession): void {
    this.#told.delete(deviceKey(session.user, session.device));
  }

  left(session: XmppSession): void {
    const key = deviceKey(session.user, session.device);
    if (this.#here.get(key) === session) this.#here.delete(key);
  }

  /** The service said that it took the notification, or not (§6.1). */
  async answered(user: UserId, registration: Registration, outcome: Outcome): Promise<void> {
    const told = this.#told.get(deviceKey(user, registration.device as DeviceId))?.get(registration.key);
    if (told !== undefined) told.errors = outcome === "sent" ? 0 : told.errors + 1;
    if (outcome === "refused" || (told?.errors ?? 0) >= patience) {
      await this.#server.core.pushes.remove(user, ({ key }) => key === registration.key);
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancel?.();
    await this.#service.stop();
  }

  get #session(): Session | undefined {
    return this.#service.now;
  }

  #drain(): void {
    while (this.#session?.attached === true) {
      const taken = this.#session.take(takenAtOnce);
      if (taken.length === 0) return;
      for (const delivery of taken) this.#heard(delivery);
    }
  }

  #heard({ event, elsewhere }: Delivery): void {
    // A device of another protocol, or at another node, is there again: whatever it was told of it may see now.
    if (event.type === "signal" && event.name === "presence" && event.available)
      this.#told.delete(deviceKey(event.user, event.device));
    if (event.type !== "entry" || !wakes(event)) return;
    for (const member of membersOfDirect(event.conversation) ?? []) {
      if (member === event.author || !member.endsWith(this.#suffix)) continue;
      // Most have asked for nothing: looking closer was a twentieth of what a message cost (bench: xmpp-chat).
      if (this.#server.core.pushes.peek(member, event.at)?.length === 0) continue;
      this.#note(member, event, elsewhere !== true);
    }
  }

  #note(user: UserId, last: Envelope, ours: boolean): void {
    let due = this.#due.get(user);
    if (due === undefined && this.#due.size < dueBound) this.#due.set(user, (due = { talks: new Map(), ours }));
    if (due === undefined) return;
    due.ours ||= ours;
    const mentions = isFor(user, last) ? 1 : 0;
    const talk = due.talks.get(last.conversation);
    if (talk === undefined) due.talks.set(last.conversation, { count: 1, mentions, last });
    else {
      talk.count++;
      talk.mentions += mentions;
      talk.last = last;
    }
    this.#soon(gatherMs);
  }

  #soon(ms: number): void {
    if (this.#stopped) return;
    this.#cancel ??= this.#server.core.clock.after(ms, () => {
      this.#cancel = undefined;
      const due = this.#due;
      this.#due = new Map();
      for (const [user, what] of due)
        this.#look(user, what).catch((error: unknown) => this.#server.note(faultFrom(error)));
    });
  }

  async #look(user: UserId, due: Due): Promise<void> {
    const registrations = await this.#server.core.pushes.of(user);
    const what = registrations.length === 0 ? undefined : unmuted(due, await this.#server.core.attention.list(user));
    if (what === undefined) return;
    for (const registration of registrations) {
      this.#watch(user);
      const client = deviceKey(user, registration.device as DeviceId);
      if (this.#isAway(client, user, registration.device, due.ours)) this.#tell(user, registration, what);
      else if (this.#here.has(client)) this.#told.delete(client);
    }
  }

  /** At once, or when the last time is long enough ago: then of all there is by then. */
  #tell(user: UserId, registration: Registration, { count, last }: Pick<Talk, "count" | "last">): void {
    const { clock } = this.#server.core;
    const told = this.#toldOf(user, registration);
    told.count += count;
    told.last = last;
    if (told.waits) return;
    const publish = (): void => {
      told.waits = false;
      // The client was here meanwhile, or we are about to go.
      if (this.#stopped || this.#toldOf(user, registration) !== told) return;
      told.at = clock.now();
      const latest = told.last!;
      told.last = undefined;
      publishPush(this.#server, { user, registration, count: told.count, last: latest }).then(
        (outcome) => (outcome === "sent" ? undefined : this.answered(user, registration, outcome)),
        (error: unknown) => this.#server.note(faultFrom(error)),
      );
    };
    const pause = told.at + leastPauseMs - clock.now();
    if (pause <= 0) return publish();
    told.waits = true;
    clock.after(pause, publish);
  }

  /** There is no session of the client, or it waits to be resumed, or nobody looks at it. */
  #isAway(client: string, user: UserId, device: string, ours: boolean): boolean {
    const session = this.#here.get(client);
    if (session !== undefined) return session.stream === undefined || isInactive(session);
    return ours && !this.#server.core.presence.of(user).some((signal) => signal.device === device);
  }

  #toldOf(user: UserId, { device, key }: Registration): Told {
    const client = deviceKey(user, device as DeviceId);
    let services = this.#told.get(client);
    if (services === undefined) {
      if (this.#told.size >= toldBound) this.#told.delete(this.#told.keys().next().value!);
      this.#told.set(client, (services = new Map()));
    }
    let told = services.get(key);
    if (told === undefined) services.set(key, (told = { count: 0, last: undefined, at: 0, waits: false, errors: 0 }));
    return told;
  }

  #watch(user: UserId): void {
    if (this.#session === undefined || this.#watched.has(user)) return;
    const { presence } = this.#server.core;
    if (this.#watched.size >= watchedBound) {
      const [oldest] = this.#watched;
      this.#watched.delete(oldest!);
      presence.unwatch(this.#session, oldest!);
    }
    this.#watched.add(user);
    presence.watch(this.#session, user);
  }
}

/** What somebody should look at now. */
function wakes({ kind, relation }: Envelope): boolean {
  return kind === "message" || kind === "invitation" || (kind === "call" && relation?.call?.action === "propose");
}

/** What of it may ring; undefined for nothing. */
function unmuted(
  { talks }: Due,
  attention: ReadonlyMap<ConversationId, Attention>,
): Pick<Talk, "count" | "last"> | undefined {
  let count = 0;
  let last: Envelope | undefined;
  for (const [conversation, talk] of talks) {
    const level = attention.get(conversation)?.level ?? "all";
    const loud = level === "none" ? 0 : level === "all" ? talk.count : talk.mentions;
    count += loud;
    if (loud > 0) last = talk.last;
  }
  return last && { count, last };
}

/** An answer to what the account has said, or with its name in it. */
function isFor(user: UserId, { relation, body, kind }: Envelope): boolean {
  if (kind !== "message" || relation?.target?.author === user) return true;
  return body?.toLowerCase().includes(nameOf(user)) === true;
}
