// Bridges as they are configured, with what their files and variables hold.
import { readFileSync } from "node:fs";
import type { BridgeOptions } from "../../protocols/mqtt/bridge/index.ts";
import type { BridgeConfig } from "../ops/bridge-schema.ts";
import type { Config } from "../ops/config-schema.ts";
import { Fault } from "../model/fault.ts";

/** Those that this node keeps. Faults: bad-request, when a file or variable is not there. */
export function bridgeOptions({ bridges, node }: Config, environment = process.env): readonly BridgeOptions[] {
  return bridges.filter((one) => one.node === "" || one.node === node).map((one) => optionsOf(one, environment));
}

function optionsOf(one: BridgeConfig, environment: NodeJS.ProcessEnv): BridgeOptions {
  const { name, url, account, username, version, clean, tls } = one;
  const read = (path: string): Buffer | undefined => {
    if (path === "") return undefined;
    try {
      return readFileSync(path);
    } catch (cause) {
      throw new Fault("bad-request", `bridge ${name}: cannot read ${path}`, { cause });
    }
  };
  const password = (): string | undefined => {
    if (one.password_file !== "")
      return read(one.password_file)!
        .toString("utf8")
        .replace(/\r?\n$/, "");
    if (one.password_env === "") return one.password === "" ? undefined : one.password;
    const value = environment[one.password_env];
    if (value === undefined) throw new Fault("bad-request", `bridge ${name}: ${one.password_env} is not set`);
    return value;
  };
  return {
    name,
    url,
    account,
    username: username === "" ? undefined : username,
    password: password(),
    clientId: one.client_id === "" ? `trivium-${name}` : one.client_id,
    version: version === "5" ? 5 : 4,
    clean,
    keepaliveS: one.keepalive_s,
    tls: {
      ca: read(tls.ca),
      cert: read(tls.cert),
      key: read(tls.key),
      servername: tls.servername === "" ? undefined : tls.servername,
    },
    topics: one.topics.map(({ filter, direction, qos, local_prefix, remote_prefix }) => ({
      filter,
      direction,
      qos,
      localPrefix: local_prefix,
      remotePrefix: remote_prefix,
    })),
  };
}
