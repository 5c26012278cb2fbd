import { callActions, callWord, longestCallId, membersOfDirect, mostMedia, peerOf } from "#core";
import { z } from "zod";
import { deviceOf } from "../addressing.ts";
import { Refusal } from "../faults.ts";
import { cidField, text, whereFields, whereOf } from "../fields.ts";
import { frontendName } from "../session.ts";
import { draftOf } from "../translate.ts";
import { later, verb } from "../verb.ts";

const word = text(40).regex(callWord);

const schema = z.object({
  ...whereFields,
  cid: cidField,
  /** The caller's name for the call. */
  call: text(longestCallId).min(1),
  action: z.enum([...callActions, "signal"]),
  media: z.array(word).max(mostMedia).optional(),
  why: word.optional(),
  /** Of a `signal`: which device of the other, and what to tell it. */
  device: text(64).min(1).optional(),
  data: z.unknown().optional(),
});

/**
 * A step towards a call, or to its end, which every device of the two sees, those that are away too; or (`signal`) what one device tells
 * another to connect, at most once.
 */
export const call = verb(schema, ({ call: id, action, media, why, device, data, cid, ...where }, session, ticket) => {
  const { core, attached, user, settler } = session;
  const conversation = whereOf(where, session);
  if (action === "signal") {
    const peer = membersOfDirect(conversation) && peerOf(conversation, user);
    if (peer === undefined) throw new Refusal("bad-request", "calls are between two");
    const payload = JSON.stringify({ call: id, data });
    const to = device === undefined ? undefined : deviceOf(device);
    return { heard: core.signals.relay(attached, frontendName, peer, to, payload) };
  }
  const relation = { call: { id, action, media, why } };
  const words = { author: user, device: attached.device, kind: "call", relation } as const;
  core.router.send(draftOf({ cid }, words, conversation), settler, ticket);
  return later;
});
