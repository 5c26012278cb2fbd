// A client that authenticates by SCRAM-SHA-256 (MQTT 5.0 §4.12, RFC 5802), one step at a time.
import type { MqttClient } from "../clients/mqtt.ts";
import { auth, connect, type Packet } from "../clients/mqtt-packets.ts";
import type { Properties } from "../clients/mqtt-properties.ts";
import { Scram, type ScramOptions } from "../clients/sasl.ts";
import type { MqttKit } from "../mqtt-kit.ts";
import { NotOffered } from "../requirement.ts";

export const method = "SCRAM-SHA-256";

export class ScramClient {
  readonly client: MqttClient;
  readonly #t: MqttKit;
  readonly #options: ScramOptions;
  #scram: Scram;

  private constructor(t: MqttKit, client: MqttClient, options: ScramOptions) {
    this.#t = t;
    this.client = client;
    this.#options = options;
    this.#scram = new Scram("SHA-256", login(t), options);
  }

  /** CONNECT with the client-first message; neither user name nor password. */
  static async begin(t: MqttKit, properties: Properties = {}, options: ScramOptions = {}): Promise<ScramClient> {
    const own = new ScramClient(t, await t.open(), options);
    const authData = bytes(own.#scram.first);
    const fields = {
      version: 5 as const,
      clientId: t.name(),
      properties: { ...properties, authMethod: method, authData },
    };
    own.client.send(connect(fields));
    return own;
  }

  /** The server's AUTH, or NotOffered when it knows nothing of the method. */
  async challenge(): Promise<Packet> {
    const { client } = this;
    const answer = await client.next();
    if (answer.kind === "connack" && (answer.code === 0x8c || answer.code === 0x87))
      throw new NotOffered(`it does not offer ${method}`);
    if (answer.kind !== "auth") throw new Error(`${answer.kind} 0x${answer.code.toString(16)} instead of AUTH`);
    return answer;
  }

  /** The client-final message. */
  respond(challenge: Packet, properties: Properties = { authMethod: method }): void {
    const authData = bytes(this.#scram.final(challenge.properties.authData!.toString("base64")));
    this.client.send(auth(0x18, { ...properties, authData }));
  }

  /** Whether the server knows the keys, too. */
  proven(last: Packet): boolean {
    return this.#scram.proves(last.properties.authData?.toString("base64") ?? "");
  }

  /** All of it; resolves with the CONNACK. */
  async finish(): Promise<Packet> {
    this.respond(await this.challenge());
    return this.client.take("connack");
  }

  /** Re-authentication (§4.12.1): the first AUTH of it. */
  again(authMethod = method): void {
    this.#scram = new Scram("SHA-256", login(this.#t), this.#options);
    this.client.send(auth(0x19, { authMethod, authData: bytes(this.#scram.first) }));
  }

  /** From now on the proofs are wrong. */
  spoil(): void {
    (this.#options as { wrongProof?: boolean }).wrongProof = true;
  }
}

function login(t: MqttKit) {
  const { logins } = t.target;
  if (logins.length === 0) throw new NotOffered("no accounts to authenticate as");
  return logins[0]!;
}

function bytes(base64: string): Buffer {
  return Buffer.from(base64, "base64");
}
