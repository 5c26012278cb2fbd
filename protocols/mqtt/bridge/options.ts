// A bridge as the composition root describes it: everything read from files and the environment already.

export interface BridgeTopic {
  /** What is carried, without the prefixes. */
  readonly filter: string;
  /** As seen from here: `out` to the remote, `in` from it. */
  readonly direction: "in" | "out" | "both";
  /** At most once, or at least once. */
  readonly qos: 0 | 1;
  readonly localPrefix: string;
  readonly remotePrefix: string;
}

export interface BridgeTls {
  readonly ca?: Buffer | undefined;
  readonly cert?: Buffer | undefined;
  readonly key?: Buffer | undefined;
  /** The name that the remote's certificate must have, if not that of the URL. */
  readonly servername?: string | undefined;
}

export interface BridgeOptions {
  /** Unique among a server's bridges; names its device here. */
  readonly name: string;
  /** mqtt, mqtts, ws or wss. */
  readonly url: string;
  /** The account it acts as here. */
  readonly account: string;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** Towards the remote. */
  readonly clientId: string;
  readonly version: 4 | 5;
  /** Whether the remote forgets the bridge, and what it would have sent, when the connection ends. */
  readonly clean: boolean;
  readonly keepaliveS: number;
  readonly tls: BridgeTls;
  readonly topics: readonly BridgeTopic[];
}
