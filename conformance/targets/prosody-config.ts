// How Prosody is configured to be judged: with all that its packages have and a suite might ask for.
import { existsSync } from "node:fs";
import { componentSecret, type Measured } from "./started.ts";

export interface ProsodyPlace {
  readonly directory: string;
  /** HTTP, XMPP over TCP, and the component's. */
  readonly port: number;
  readonly tcp: number;
  readonly component: number;
  readonly cert: string;
  readonly key: string;
  readonly admin: string;
}

/** Of the package prosody-modules, where it is installed. What it has of SASL2 is for another version of Prosody. */
export const community: readonly string[] = existsSync("/usr/lib/prosody/modules/mod_cloud_notify")
  ? ["cloud_notify"]
  : [];

const communityInRooms = community.length > 0 ? ["muc_moderation", "vcard_muc"] : [];

const always = [
  ...["adhoc", "admin_adhoc", "roster", "saslauth", "tls", "disco", "ping", "websocket", "bosh", "carbons", "smacks"],
  ...["offline", "blocklist", "private", "vcard_legacy", "pep", "lastactivity", "uptime", "version", "time", "csi"],
  "csi_simple",
];

const besides: readonly string[] = [
  ...["mam", "announce", "bookmarks", "invites", "invites_adhoc", "invites_register", "register_ibr", "tombstones"],
  ...["server_contact_info", "turn_external", "user_account_management"],
  ...community,
];

const modules = { bare: [], archive: ["mam"], judged: besides } as const;

/** Measured, it is without what a measurement is not about. */
export function prosodyConfig(place: ProsodyPlace, measured: Measured | undefined): string {
  const { directory, port, tcp, component, cert, key, admin } = place;
  return `run_as_root = true
daemonize = false
pidfile = "${directory}/prosody.pid"
data_path = "${directory}"
log = { { levels = { min = "warn" }, to = "console" } }
interfaces = { "127.0.0.1" }
c2s_ports = { ${tcp} } c2s_require_encryption = false allow_unencrypted_plain_auth = true
ssl = { certificate = "${cert}", key = "${key}" }
c2s_direct_tls_ports = {} s2s_ports = {} https_ports = {}
component_ports = { ${component} } component_interfaces = { "127.0.0.1" }
http_ports = { ${port} } http_interfaces = { "127.0.0.1" }
http_default_host = "localhost"
consider_websocket_secure = true consider_bosh_secure = true
modules_enabled = ${list([...always, ...modules[measured ?? "judged"]])}
modules_disabled = { "s2s" }
-- From plain passwords every SCRAM can be offered.
authentication = "${measured === undefined ? "internal_plain" : "internal_hashed"}"
archive_expires_after = "never"
contact_info = { abuse = { "mailto:abuse@localhost" } }
allow_registration = false
turn_external_host = "127.0.0.1" turn_external_secret = "turns"
VirtualHost "localhost"
admins = { "${admin}@localhost" }
Component "component.localhost"
component_secret = "${componentSecret}"
Component "rooms.localhost" "muc"
${services(place, measured)}
`;
}

/** Of rooms, and the services beside them. */
function services({ port, admin }: ProsodyPlace, measured: Measured | undefined): string {
  if (measured === "bare")
    return "muc_room_default_presence_broadcast = { visitor = false, participant = false, moderator = false }";
  const nodes = `Component "pubsub.localhost" "pubsub"
admins = { "${admin}@localhost" }`;
  if (measured === "archive") return `modules_enabled = { "muc_mam" }\n${nodes}`;
  return `allow_unaffiliated_register = true
modules_enabled = ${list(["muc_mam", ...communityInRooms])}
${nodes}
Component "upload.localhost" "http_file_share"
http_host = "localhost" http_external_url = "http://127.0.0.1:${port}/"`;
}

function list(names: readonly string[]): string {
  return `{ ${names.map((name) => `"${name}"`).join(", ")} }`;
}
