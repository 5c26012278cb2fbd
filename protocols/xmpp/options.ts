// What the composition root may set for this front-end; nothing has to be.

export interface XmppOptions {
  /** In-band registration (XEP-0077), for anyone who can connect. */
  readonly registration?: boolean | undefined;
  /** Accounts that may be made from one address within ten minutes. */
  readonly registrationsPerAddress?: number | undefined;
  /** BOSH sessions of one address, unless it is loopback. */
  readonly boshPerAddress?: number | undefined;
  /** The rooms' domain; `rooms.` and the host if not said. */
  readonly roomsHost?: string | undefined;
  /** How long a cut-off stream may be resumed (XEP-0198). */
  readonly resumeMs?: number | undefined;
  /** How long a resource that a client chose is remembered while it is away. */
  readonly rememberMs?: number | undefined;
  /** Stanzas of one stream that are not answered yet; at the bound we stop reading. */
  readonly unanswered?: number | undefined;
  /** Log entries sent and not acknowledged; at the bound the rest waits in the outbox. */
  readonly window?: number | undefined;
  /** Size of a stanza, and of one before authentication, in bytes. */
  readonly stanzaBytes?: number | undefined;
  readonly preauthBytes?: number | undefined;
  /** Time to authenticate. */
  readonly authMs?: number | undefined;
  /** Silence after which a client is asked whether it is there, and again this long until it is taken for gone. */
  readonly idleMs?: number | undefined;
  /** Of the server, for who asks (XEP-0092). */
  readonly version?: string | undefined;
  /** Whom to write to, by role: `abuse`, `admin`, `support` … (XEP-0157). */
  readonly contactAddresses?: Readonly<Record<string, readonly string[]>> | undefined;
  /** Accounts that may administer from within a client (XEP-0133), by name or address. */
  readonly admins?: readonly string[] | undefined;
  /** STUN and TURN servers (XEP-0215). */
  readonly externalServices?: readonly ExternalService[] | undefined;
  /**
   * Whether a room that a client makes is locked until it is configured (XEP-0045 §10.1.1). auto: where the client says in its
   * capabilities that it knows rooms.
   */
  readonly lockRooms?: "auto" | "on" | "off" | undefined;
  /** Topics under it are conversations, and no nodes. */
  readonly chatPrefix?: string | undefined;
  /** External components (XEP-0114): each a domain of its own, and a secret that proves to be it. */
  readonly components?: readonly ComponentOptions[] | undefined;
  /** What push services are told beside the number of messages (XEP-0357): who wrote, and what. */
  readonly push?: { readonly sender: boolean; readonly body: boolean } | undefined;
  /** Messages of a room's history for a newcomer who asks for none in particular. */
  readonly roomHistory?: number | undefined;
}

export interface ComponentOptions {
  readonly domain: string;
  readonly secret: string;
  /** For people, where services are listed. */
  readonly name?: string | undefined;
}

export interface ExternalService {
  readonly type: "stun" | "stuns" | "turn" | "turns";
  readonly host: string;
  readonly port: number;
  readonly transport: "udp" | "tcp";
  /** Shared with the TURN server, whose REST API credentials are made of; empty: none are needed. */
  readonly secret: string;
  /** How long credentials hold. */
  readonly ttlMs: number;
}

/** The options with nothing left open. */
export type XmppSettings = { readonly [Key in keyof XmppOptions]-?: NonNullable<XmppOptions[Key]> };

const day = 24 * 60 * 60_000;

export function settingsOf(options: XmppOptions, host: string): XmppSettings {
  return {
    registration: options.registration ?? false,
    registrationsPerAddress: options.registrationsPerAddress ?? 100,
    boshPerAddress: options.boshPerAddress ?? 1000,
    roomsHost: options.roomsHost ?? `rooms.${host}`,
    resumeMs: options.resumeMs ?? 5 * 60_000,
    rememberMs: options.rememberMs ?? 30 * day,
    unanswered: options.unanswered ?? 256,
    window: options.window ?? 512,
    stanzaBytes: options.stanzaBytes ?? 256 << 10,
    preauthBytes: options.preauthBytes ?? 10 << 10,
    authMs: options.authMs ?? 10_000,
    idleMs: options.idleMs ?? 90_000,
    version: options.version ?? "0",
    contactAddresses: options.contactAddresses ?? {},
    admins: options.admins ?? [],
    externalServices: options.externalServices ?? [],
    lockRooms: options.lockRooms ?? "auto",
    chatPrefix: options.chatPrefix ?? "chat",
    components: options.components ?? [],
    push: options.push ?? { sender: false, body: false },
    roomHistory: options.roomHistory ?? 20,
  };
}
