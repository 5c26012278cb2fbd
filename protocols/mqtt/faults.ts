// What a fault is called in MQTT: reason codes for 5.0, CONNACK return codes for 3.1 and 3.1.1.
import { Fault, type FaultCode } from "#core";
import { reason, type ReasonCode, returnCode, type ReturnCode } from "./reasons.ts";

/** The client broke the protocol: the connection ends with this reason code (MQTT 5.0 §4.13). */
export class PacketFault extends Fault {
  readonly reasonCode: ReasonCode;

  /** `message` is constant text: nothing the client sent (P9). */
  constructor(reasonCode: ReasonCode, message: string) {
    super("bad-request", message, { ends: "connection" });
    this.reasonCode = reasonCode;
  }
}

export function malformed(message: string): PacketFault {
  return new PacketFault(reason.malformedPacket, message);
}

export function protocolError(message: string): PacketFault {
  return new PacketFault(reason.protocolError, message);
}

/** In PUBACK and PUBREC. The codes these may carry are fewer than DISCONNECT's (MQTT 5.0 §3.4.2.1). */
export const publishReason = {
  "bad-request": reason.payloadFormatInvalid,
  "not-found": reason.topicNameInvalid,
  forbidden: reason.notAuthorized,
  blocked: reason.notAuthorized,
  unauthorized: reason.notAuthorized,
  revoked: reason.notAuthorized,
  conflict: reason.packetIdInUse,
  unsupported: reason.implementationSpecific,
  "too-large": reason.quotaExceeded,
  "rate-limited": reason.quotaExceeded,
  "quota-exceeded": reason.quotaExceeded,
  unavailable: reason.implementationSpecific,
  "session-replaced": reason.unspecified,
  "slow-consumer": reason.quotaExceeded,
  timeout: reason.unspecified,
  draining: reason.unspecified,
  internal: reason.unspecified,
} as const satisfies Record<FaultCode, ReasonCode>;

/** In SUBACK and UNSUBACK (MQTT 5.0 §3.9.3, §3.11.3). */
export const subscribeReason = {
  "bad-request": reason.topicFilterInvalid,
  "not-found": reason.topicFilterInvalid,
  forbidden: reason.notAuthorized,
  blocked: reason.notAuthorized,
  unauthorized: reason.notAuthorized,
  revoked: reason.notAuthorized,
  conflict: reason.unspecified,
  unsupported: reason.implementationSpecific,
  "too-large": reason.quotaExceeded,
  "rate-limited": reason.quotaExceeded,
  "quota-exceeded": reason.quotaExceeded,
  unavailable: reason.implementationSpecific,
  "session-replaced": reason.unspecified,
  "slow-consumer": reason.quotaExceeded,
  timeout: reason.unspecified,
  draining: reason.unspecified,
  internal: reason.unspecified,
} as const satisfies Record<FaultCode, ReasonCode>;

const disconnectReasons = {
  "bad-request": reason.protocolError,
  "not-found": reason.topicNameInvalid,
  forbidden: reason.notAuthorized,
  blocked: reason.notAuthorized,
  unauthorized: reason.notAuthorized,
  revoked: reason.notAuthorized,
  conflict: reason.protocolError,
  unsupported: reason.implementationSpecific,
  "too-large": reason.packetTooLarge,
  "rate-limited": reason.messageRateTooHigh,
  "quota-exceeded": reason.quotaExceeded,
  unavailable: reason.serverBusy,
  "session-replaced": reason.sessionTakenOver,
  "slow-consumer": reason.quotaExceeded,
  timeout: reason.keepAliveTimeout,
  draining: reason.serverShuttingDown,
  internal: reason.unspecified,
} as const satisfies Record<FaultCode, ReasonCode>;

const connackReasons = {
  "bad-request": reason.protocolError,
  "not-found": reason.badCredentials,
  forbidden: reason.notAuthorized,
  blocked: reason.notAuthorized,
  unauthorized: reason.badCredentials,
  revoked: reason.notAuthorized,
  conflict: reason.clientIdNotValid,
  unsupported: reason.implementationSpecific,
  "too-large": reason.packetTooLarge,
  "rate-limited": reason.quotaExceeded, // too many wrong passwords
  "quota-exceeded": reason.quotaExceeded,
  unavailable: reason.serverUnavailable,
  "session-replaced": reason.serverBusy,
  "slow-consumer": reason.quotaExceeded,
  timeout: reason.unspecified,
  draining: reason.serverUnavailable,
  internal: reason.unspecified,
} as const satisfies Record<FaultCode, ReasonCode>;

/** In DISCONNECT (MQTT 5.0 §3.14.2.1). */
export function disconnectReason(fault: Fault): ReasonCode {
  return fault instanceof PacketFault ? fault.reasonCode : disconnectReasons[fault.code];
}

/** In a CONNACK that refuses (MQTT 5.0 §3.2.2.2). */
export function connackReason(fault: Fault): ReasonCode {
  return fault instanceof PacketFault ? fault.reasonCode : connackReasons[fault.code];
}

/** In a CONNACK that refuses (MQTT 3.1.1 §3.2.2.3); undefined: 3.1.1 has no word for it, close without a CONNACK. */
export function connackReturnCode(fault: Fault): ReturnCode | undefined {
  return returnCodes.get(connackReason(fault));
}

const returnCodes = new Map<ReasonCode, ReturnCode>([
  [reason.unsupportedProtocolVersion, returnCode.unacceptableProtocolVersion],
  [reason.clientIdNotValid, returnCode.identifierRejected],
  [reason.badCredentials, returnCode.badCredentials],
  [reason.notAuthorized, returnCode.notAuthorized],
  [reason.badAuthenticationMethod, returnCode.notAuthorized],
  [reason.topicNameInvalid, returnCode.notAuthorized],
  [reason.unspecified, returnCode.serverUnavailable],
  [reason.implementationSpecific, returnCode.serverUnavailable],
  [reason.serverUnavailable, returnCode.serverUnavailable],
  [reason.serverBusy, returnCode.serverUnavailable],
  [reason.quotaExceeded, returnCode.serverUnavailable],
  [reason.connectionRateExceeded, returnCode.serverUnavailable],
]);
