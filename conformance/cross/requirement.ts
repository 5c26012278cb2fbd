import { CrossKit } from "../cross-kit.ts";
import { requirements } from "../requirement.ts";

/** A promise of docs/PROMISE.md, kept where protocols meet. */
export const requirement = requirements("Across protocols", (target) => {
  if (target.mqtt === undefined || target.xmpp === undefined || target.json === undefined)
    return `${target.name} does not speak all three protocols`;
  return new CrossKit(target);
});
