import { z } from "zod";
import { Refusal } from "../faults.ts";
import { text, userField } from "../fields.ts";
import { verb } from "../verb.ts";

const schema = z.object({
  /** Who is to be told: the domain of an external component, or an account or service whose node is published to. */
  service: userField.optional(),
  node: text(1000).default(""),
  /** What is handed to it with each notification: a secret, say. */
  options: z.record(text(200), text(1000)).default({}),
  /** False: not any more; without a node, nothing of that service. */
  on: z.boolean().default(true),
});

const longestOptions = 4 << 10;

/** A service to wake this device by, while it is not connected; neither: what there is. */
export const push = verb(schema, async ({ service, node, options, on }, { core, names, user, attached, named }) => {
  if (service !== undefined) {
    const jid = service.startsWith("@") ? service.slice(1) : service.includes("@") ? names.user(service) : service;
    if (!on) await core.pushes.remove(user, (one) => one.jid === jid && (node === "" || one.node === node));
    else {
      if (!named) throw new Refusal("bad-request", "device: only one with a name is woken");
      if (JSON.stringify(options).length > longestOptions) throw new Refusal("too-large", "options: too long");
      const fields = Object.entries(options).map(([name, value]) => [name, [value]] as const);
      await core.pushes.put(user, { jid, node, device: attached.device, options: fields });
    }
  }
  const services = (await core.pushes.of(user)).map((one) => ({
    service: one.jid,
    node: one.node,
    device: one.device,
  }));
  return { services };
});
