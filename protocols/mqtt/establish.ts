// From a client that is who it says to a session that is on: takeover, resumption, CONNACK, and what is owed.
import { type AttachOptions, type DeviceId, type Fault, type Session, tokenExpiry, type UserId } from "#core";
import type { IConnackPacket } from "mqtt-packet";
import { deviceOf } from "./clients.ts";
import type { Connection } from "./connection.ts";
import { keepAliveOf, offersOf } from "./offers.ts";
import { PacketFault } from "./faults.ts";
import type { ConnectPacket } from "./packet.ts";
import { checkWillAllowed } from "./permission.ts";
import { reason } from "./reasons.ts";
import { MqttSession, type SessionTerms } from "./session.ts";
import { SessionState } from "./session-state.ts";
import { keptWill } from "./will.ts";

type ConnackProperties = NonNullable<IConnackPacket["properties"]>;

/** A session that lasts no longer than its connection, but resumes one that did: kept this long should the server be killed. */
const briefMs = 60_000;

type Terms = Pick<AttachOptions, "durable" | "rememberMs" | "fresh" | "will" | "until">;

/** What the core calls while the device is attached: the session, once it is there. */
class Life implements AttachOptions {
  readonly user: UserId;
  readonly device: DeviceId;
  readonly echo = "rooms";
  readonly settles = true;
  readonly durable: boolean;
  readonly rememberMs: number;
  readonly fresh: boolean;
  readonly will: AttachOptions["will"];
  readonly until: number | undefined;
  session: MqttSession | undefined;
  /** It ended before there was a session. */
  fault: Fault | undefined;

  constructor(user: UserId, device: DeviceId, terms: Terms) {
    this.user = user;
    this.device = device;
    this.durable = terms.durable;
    this.rememberMs = terms.rememberMs;
    this.fresh = terms.fresh === true;
    this.will = terms.will;
    this.until = terms.until;
  }

  /** A session looks into its outbox when it begins. */
  wake(): void {
    this.session?.wake();
  }

  ended(fault: Fault): void {
    if (this.session === undefined) this.fault = fault;
    else this.session.connection.fail(fault);
  }
}

/** Faults: those of attaching; client id of another account. */
export async function establish(
  packet: ConnectPacket,
  connection: Connection,
  user: UserId,
  assigned: boolean,
  proof: Pick<ConnackProperties, "authenticationMethod" | "authenticationData"> = {},
): Promise<void> {
  const { front } = connection;
  const device = deviceOf(packet.clientId);
  if (front.clients.foreign(user, device))
    throw new PacketFault(reason.clientIdNotValid, "client id of another account");
  checkWillAllowed(packet.will, front, user, device);
  front.clients.find(user, device)?.connection.disconnect(reason.sessionTakenOver); // [MQTT-3.1.4-3]
  await front.clients.left(user, device);
  if (connection.ended) return;

  const expiryS = expiryOf(packet, connection);
  const durable = expiryS > 0 || !packet.clean;
  const rememberMs = expiryS > 0 ? expiryS * 1000 : durable ? briefMs : 0;
  const life = new Life(user, device, {
    durable,
    rememberMs,
    fresh: packet.clean,
    will: keptWill(packet.will, front, user),
    until: tokenExpiry(packet.password?.toString() ?? ""),
  });
  const attached = await front.core.sessions.attach(life);
  if (connection.ended || life.fault !== undefined) {
    front.core.sessions.withdrawWill(attached); // CONNECT was never accepted
    await front.core.sessions.detach(attached, durable);
    if (life.fault !== undefined) throw life.fault;
    return;
  }

  const session = new MqttSession(
    connection,
    attached,
    termsOf(packet, connection, attached, durable, expiryS),
    stateOf(attached, packet.clean),
  );
  session.will = packet.will;
  life.session = session;
  front.clients.add(session);
  front.traffic.mostClients = Math.max(front.traffic.mostClients, front.clients.size);
  const keepAliveS = keepAliveOf(packet, front.options);
  connection.patienceMs = keepAliveS === 0 ? Infinity : keepAliveS * 1500; // [MQTT-3.1.2-22]
  connection.accept(session);
  acceptConnect(connection, {
    packet,
    assigned,
    expiryS,
    present: !packet.clean && attached.known !== undefined,
    proof,
  });
  await resume(session);
}

function acceptConnect(
  connection: Connection,
  {
    packet,
    assigned,
    expiryS,
    present,
    proof,
  }: { packet: ConnectPacket; assigned: boolean; expiryS: number; present: boolean; proof: ConnackProperties },
): void {
  if (packet.version !== 5)
    return connection.send({ cmd: "connack", returnCode: 0, sessionPresent: present && packet.version === 4 });
  const { options } = connection.front;
  connection.send({
    cmd: "connack",
    reasonCode: reason.success,
    sessionPresent: present,
    properties: {
      receiveMaximum: options.receiveMaximum,
      maximumPacketSize: options.maximumPacketSize,
      topicAliasMaximum: options.topicAliasMaximum,
      sharedSubscriptionAvailable: true,
      ...(expiryS !== (packet.properties.sessionExpiryInterval ?? 0) && { sessionExpiryInterval: expiryS }),
      ...offersOf(packet, connection.session!.attached.user, options),
      ...(assigned && { assignedClientIdentifier: packet.clientId }),
      ...proof,
    },
  });
}

/** What was owed comes first, in its order [MQTT-4.4.0-1]; then the session is as any other. */
async function resume(session: MqttSession): Promise<void> {
  const { front, attached, terms } = session;
  if (terms.durable) session.releases.resume();
  front.core.presence.announce(attached, { available: true });
  if (terms.durable) {
    front.core.topics.openQueue(attached);
    if (session.state.chat.size > 0) await session.chat.resume();
  }
  session.held--;
  session.wake();
}

function expiryOf({ version, clean, properties }: ConnectPacket, { front }: Connection): number {
  if (version !== 5) return clean ? 0 : front.options.persistentSessionS;
  return Math.min(properties.sessionExpiryInterval ?? 0, front.options.sessionExpiryMaximumS);
}

function termsOf(
  packet: ConnectPacket,
  { front }: Connection,
  { known }: Session,
  durable: boolean,
  expiryS: number,
): SessionTerms {
  const { version, bridge, properties } = packet;
  return {
    version,
    durable,
    expiryS,
    window: Math.min(properties.receiveMaximum ?? 0xffff, front.options.inFlight),
    maximumPacketSize: properties.maximumPacketSize ?? Infinity,
    topicAliasMaximum: properties.topicAliasMaximum ?? 0,
    bridge,
    enhanced: properties.authenticationMethod !== undefined,
    crashed: known !== undefined && known.detachedAt === 0,
  };
}

function stateOf({ known }: Session, clean: boolean): SessionState {
  return clean ? new SessionState() : SessionState.parse(known?.state);
}
