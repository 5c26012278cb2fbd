// The servers and clients that tests run against, from Debian's packages.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";

const needs = [
  { package: "mosquitto", why: "a peer broker", there: () => onPath("mosquitto") },
  { package: "mosquitto-clients", why: "unmodified MQTT clients", there: () => onPath("mosquitto_sub") },
  { package: "python3-paho-mqtt", why: "an unmodified MQTT client", there: pahoThere },
  { package: "redis-server", why: "the bus between nodes", there: () => onPath("redis-server") },
  { package: "postgresql", why: "the shared store", there: postgresThere },
];

/** Installs what is missing, or says what to install; false when something is missing still. */
export async function provideNeeds() {
  const missing = needs.filter((need) => !need.there());
  if (missing.length === 0) return true;
  const names = missing.map((need) => need.package);
  console.log(`tests need ${missing.map((need) => `${need.package} (${need.why})`).join(", ")}`);
  const sudo = process.getuid?.() === 0 ? [] : ["sudo", "-n"];
  if (onPath("apt-get") && (sudo.length === 0 || (await run([...sudo, "true"])))) {
    // At runlevel 1 the packages do not start their servers: tests start their own, on spare ports.
    const apt = [...sudo, "env", "RUNLEVEL=1", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q"];
    await run([...apt, "update"]);
    await run([...apt, "install", "-y", "--no-install-recommends", ...names]);
  }
  const still = missing.filter((need) => !need.there());
  if (still.length === 0) return true;
  console.error(
    `please install them and run this again:\n  sudo apt-get install ${still.map((need) => need.package).join(" ")}`,
  );
  return false;
}

async function run([command, ...args]) {
  const [code] = await once(spawn(command, args, { stdio: "inherit" }), "close");
  return code === 0;
}

function onPath(command) {
  const folders = [...(process.env.PATH ?? "").split(":"), "/usr/sbin", "/usr/local/sbin"];
  return folders.some((folder) => existsSync(`${folder}/${command}`));
}

/** The library belongs to Debian's own Python. */
function pahoThere() {
  return spawnSync("/usr/bin/python3", ["-c", "import paho.mqtt.client"], { stdio: "ignore" }).status === 0;
}

/** Debian keeps the server's programs by version, outside the path. */
function postgresThere() {
  const versions = "/usr/lib/postgresql";
  if (onPath("postgres") && onPath("initdb")) return true;
  return (
    existsSync(versions) && readdirSync(versions).some((version) => existsSync(`${versions}/${version}/bin/postgres`))
  );
}
