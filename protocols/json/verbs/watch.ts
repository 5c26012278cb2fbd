import { itemsNews } from "#core";
import { z } from "zod";
import { Refusal } from "../faults.ts";
import { nodeField, nodeLine, ownerField, placeOf, watchName } from "../node-fields.ts";
import { sees } from "../subscription.ts";
import { verb } from "../verb.ts";

const schema = z.object({
  /** Whose; unless given, the nodes of this name of all contacts whose presence is seen, and one's own. */
  of: ownerField,
  node: nodeField,
  on: z.boolean().default(true),
});

/** News of nodes from now on, and the last item first: for the account and for good with `of`, else for this session. */
export const watch = verb(schema, async ({ on, ...command }, session) => {
  const { core, names, user } = session;
  if (command.of !== undefined) {
    const place = placeOf(command, session);
    if (!on) {
      await core.nodes.unsubscribe(place, user, user);
      return { state: "none" };
    }
    return { state: (await core.nodes.subscribe(place, user, user)).state };
  }
  if (!watchName(session, command.node, on)) throw new Refusal("quota-exceeded", "too many names are watched");
  if (!on) return {};
  const seen = (await core.contacts.list(user)).filter(sees).map(({ contact }) => contact);
  for (const { node, item } of await core.nodes.latest(user, [user, ...seen], [command.node])) {
    const { owner, name, config } = node;
    session.tell(nodeLine(names, { owner, node: name, news: itemsNews(config, [item], true) })!);
  }
  return {};
});
