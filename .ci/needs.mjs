// The servers and clients that tests run against, from Debian's packages.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";

const needs = [
  { package: "mosquitto", why: "a peer broker", there: () => onPath("mosquitto") },
  { package: "mosquitto-clients", why: "unmodified MQTT clients", there: () => onPath("mosquitto_sub") },
  { package: "python3-paho-mqtt", why: "an unmodified MQTT client", there: () => pythonHas("paho.mqtt.client") },
  { package: "redis-server", why: "the bus between nodes", there: () => onPath("redis-server") },
  { package: "postgresql", why: "the shared store", there: postgresThere },
];

/** Clients whose journeys are skipped, and say so, where they cannot be had. */
const wishes = [
  { package: "chromium", why: "the browser that Converse.js runs in", there: () => onPath("chromium") },
  { package: "profanity", why: "an unmodified XMPP client", there: () => onPath("profanity") },
  { package: "python3-pexpect", why: "types at Profanity", there: () => pythonHas("pexpect") },
  { package: "python3-slixmpp", why: "an unmodified XMPP client", there: () => pythonHas("slixmpp") },
  { package: "python3-aiohttp", why: "puts slixmpp's files", there: () => pythonHas("aiohttp") },
  { package: "python3-nbxmpp", why: "the XMPP client that Gajim is", there: () => pythonHas("nbxmpp") },
];

/** Installs what is missing, or says what to install; false when something that must be there is missing still. */
export async function provideNeeds() {
  const missing = needs.filter((need) => !need.there());
  const wished = wishes.filter((wish) => !wish.there());
  if (missing.length + wished.length === 0) return true;
  console.log(`tests need ${[...missing, ...wished].map((need) => `${need.package} (${need.why})`).join(", ")}`);
  const sudo = process.getuid?.() === 0 ? [] : ["sudo", "-n"];
  if (onPath("apt-get") && (sudo.length === 0 || (await run([...sudo, "true"])))) {
    // At runlevel 1 the packages do not start their servers: tests start their own, on spare ports.
    const apt = [...sudo, "env", "RUNLEVEL=1", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q"];
    await run([...apt, "update"]);
    // What cannot be had keeps nothing else out.
    for (const names of [missing, ...wished.map((wish) => [wish])].map((some) => some.map((need) => need.package))) {
      if (names.length > 0) await run([...apt, "install", "-y", "--no-install-recommends", ...names]);
    }
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

/** The libraries belong to Debian's own Python. */
function pythonHas(library) {
  return spawnSync("/usr/bin/python3", ["-c", `import ${library}`], { stdio: "ignore" }).status === 0;
}

/** Debian keeps the server's programs by version, outside the path. */
function postgresThere() {
  const versions = "/usr/lib/postgresql";
  if (onPath("postgres") && onPath("initdb")) return true;
  return (
    existsSync(versions) && readdirSync(versions).some((version) => existsSync(`${versions}/${version}/bin/postgres`))
  );
}
