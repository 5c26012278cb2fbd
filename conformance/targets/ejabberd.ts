// ejabberd as Debian packages it: the other yardstick of the XMPP suites. Started without its control script, which insists
// on the package's own account and directories.
import { existsSync, readdirSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { makeCertificate } from "./certificate.ts";
import { freePort, listening, scratch, startProcess } from "./process.ts";
import { componentSecret, logins, type Started, type StartOptions } from "./started.ts";

/** Frames that are not well-formed: it closes the stream, and leaves out the stream error that §11.3 says MUST be returned. */
const illFormed = [
  "a wrong end tag",
  "an end missing",
  "an attribute twice",
  "an attribute without quotes",
  "'<' in an attribute",
  "a lone ampersand",
  "an unknown entity",
  "a control character",
  "a reference to NUL",
  "an unbound prefix",
  "the prefix xml bound to something else",
  "']]>' in text",
];

/** What 23.01 does otherwise than the clause says, found by running the suites against it. */
const deviations: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    illFormed.map((about) => [
      `RFC 6120 §11.3 (X02/X03: ${about})`,
      "it closes without the stream error that MUST be returned",
    ]),
  ),
  "XEP-0045 §10.1.1": "it lets others into a room that nobody has configured; the clause says MUST not",
  "XEP-0045 §8.3":
    "who comes into a moderated room has voice by default (members_by_default); §5.1.2 makes it a visitor",
  "XEP-0045 §8.3 (granted)": "the same: nothing changes",
  "XEP-0045 §8.5 (several)": "the same: nothing changes",
  "XEP-0045 §7.13": "the same: nothing changes",
  "XEP-0045 §5.1.2 (moderated)": "the same",
  "XEP-0045 §7.4 (errors)": "the same",
  "XEP-0045 §7.4 (without a body)": "the same",
  "XEP-0045 §7.13 (the form)": "the same: nothing is asked",
  "XEP-0045 §6.5 (private)": "it shows the occupants of a room that only members enter",
  "XEP-0045 §6.6": "it says <not-acceptable/>; the clause says MUST be <bad-request/>",
  "XEP-0045 §7.12": "it answers without a registered nick with an error; the clause says MUST return an empty query",
  "XEP-0045 §7.8.2 (nobody)": "it says nothing; the clause says SHOULD be <item-not-found/>",
  ...Object.fromEntries(
    ["registered", "refused", "in the room", "not allowed", "unregistered"].map((about) => [
      `XEP-0045 §7.10 (${about})`,
      "its registration is with the service, not with a room",
    ]),
  ),
  "XEP-0045 §8.3 (no room)": "it makes the room that is asked about",
  "XEP-0045 §9.4 (an open room)": "it takes the role of a participant, too",
  "XEP-0045 §10.1.3 (cancelled)": "it keeps the room; the clause says SHOULD destroy",
  "XEP-0045 §10.2.1 (logging)": "it lets nobody switch logging without being configured so",
  "XEP-0045 §10.2 (allowpm)": "its field takes other values than muc#roomconfig_allowpm does",
  "XEP-0045 §9.1 (oneself)": "it says <not-allowed/>; the clause says MUST be <conflict/>",
  "XEP-0045 §10.4": "it says <not-allowed/>; the clause says MUST be <conflict/>",
  "XEP-0045 §10.7": "it leaves the role of moderator to who is no admin any more",
  "XEP-0045 §7.10": "its registration is a form of its own, not muc#register",
  "RFC 6120 §11.1 (X01: a comment)": "it skips comments; the clause says MUST close",
  "RFC 6120 §11.1 (X01: a processing instruction)": "it skips processing instructions; the clause says MUST close",
  "RFC 6120 §11.1 (X01: a DTD)": "it closes without the stream error of the clause",
  "RFC 6120 §4.8.3": "it says <invalid-xml/>; the clause says SHOULD be <invalid-namespace/>, or <bad-format/>",
  "RFC 6120 §4.9.3.22": "it reads the stream as UTF-8, whatever its declaration says; the clause names a stream error",
  "RFC 6120 §4.9.3.24 (X12)": "it ignores unknown elements; the clause names a stream error",
  "RFC 6120 §4.9.3.10 (X04)": "it ignores an <open/> in another namespace and waits",
  "RFC 6120 §4.9.3.14 (X06: before authentication)":
    "it takes 400 KB before authentication, and lets the client try again",
  "RFC 6120 §6.5.5 (X14)": "it says <not-authorized/> of what is not base 64",
  "RFC 6120 §6.5.6 (X18)": "it logs in and ignores the authorization identity; the clause names a failure",
  "RFC 6120 §7.1": "it ignores the stanza; the clause says MUST close the stream",
  ...Object.fromEntries(
    ["0", "1, 1", "3, 0, -1"].map((priorities) => [
      `RFC 6121 §8.5.3.2.1 (normal, priorities ${priorities})`,
      "it delivers to other resources; the clause says MUST ignore or refuse",
    ]),
  ),
  "RFC 6121 §2.1.5 (ignored)": "it refuses another value of 'subscription'; the clause says MUST ignore",
  "RFC 6121 §2.3.3 (no item)": "it says <service-unavailable/>; the clause says MUST be <bad-request/>",
  "RFC 6121 §2.3.3 (a group of no length)": "it says <bad-request/>; the clause says MUST be <not-acceptable/>",
  "RFC 6121 §4.3.2 (a stranger's probe)": "it leaves out what SHOULD be returned",
  "RFC 6121 §4.3.2 (a subscriber's probe)": "it leaves out what SHOULD be returned where nobody is there",
  "RFC 6121 §4.5.2 (to oneself)": "it does not tell the resource itself; the clause says MUST",
  "XEP-0030 §8 (strangers and nobody)":
    "it says <subscription-required/>; the clause says MUST be <service-unavailable/>",
  "RFC 6121 A.2.2": "it does not deliver it to who was only asked; table A.3.2 says MUST",
  "RFC 6121 §3.1.3 (the complete stanza, until it is answered)": "it keeps the status and no extended content",
  "RFC 6121 §3.1.3 (to every resource)": "it rewrites 'to'; §8.5.2.1 says MUST NOT",
  "RFC 6121 §8.5.2.1.2 (available)": "it rewrites 'to'; the clause says MUST NOT",
  "RFC 6121 §8.5.2.1.2 (unavailable)": "it rewrites 'to'; the clause says MUST NOT",
  "RFC 6121 §8.5.1 (presence and IQs)": "it says <forbidden/>; the clause says MUST be <service-unavailable/>",
  "RFC 6121 §8.5.1": "it answers <subscription-required/>; the clause says MUST return <service-unavailable/>",
  "RFC 6121 §2.3.2": "it pushes to resources that never asked for the roster, which the clause does not name",
  "RFC 6121 §2.5.3": "it answers with a result; the clause says MUST return <item-not-found/>",
  "XEP-0114 §3 (an unknown name)":
    "it says so after the handshake only; the clause wants the error in place of the header",
  "XEP-0114 §3 (a name in use)": "it lets both in",
  "XEP-0114 §3 (the namespace)": "it says <invalid-xml/>; the clause says MUST be <invalid-namespace/>",
  "XEP-0060 §7.2.3.3": "it leaves out <nodeid-required/>, which SHOULD be there",
  "XEP-0060 §8.1.1 (instant nodes)": "it names the node that was asked for; the clause says MUST NOT",
  "XEP-0060 §7.1.5 (max)": "it does not know the word",
  "XEP-0163 §6.1 (features)": "it leaves out some of the features",
  "XEP-0060 §8.2.3.3": "it says <item-not-found/>; the clause says MUST be <bad-request/>",
  "XEP-0060 §8.1.2": "it says <resource-constraint/>; the clause says MUST be <not-acceptable/>",
  "XEP-0313 §6 (X26)": "it answers with an empty result; the clause names an error",
  "XEP-0313 §4.1.6 (an unknown field)": "it says <bad-request/>; the clause names <feature-not-implemented/>",
  "XEP-0313 §4.3.2 (X26: unknown after)": "it answers with a page; the clause says MUST return item-not-found",
  "XEP-0313 §4.3.2 (X26: unknown before)": "it answers with a page; the clause says MUST return item-not-found",
  "XEP-0313 §8.1": "it answers with an empty result; the clause says MUST return an error",
  "XEP-0054 §3.2": "it answers without the error that MUST be returned",
  "XEP-0198 §6 (X22)": "it leaves out <handled-count-too-high/>",
  "RFC 5802 §6 (y)": "it lets the client in; the clause says MUST fail authentication",
};

