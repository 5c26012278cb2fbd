import { Fault, ScramExchange, type UserId, userOf } from "#core";
import { userNamed } from "../addressing.ts";
import type { Answer, Connection } from "../connection.ts";
import type { OtherPacket } from "../encode.ts";
import { establish } from "../establish.ts";
import { PacketFault, protocolError } from "../faults.ts";
import type { AuthPacket, ConnectPacket, Properties } from "../packet.ts";
import type { Handler } from "../packets.ts";
import { reason } from "../reasons.ts";

export const method = "SCRAM-SHA-256";

/** An exchange under way: of a CONNECT, or (without one) of a client that is connected and authenticates again. */
export interface Authentication {
  readonly exchange: ScramExchange;
  readonly connect: ConnectPacket | undefined;
}

/** Enhanced authentication (MQTT 5.0 §4.12) by SCRAM (RFC 7677): the password never travels. */
export const auth: Handler<"auth"> = (packet, connection) => {
  if (connection.session !== undefined) return again(packet, connection);
  if (connection.authentication?.connect === undefined) throw protocolError("AUTH without an authentication method");
  return proceed(packet, connection, connection.authentication);
};

/** CONNECT named a method: its authentication data is the client-first message. */
export async function beginAuthentication(packet: ConnectPacket, connection: Connection): Promise<OtherPacket> {
  if (packet.properties.authenticationMethod !== method)
    throw new PacketFault(reason.badAuthenticationMethod, "authentication method not offered");
  return challenge(packet.properties, connection, packet);
}

async function challenge(
  properties: Properties,
  connection: Connection,
  connect: ConnectPacket | undefined,
): Promise<OtherPacket> {
  const { core } = connection.front;
  const exchange = new ScramExchange({
    hash: "SHA-256",
    keysOf: (name) => core.accounts.scramKeys(accountOf(name, core.host), "SHA-256", connection.link.remote),
  });
  const data = await exchange.first(dataOf(properties));
  connection.authentication = { exchange, connect };
  return {
    cmd: "auth",
    reasonCode: reason.continueAuthentication,
    properties: { authenticationMethod: method, authenticationData: Buffer.from(data) },
  };
}

/** The client-final message: all is well, or the connection ends. */
async function proceed(
  packet: AuthPacket,
  connection: Connection,
  { exchange, connect }: Authentication,
): Promise<Awaited<Answer>> {
  connection.authentication = undefined;
  checkMethod(packet);
  const final = prove(exchange, packet, connection);
  const user = accountOf(exchange.username, connection.front.core.host);
  const named = connect!.username === undefined ? user : accountOf(connect!.username, connection.front.core.host);
  if (exchange.authzid !== "" || named !== user) throw new Fault("unauthorized", "authenticated as somebody else");
  await establish(connect!, connection, user, false, {
    authenticationMethod: method,
    authenticationData: Buffer.from(final),
  });
  return undefined;
}

/** The server's last word; a proof that is wrong counts as a wrong password. */
function prove(exchange: ScramExchange, { properties }: AuthPacket, { front, link }: Connection): string {
  try {
    return exchange.final(dataOf(properties));
  } catch (error) {
    front.core.accounts.scramFailed(accountOf(exchange.username, front.core.host), link.remote);
    throw error;
  }
}

/** Re-authentication (§4.12.1); the packets of other kinds that come meanwhile are handled as ever. */
async function again(packet: AuthPacket, connection: Connection): Promise<Awaited<Answer>> {
  if (!connection.session!.terms.enhanced) throw protocolError("AUTH without an authentication method");
  checkMethod(packet);
  if (packet.reasonCode === reason.reauthenticate) return challenge(packet.properties, connection, undefined);
  const under = connection.authentication;
  connection.authentication = undefined;
  if (under === undefined) throw protocolError("AUTH that continues nothing");
  const final = prove(under.exchange, packet, connection);
  if (accountOf(under.exchange.username, connection.front.core.host) !== connection.session!.attached.user) {
    throw new Fault("forbidden", "authenticated as somebody else", { ends: "connection" });
  }
  return {
    cmd: "auth",
    reasonCode: reason.success,
    properties: { authenticationMethod: method, authenticationData: Buffer.from(final) },
  };
}

function checkMethod({ properties }: AuthPacket): void {
  if (properties.authenticationMethod !== method) throw protocolError("another authentication method"); // [MQTT-4.12.0-5]
}

function dataOf({ authenticationData }: Properties): string {
  return authenticationData?.toString("utf8") ?? "";
}

function accountOf(name: string, host: string): UserId {
  return userNamed(name, host) ?? userOf(name, host);
}
