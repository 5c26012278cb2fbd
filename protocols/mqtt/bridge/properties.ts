// Properties of a PUBLISH between the core's checked bytes and the words of MQTT.js.
import type { Publication } from "#core";
import type { IClientPublishOptions, IPublishPacket } from "mqtt";
import type { Properties } from "../packet.ts";
import { propertyId, readProperty } from "../properties.ts";
import { Reader } from "../reader.ts";
import type { UserProperties } from "./path.ts";

type Words = NonNullable<IClientPublishOptions["properties"]>;
type Heard = NonNullable<IPublishPacket["properties"]>;

/** Of a publication that an MQTT 5 client made; none of another. */
export function propertiesOf({ extensions }: Publication): Properties {
  const found: Properties = {};
  const raw = extensions?.["mqtt"];
  if (raw === undefined) return found;
  const bytes = Buffer.from(raw, "base64");
  const block = new Reader(bytes, 0, bytes.length);
  while (!block.done) readProperty(block, "publish", found);
  return found;
}

export function wordsOf(found: Properties, userProperties: UserProperties, expiryS: number | undefined): Words {
  const { payloadFormatIndicator, contentType, responseTopic, correlationData } = found;
  const byName: Record<string, string[]> = Object.create(null) as Record<string, string[]>;
  for (const [name, value] of userProperties) (byName[name] ??= []).push(value);
  return {
    ...(payloadFormatIndicator !== undefined && { payloadFormatIndicator }),
    ...(contentType !== undefined && { contentType }),
    ...(responseTopic !== undefined && { responseTopic }),
    ...(correlationData !== undefined && { correlationData }),
    ...(expiryS !== undefined && { messageExpiryInterval: expiryS }),
    userProperties: byName,
  };
}

/** What the remote's client said, as pairs. */
export function userPropertiesOf(heard: Heard | undefined): UserProperties {
  return Object.entries(heard?.userProperties ?? {}).flatMap(([name, values]) =>
    [values].flat().map((value): [string, string] => [name, value]),
  );
}

/** As the core keeps them: bytes that go on to MQTT 5 clients as they are. */
export function bytesOf(heard: Heard | undefined, userProperties: UserProperties): string | undefined {
  const { payloadFormatIndicator, contentType, responseTopic, correlationData } = heard ?? {};
  const parts: Buffer[] = [];
  if (payloadFormatIndicator !== undefined)
    parts.push(Buffer.from([propertyId.payloadFormatIndicator, payloadFormatIndicator ? 1 : 0]));
  if (contentType !== undefined) parts.push(Buffer.from([propertyId.contentType]), counted(contentType));
  if (responseTopic !== undefined) parts.push(Buffer.from([propertyId.responseTopic]), counted(responseTopic));
  if (correlationData !== undefined) parts.push(Buffer.from([propertyId.correlationData]), counted(correlationData));
  for (const [name, value] of userProperties)
    parts.push(Buffer.from([propertyId.userProperty]), counted(name), counted(value));
  return parts.length === 0 ? undefined : Buffer.concat(parts).toString("base64");
}

function counted(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value as string);
  const size = Buffer.alloc(2);
  size.writeUInt16BE(bytes.length);
  return Buffer.concat([size, bytes]);
}
