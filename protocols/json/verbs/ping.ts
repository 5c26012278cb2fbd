import { z } from "zod";
import { openVerb } from "../verb.ts";

/** Answers at once, with the server's time. */
export const ping = openVerb(z.object({}), (_, { core }) => ({ at: new Date(core.clock.now()).toISOString() }));
