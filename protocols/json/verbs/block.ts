import { z } from "zod";
import { nameOfAddress } from "../contact-news.ts";
import { Refusal } from "../faults.ts";
import { userField } from "../fields.ts";
import { verb } from "../verb.ts";

const schema = z.object({
  /** One of these; neither: the list. */
  add: userField.optional(),
  remove: userField.optional(),
});

/** Whom the account does not want to hear. */
export const block = verb(schema, async ({ add, remove }, { core, user, names, attached }) => {
  if (add !== undefined && remove !== undefined) throw new Refusal("bad-request", "one of add, remove");
  if (add !== undefined) {
    const other = names.user(add);
    if (other === user) throw new Refusal("bad-request", "nobody blocks oneself");
    await core.blocks.block(user, [other], attached);
    return { blocked: true };
  }
  if (remove !== undefined) {
    await core.blocks.unblock(user, [names.user(remove)], attached);
    return { blocked: false };
  }
  const users = (await core.blocks.list(user)).map((address) => nameOfAddress(names, address));
  return { users };
});
