import { accountNode, NodeRefusal } from "#core";
import { z } from "zod";
import { deviceName } from "../addressing.ts";
import { text, userField } from "../fields.ts";
import { ownerOf } from "../node-fields.ts";
import { keptPayload, payloadFields } from "../node-payload.ts";
import { isoOf } from "../translate.ts";
import { verb } from "../verb.ts";

/** One item a device; whoever wants to encrypt for the account may read it. */
const nodeName = "urn:trivium:keys:0";
const mostDevices = 100;

const schema = z.object({
  /** Whose; unless given, one's own. */
  user: userField.optional(),
  /** What this device publishes, in the place of what it did before: any JSON. */
  put: z.unknown().optional(),
  /** Takes a device's keys back. */
  remove: text(100).min(1).optional(),
});

/** Public keys of an account's devices, for messages encrypted from end to end; the server does not look at them. */
export const keys = verb(schema, async ({ user: whose, put, remove }, session) => {
  const { core, names, user, attached } = session;
  const own = { owner: user, name: nodeName };
  if (remove !== undefined) await core.nodes.retract(own, user, remove, true);
  if (put !== undefined) {
    const make = { ...accountNode, accessModel: "open", maxItems: mostDevices } as const;
    await core.nodes.publish(own, user, [{ id: deviceName(attached.device), payload: keptPayload(put) }], { make });
  }
  const owner = ownerOf(whose, session);
  const found = await core.nodes
    .items({ owner, name: nodeName }, user, { limit: mostDevices, fromEnd: true })
    .catch((error: unknown) => {
      if (error instanceof NodeRefusal && error.why === "no-node") return undefined;
      throw error;
    });
  const devices = (found?.items ?? []).map(({ id, at, payload }) => ({
    device: id,
    at: isoOf(at),
    keys: payloadFields(payload).payload,
  }));
  return { user: names.ofUser(owner as typeof user), devices };
});
