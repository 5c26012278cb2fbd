// External components as they are configured, with what their files and variables hold.
import { readFileSync } from "node:fs";
import type { ComponentOptions } from "../../protocols/xmpp/index.ts";
import { Fault } from "../model/fault.ts";
import type { ComponentConfig } from "../ops/component-schema.ts";
import type { Config } from "../ops/config-schema.ts";

/** Faults: bad-request, when a secret is missing, or a domain is one of the server's own. */
export function componentOptions({ xmpp, domain }: Config, environment = process.env): readonly ComponentOptions[] {
  const own = new Set([domain, ...["rooms", "pubsub", "upload"].map((service) => `${service}.${domain}`)]);
  return xmpp.components.map((one) => {
    const secret = secretOf(one, environment);
    if (secret === "") throw new Fault("bad-request", `component ${one.domain}: no secret`);
    if (own.has(one.domain)) throw new Fault("bad-request", `component ${one.domain}: the server's own domain`);
    return { domain: one.domain, secret, name: one.name === "" ? undefined : one.name };
  });
}

function secretOf({ domain, ...one }: ComponentConfig, environment: NodeJS.ProcessEnv): string {
  if (one.secret_file !== "") {
    try {
      return readFileSync(one.secret_file, "utf8").replace(/\r?\n$/, "");
    } catch (cause) {
      throw new Fault("bad-request", `component ${domain}: cannot read ${one.secret_file}`, { cause });
    }
  }
  if (one.secret_env === "") return one.secret;
  const value = environment[one.secret_env];
  if (value === undefined) throw new Fault("bad-request", `component ${domain}: ${one.secret_env} is not set`);
  return value;
}
