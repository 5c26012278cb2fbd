// What every chat app can do, whatever library and protocol it is built on: the journeys are written in these words.
import { Journal } from "../journal.ts";
import { passwordOf, type Server } from "../server.ts";

export type Protocol = "xmpp" | "mqtt" | "json";

export type Target = { readonly user: string } | { readonly room: string };

/** A message as its reader sees it. */
export interface Heard {
  /** The sender's account name. */
  readonly from: string;
  /** The room's name; undefined for a direct message. */
  readonly room?: string | undefined;
  readonly body: string;
  /** The server's name for the message; the app drops what it has seen. */
  readonly mid: string;
  /** Its place in the conversation, where the protocol shows it. */
  readonly seq?: number | undefined;
  /** What the protocol quotes in a receipt (XMPP: the stanza's id). */
  readonly id?: string | undefined;
  /** The protocol's mark of a message that may have come before: DUP, `<delay/>`, `redelivered`. */
  readonly marked: boolean;
}

/** A receipt as the sender sees it: cumulative by `seq`, or for the one message of that origin id. */
export interface Seen {
  readonly mark: "delivered" | "read";
  readonly by: string;
  readonly originId?: string | undefined;
  readonly seq?: number | undefined;
}

export interface App {
  /** Account name; the password is the test accounts' own. */
  readonly user: string;
  /** The node it connects to. */
  readonly server: Server;
  readonly protocol: Protocol;
  /** Others' messages, twins included. */
  readonly heard: Journal<Heard>;
  readonly seen: Journal<Seen>;
  /** Names (mid) of the messages that the client has acknowledged on the wire, in that order. */
  readonly acknowledged: readonly string[];
  /** Comes online, the first time or again; what was sent and not acknowledged is sent again under its origin id. */
  connect(): Promise<void>;
  join(room: string): Promise<void>;
  /** Resolves when the server has said, in the protocol's words, that the message is stored; waits over reconnections. */
  send(target: Target, body: string, originId: string): Promise<void>;
  markRead(message: Heard): Promise<void>;
  /** A round trip: what the client has acknowledged before is processed when it resolves. Rejects when the socket breaks. */
  prove(): Promise<void>;
  /** Goes offline in good order; the server may remember the device. */
  disconnect(): Promise<void>;
  /** Cuts the socket. */
  cut(): void;
}

export interface AppOptions {
  /** The node to connect to. */
  readonly server: Server;
  readonly user: string;
  readonly device: string;
}

/** What all drivers keep alike. */
export class AppState {
  readonly user: string;
  readonly device: string;
  readonly password: string;
  readonly server: Server;
  readonly heard: Journal<Heard>;
  readonly seen: Journal<Seen>;
  readonly acknowledged: string[] = [];
  /** Resolves when the connection of now is gone. */
  protected broken: Promise<unknown> = Promise.resolve();

  constructor({ server, user, device }: AppOptions) {
    this.server = server;
    this.user = user;
    this.device = device;
    this.password = passwordOf(user);
    this.heard = new Journal(`messages of ${user}/${device}`);
    this.seen = new Journal(`receipts of ${user}/${device}`);
  }

  /** Rejects when the connection breaks first. */
  protected async unlessBroken<T>(wanted: Promise<T>): Promise<T> {
    const outcome = await Promise.race([wanted.then((value) => ({ value })), this.broken.then(() => undefined)]);
    if (outcome === undefined) throw new Error("the connection broke");
    return outcome.value;
  }
}
