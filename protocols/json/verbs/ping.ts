import { z } from "zod";
import { isoOf } from "../translate.ts";
import { openVerb } from "../verb.ts";

/** Answers at once, with the server's time. */
export const ping = openVerb(z.object({}), (_, { core }) => ({ at: isoOf(core.clock.now()) }));