/** Where Debian puts the compiled modules; undefined: not installed. */
export function ejabberdCode(): string | undefined {
  const libraries = "/usr/lib/x86_64-linux-gnu";
  const name = existsSync(libraries)
    ? readdirSync(libraries).find(
        (entry) => entry.startsWith("ejabberd-") && existsSync(join(libraries, entry, "ebin")),
      )
    : undefined;
  return name === undefined ? undefined : join(libraries, name, "ebin");
}

export async function startEjabberd(options: StartOptions = {}): Promise<Started> {
  const code = ejabberdCode();
  if (code === undefined) throw new Error("ejabberd is not installed");
  const directory = await scratch();
  const [port, tcp, component] = [await freePort(), await freePort(), await freePort()];
  const { cert, key } = await makeCertificate(directory);
  const both = join(directory, "both.pem");
  await writeFile(both, `${await readFile(cert, "utf8")}${await readFile(key, "utf8")}`);
  const config = join(directory, "ejabberd.yml");
  await writeFile(
    config,
    `hosts: [localhost]
loglevel: error
auth_method: internal
auth_password_format: scram
shaper: {}
shaper_rules:
  max_user_sessions: 10000
  max_user_offline_messages: 1000
acl: { local: { user_regexp: "" } }
access_rules: { local: { allow: local } }
listen:
  - { port: ${port}, ip: "127.0.0.1", module: ejabberd_http, request_handlers: { /ws: ejabberd_http_ws, /bosh: mod_bosh } }
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
  mod_disco: {}
  ${options.measured !== true ? 'mod_caps: {}\n  mod_pubsub: { plugins: ["flat", "pep"], access_createnode: all }' : ""}
  mod_last: {}
  ${options.measured !== true ? "mod_mam: { default: always, assume_mam_usage: false }" : ""}
  mod_muc: { host: "rooms.@HOST@", access: all, access_create: all, ${options.measured === true ? "max_users: 20000, default_room_options: { mam: false, max_users: 20000, presence_broadcast: [] }" : "default_room_options: { mam: true }"} }
  mod_offline: {}
  mod_ping: {}
  mod_privacy: {}
  mod_roster: { versioning: true }
  mod_stream_mgmt: { resume_timeout: 60 }
`,
  );
  const accounts = options.accounts ?? logins;
  const registrations = accounts.map(
    ({ user, password }) => `ok = ejabberd_auth:try_register(<<"${user}">>, <<"localhost">>, <<"${password}">>)`,
  );
  const server = await startProcess(
    directory,
    [
      "erl",
      "-noinput",
      "+K",
      "true",
      "-pa",
      code,
      "-mnesia",
      "dir",
      `"${directory}/mnesia"`,
      "-s",
      "ejabberd",
      "-eval",
      `${registrations.join(", ")}, io:format("accounts made~n").`,
    ],
    {
      EJABBERD_CONFIG_PATH: config,
      EJABBERD_LOG_PATH: join(directory, "ejabberd.log"),
      SPOOL_DIR: directory,
      HOME: directory,
    },
  );
  await server.line(/accounts made/);
  await listening(port);
  return {
    pid: server.pid,
    target: {
      name: "ejabberd",
      xmpp: { url: `ws://127.0.0.1:${port}/ws`, domain: "localhost", rooms: "rooms.localhost" },
      xmppBosh: { url: `http://127.0.0.1:${port}/bosh`, domain: "localhost", rooms: "rooms.localhost" },
      xmppTcp: { url: `xmpp://127.0.0.1:${tcp}`, domain: "localhost", rooms: "rooms.localhost" },
      component: { url: `xmpp://127.0.0.1:${component}`, domain: "component.localhost", secret: componentSecret },
      logins: accounts,
      abilities: new Set(["accounts", "muc", "sm", "carbons", "stanza-ids", "starttls"]),
      deviations,
    },
    stop: () => server.stop(),
  };
}
