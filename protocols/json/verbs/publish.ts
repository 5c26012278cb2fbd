import { z } from "zod";
import { topicOf } from "../addressing.ts";
import { Refusal } from "../faults.ts";
import { base64Field, topicField } from "../fields.ts";
import { later, verb } from "../verb.ts";

const schema = z.object({
  c: topicField,
  /** Text, or `bytes` as base64. */
  payload: z.string().optional(),
  bytes: base64Field.optional(),
  qos: z.union([z.literal(0), z.literal(1)]).default(1),
  /** Kept as the topic's last value; an empty payload removes it. */
  retain: z.boolean().default(false),
  /** Seconds after which it is not delivered any more. */
  expires: z.int().min(1).max(4_294_967_295).optional(),
});

/** A message on a plain topic; answered `{matched}` once what must be stored of it is stored. */
export const publish = verb(schema, (command, { core, attached, options, settler, user }, ticket) => {
  const { payload, bytes, qos, retain, expires } = command;
  if ((payload === undefined) === (bytes === undefined))
    throw new Refusal("bad-request", "either payload or bytes must be given");
  const at = core.clock.now();
  const publication = {
    type: "publication" as const,
    host: core.host,
    topic: topicOf(command.c, options.chatPrefix),
    payload: payload === undefined ? Buffer.from(bytes!, "base64") : Buffer.from(payload, "utf8"),
    qos,
    retain,
    author: user,
    device: attached.device,
    at,
    expiresAt: expires === undefined ? undefined : at + expires * 1000,
  };
  core.topics.publish(publication, undefined, settler, ticket);
  return later;
});
