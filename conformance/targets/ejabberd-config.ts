// How ejabberd is configured to be judged: with all that its package has and a suite might ask for.
import { componentSecret, type Measured } from "./started.ts";

export interface EjabberdPlace {
  readonly directory: string;
  /** HTTP, XMPP over TCP, and the component's. */
  readonly port: number;
  readonly tcp: number;
  readonly component: number;
  /** The certificate and its key. */
  readonly both: string;
  readonly admin: string;
}

/** Measured, it is without what a measurement is not about. */
export function ejabberdConfig(place: EjabberdPlace, measured: Measured | undefined): string {
  const { port, tcp, component, both, admin } = place;
  return `hosts: [localhost]
loglevel: error
auth_method: internal
# From plain passwords every SCRAM can be offered.
auth_password_format: ${measured === undefined ? "plain" : "scram"}
shaper: {}
shaper_rules:
  max_user_sessions: 10000
  max_user_offline_messages: 1000
acl: { local: { user_regexp: "" }, admin: { user: "${admin}@localhost" } }
access_rules: { local: { allow: local }, configure: { allow: admin }, announce: { allow: admin } }
listen:
  - port: ${port}
    ip: "127.0.0.1"
    module: ejabberd_http
    request_handlers:
      /ws: ejabberd_http_ws
      /bosh: mod_bosh
${measured === undefined ? pages : ""}
  - { port: ${tcp}, ip: "127.0.0.1", module: ejabberd_c2s, starttls: true }
  - { port: ${component}, ip: "127.0.0.1", module: ejabberd_service, hosts: { component.localhost: { password: "${componentSecret}" } } }
certfiles: [${both}]
modules:
  mod_blocking: {}
  mod_bosh: {}
  mod_carboncopy: {}
  mod_client_state: {}
  mod_private: {}
  mod_vcard: {}
  mod_version: {}
  mod_time: {}
  mod_last: {}
  mod_muc: { host: "rooms.@HOST@", access: all, access_create: all, ${roomOptions(measured)} }
  mod_offline: {}
  mod_ping: {}
  mod_privacy: {}
  mod_roster: { versioning: true }
  mod_stream_mgmt: { resume_timeout: 60 }
${measured === undefined ? besides(place) : measuredToo[measured]}
`;
}

const pages = `      /upload: mod_http_upload
      /.well-known/host-meta: mod_host_meta
      /.well-known/host-meta.json: mod_host_meta`;

const archive = `  mod_mam: { default: always, assume_mam_usage: false }`;
const nodes = `  mod_caps: {}
  mod_pubsub: { plugins: ["flat", "pep"], access_createnode: all }`;

const measuredToo: Readonly<Record<Measured, string>> = {
  bare: "  mod_disco: {}",
  archive: ["  mod_disco: {}", archive, nodes].join("\n"),
};

function roomOptions(measured: Measured | undefined): string {
  return measured === "bare"
    ? "max_users: 20000, max_user_conferences: 20000, default_room_options: { mam: false, max_users: 20000, presence_broadcast: [] }"
    : "default_room_options: { mam: true }";
}

function besides({ directory, port, component }: EjabberdPlace): string {
  const at = `127.0.0.1:${port}`;
  return `  mod_adhoc: {}
  mod_admin_extra: {}
  mod_announce: { access: announce }
  mod_configure: {}
  mod_disco: { server_info: [{ modules: all, name: abuse-addresses, urls: ["mailto:abuse@localhost"] }] }
  mod_host_meta: { bosh_service_url: "http://${at}/bosh", websocket_url: "ws://${at}/ws" }
  mod_http_upload: { put_url: "http://${at}/upload", docroot: "${directory}/upload" }
${archive}
  mod_muc_admin: {}
  mod_muc_log: { access_log: all, outdir: "${directory}/rooms" }
${nodes}
  mod_push: {}
  mod_register: { ip_access: all, access: local }
  mod_stun_disco: { services: [{ host: "127.0.0.1", port: ${component}, type: turn, transport: udp, restricted: true }], secret: turns }
  mod_vcard_xupdate: {}`;
}
