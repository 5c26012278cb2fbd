// A target is a server to be judged: where it listens, who may log in, and what it is known not to do.

export interface Login {
  readonly user: string;
  readonly password: string;
}

export interface Target {
  readonly name: string;
  /** As its package calls it. */
  readonly version?: string | undefined;
  readonly mqtt?: { readonly host: string; readonly port: number } | undefined;
  /** Protocol levels of MQTT it speaks; both when not said. */
  readonly mqttVersions?: readonly (4 | 5)[] | undefined;
  /** MQTT over WebSocket, as a ws:// address. */
  readonly mqttWebSocket?: string | undefined;
  readonly xmpp?: XmppAddress | undefined;
  /** XMPP over TCP: `xmpp://host:port`, `xmpps://host:port` in TLS from the first byte. */
  readonly xmppTcp?: XmppAddress | undefined;
  /** XMPP over BOSH, as an http:// address. */
  readonly xmppBosh?: XmppAddress | undefined;
  /** Where an external component may connect (XEP-0114), and as whom. */
  readonly component?: ComponentAddress | undefined;
  readonly json?: { readonly url: string } | undefined;
  /** Three are enough for every suite; none means that the server lets anybody in. */
  readonly logins: readonly Login[];
  /** What the server can do beyond the standards' musts; a check that needs something else is skipped, with this as its reason. */
  readonly abilities: ReadonlySet<Ability>;
  /** The only reasons for which a check may find it without something optional; any when not said. */
  readonly lacks?: readonly string[] | undefined;
  /** A topic nobody may publish to; when not said, one of the server's own. */
  readonly refuses?: string | undefined;
  /** Clauses that the server is known to break, and why it does: they fail without failing the run. */
  readonly deviations?: Readonly<Record<string, string>> | undefined;
}

export interface ComponentAddress {
  readonly url: string;
  readonly domain: string;
  readonly secret: string;
}

export interface XmppAddress {
  readonly url: string;
  readonly domain: string;
  readonly rooms?: string | undefined;
}

/**
 * `accounts`: it refuses wrong passwords. `chat`: MQTT topics under `chat/` are conversations. `policy`: it keeps the
 * project's own limits (docs/reference/limits.md). `admin`: the first login is an administrator's. The rest are extensions by their number.
 */
export type Ability =
  | "accounts"
  | "chat"
  | "admin"
  | "policy"
  | "muc"
  | "sm"
  | "carbons"
  | "stanza-ids"
  | "host-meta"
  | "starttls";

/** How XMPP travels. */
export const transports = ["WebSocket", "TCP", "BOSH"] as const;

export type Transport = (typeof transports)[number];

let chosen: Target | undefined;
let chosenTransports: readonly Transport[] = transports;

/** Names the server that the suites judge from now on; of XMPP, only over these transports. */
export function judge(target: Target, over: readonly Transport[] = transports): void {
  chosen = target;
  chosenTransports = over;
}

/** Whether checks of XMPP over it are asked for. What is the same over each is judged with the WebSocket's. */
export function judgedOver(transport: Transport): boolean {
  return chosenTransports.includes(transport);
}

/** The server being judged. */
export function target(): Target {
  if (chosen === undefined)
    throw new Error("no target chosen: use `npm run conformance -- --target mqtt://127.0.0.1:1883`");
  return chosen;
}
