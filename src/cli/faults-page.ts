// The page of faults, made from each front-end's own table.
import { errors, wordFor } from "../../protocols/json/faults.ts";
import {
  connackReason,
  connackReturnCode,
  disconnectReason,
  publishReason,
  subscribeReason,
} from "../../protocols/mqtt/faults.ts";
import { stanzaConditionOf, streamConditionOf } from "../../protocols/xmpp/faults.ts";
import { Fault, faultCodes, type FaultCode } from "../model/fault.ts";

const meanings = {
  "bad-request": "the request breaks the protocol, a schema or a limit of shape",
  "not-found": "no such account, conversation, message or subscription, or none that one may know of",
  forbidden: "known, but not allowed",
  unauthorized: "not authenticated, or the credentials are refused",
  revoked: "what one logged in with is not good any more: the password was changed, the token has ended",
  conflict: "the same origin id with other content; a name or nick that is taken",
  unsupported: "understood, but not offered here",
  "too-large": "over a size limit",
  "rate-limited": "too much in too short a time; later it may succeed",
  blocked: "whom one has blocked, one does not write to",
  "quota-exceeded": "over a bound on what may be kept",
  unavailable: "the store or the bus is out of reach, or too much waits for it; later it may succeed",
  "session-replaced": "the same device connected elsewhere",
  "slow-consumer": "the client takes too slowly what it is owed; it may resume",
  timeout: "silence for too long",
  draining: "the server is going down; reconnect",
  internal: "our bug: logged with its stack, and told as no more than that",
} as const satisfies Record<FaultCode, string>;

export function faultsPage(): string {
  return `<!-- Made by \`npm run generate\` from src/cli/faults-page.ts and protocols/*/faults.ts. -->

# Faults

A fault is the one error that refuses something. Its code is one of these; each protocol has its own word for each
(\`protocols/*/faults.ts\`, total by type), and its message is for the log. A fault ends the request it answers, or also the
connection, as the throw decides.

Where a protocol's own rules name a finer word, the front-end says that: stream errors of RFC 6120 §4.9.3, reason codes of
MQTT 5.0 for malformed packets. MQTT 3.1.1 has no word but CONNACK's return codes; it closes.

| fault | means | XMPP stanza error | XMPP stream error | MQTT PUBACK, PUBREC | MQTT SUBACK | MQTT CONNACK (3.1.1) | MQTT DISCONNECT | JSON, and what it closes with |
|---|---|---|---|---|---|---|---|---|
${faultCodes.map(row).join("\n")}
`;
}

function row(code: FaultCode): string {
  const fault = new Fault(code, "");
  const word = wordFor(fault);
  const returnCode = connackReturnCode(fault);
  const cells = [
    `\`${code}\``,
    meanings[code],
    `\`${stanzaConditionOf[code]}\``,
    `\`${streamConditionOf[code]}\``,
    hex(publishReason[code]),
    hex(subscribeReason[code]),
    `${hex(connackReason(fault))} (${returnCode ?? "closes"})`,
    hex(disconnectReason(fault)),
    `\`${word}\`, ${errors[word].close}`,
  ];
  return `| ${cells.join(" | ")} |`;
}

function hex(code: number): string {
  return `0x${code.toString(16).padStart(2, "0").toUpperCase()}`;
}
