import { JsonKit } from "../json-kit.ts";
import { requirements } from "../requirement.ts";

/** A requirement of the JSON dialect, version 1: docs/reference/json.md. */
export const requirement = requirements("JSON", (target) => {
  if (target.json === undefined) return `${target.name} does not speak the JSON dialect`;
  if (target.logins.length < 3) return "three accounts are needed (--user … --password …)";
  return new JsonKit(target, target.json.url);
});
