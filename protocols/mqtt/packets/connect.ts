import { randomUUID } from "node:crypto";
import { type DeviceId, type UserId, userOf } from "#core";
import { userNamed } from "../addressing.ts";
import { deviceOf } from "../clients.ts";
import type { Answer, Connection } from "../connection.ts";
import { establish } from "../establish.ts";
import { PacketFault, protocolError } from "../faults.ts";
import type { ConnectPacket } from "../packet.ts";
import type { Handler } from "../packets.ts";
import { reason } from "../reasons.ts";
import { checkWill } from "../will.ts";
import { beginAuthentication } from "./auth.ts";

/** Who is it, and may it be here? A Fault becomes a CONNACK that refuses; `establish` sends the one that accepts. */
export const connect: Handler<"connect"> = (packet, connection) => {
  connection.front.traffic.connects++;
  connection.speak(packet.version);
  return begin(packet, connection);
};

async function begin(packet: ConnectPacket, connection: Connection): Promise<Awaited<Answer>> {
  if (!connection.front.core.accounts.mayTry(connection.link.remote))
    throw new PacketFault(reason.connectionRateExceeded, "too many connections a second from one address");
  const named: ConnectPacket = { ...packet, clientId: checkedClientId(packet, connection) };
  checkWill(packet.will, connection.front);
  const { authenticationMethod, authenticationData } = packet.properties;
  if (authenticationData !== undefined && authenticationMethod === undefined)
    throw protocolError("authentication data without a method"); // §3.1.2.11.10
  if (authenticationMethod !== undefined) return beginAuthentication(named, connection);
  const user = await authenticate(packet, connection, deviceOf(named.clientId));
  await establish(named, connection, user, packet.clientId === "");
  return undefined;
}

/** The client id, or one made for a client without [MQTT-3.1.3-6]. */
function checkedClientId({ clientId, version, clean }: ConnectPacket, { front }: Connection): string {
  if (clientId === "") {
    // 3.1 asks for an id; 3.1.1 for a clean session without one [MQTT-3.1.3-8].
    if (version === 3 || (version === 4 && !clean)) throw invalidId();
    return `auto-${randomUUID()}`;
  }
  if (Buffer.byteLength(clientId) > front.options.maximumClientId || /[\u0001-\u001f\u007f-\u009f]/.test(clientId))
    throw invalidId();
  return clientId;
}

function invalidId(): PacketFault {
  return new PacketFault(reason.clientIdNotValid, "client id not accepted");
}

/** The account, by password or by a token in its place, or by certificate without either. Faults: unauthorized. */
async function authenticate(packet: ConnectPacket, { front, link }: Connection, device: DeviceId): Promise<UserId> {
  const { core, options } = front;
  // Of no bytes, either says as little as none: clients whose configuration has no login send them all the same.
  const username = packet.username === "" ? undefined : packet.username;
  const password = packet.password?.length === 0 ? undefined : packet.password;
  // A name that no account can have is refused after the same work as one that none has.
  const user = username === undefined ? undefined : (userNamed(username, core.host) ?? userOf(username, core.host));
  if (password === undefined && link.tls?.client !== undefined) {
    const holder = await core.accounts.verifyCertificate(link.tls.client, user);
    if (holder !== undefined) return holder;
  }
  if (username === undefined && password === undefined) {
    if (options.anonymous === undefined) throw new PacketFault(reason.notAuthorized, "no credentials");
    return userOf(options.anonymous, core.host);
  }
  if (!link.secure && !options.insecurePasswords)
    throw new PacketFault(reason.notAuthorized, "a password over an open line");
  const secret = password?.toString("utf8") ?? "";
  if (user === undefined) return core.accounts.verifyToken(secret);
  return core.accounts.verify(user, secret, { remote: link.remote, device });
}
