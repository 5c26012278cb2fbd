// Prosody as Debian packages it: a yardstick of the XMPP suites.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { makeCertificate } from "./certificate.ts";
import { freePort, listening, run, scratch, startProcess } from "./process.ts";
import { componentSecret, logins, type Started, type StartOptions } from "./started.ts";

const registration = Object.fromEntries(
  ["registered", "refused", "in the room", "not allowed", "unregistered"].map((about) => [
    `XEP-0045 §7.10 (${about})`,
    "it lets nobody register without a module of its own being configured",
  ]),
);

/** What 0.12.3 does otherwise than the clause says, found by running the suites against it. */
const deviations: Readonly<Record<string, string>> = {
  "RFC 7395 §3.3":
    "it waits for the end of an element that is not complete in its frame; §3.3.3 wants each frame to be complete",
  "RFC 6120 §11.3 (X02/X03: an end missing)":
    "it waits for the rest in the next frame; RFC 7395 §3.3.3 wants each frame to be complete",
  "RFC 6120 §4.9.3.12 (X09)": "it answers with a stanza error; the clause names a stream error",
  "RFC 6120 §4.8.3": "it opens the stream whatever its content namespace; the clause says MUST return an error",
  "RFC 6120 §6.5.6 (X18)": "it logs in and ignores the authorization identity; the clause names a failure",
  "RFC 6120 §7.1": "it answers with a stanza error; the clause says MUST close the stream",
  "XEP-0045 §6.5": "it shows nobody who is in a room, which the clause leaves to it (MAY)",
  "XEP-0045 §7.2.1": "it says <service-unavailable/>; the clause says MUST be <jid-malformed/>",
  "XEP-0045 §8.5 (several)": "it changes one occupant and passes over the others",
  "XEP-0045 §9.5": "it changes one affiliation and passes over the others",
  "XEP-0045 §10.2": "its form has no muc#roomconfig_passwordprotectedroom",
  "XEP-0045 §10.2 (allowpm)": "it has no muc#roomconfig_allowpm",
  "XEP-0045 §7.10": "it lets nobody register without a module of its own being configured",
  "XEP-0045 §6.6": "it says <not-acceptable/>; the clause says MUST be <bad-request/>",
  "XEP-0045 §7.2.9 (a full room)": "it has no muc#roomconfig_maxusers",
  "XEP-0045 §7.8.2 (continue)": "it leaves out <continue/>",
  "XEP-0045 §7.8.2 (several)": "it invites one, and passes over the others",
  "XEP-0045 §7.8.2 (nobody)": "it says nothing; the clause says SHOULD be <item-not-found/>",
  "XEP-0045 §7.8.2 (from outside)": "it lets anybody invite",
  ...registration,
  "XEP-0045 §8.1 (removed)": "it does not reflect an empty subject",
  "XEP-0045 §8.4 (by a moderator)": "it leaves out the offending item",
  "XEP-0045 §8.5 (malformed)": "it says <not-acceptable/> of an affiliation that is none",
  "XEP-0045 §9.2 (the items)": "it shows no reason, which only the example does",
  "XEP-0045 §9.1 (not there)": "it refuses a full JID",
  "XEP-0045 §10.1.3 (cancelled)": "it keeps the room; the clause says SHOULD destroy",
  "XEP-0045 §10.2 (not acceptable)": "it has no muc#roomconfig_passwordprotectedroom",
  "XEP-0045 §10.2.1 (logging)": "it has no muc#roomconfig_enablelogging",
  "XEP-0060 §4.1": "it knows no publish-only",
  "XEP-0060 §5.7": "it does not answer the question",
  "XEP-0060 §6.1.4": "it knows no authorize",
  "XEP-0060 §6.2.3.3": "it lets an admin unsubscribe others",
  "XEP-0060 §6.5.9.4": "it says <forbidden/>; the clause says MUST be <not-allowed/>",
  "XEP-0060 §7.1.3.6 (notification and transient)": "it takes the item",
  "XEP-0060 §7.2.3": "it says <item-not-found/> where no item is named",
  "XEP-0060 §6.1.3.1": "it says <forbidden/>; the clause says MUST be <bad-request/>",
  "XEP-0060 §6.1.3.4": "it says <forbidden/>; the clause says MUST be <not-allowed/>",
  "XEP-0060 §6.5.9.6": "it says <forbidden/>; the clause says MUST be <not-authorized/>",
  "XEP-0060 §7.1.3.5": "it leaves out <invalid-payload/>, which SHOULD be there",
  "XEP-0060 §7.1.3.6": "it leaves out <item-required/>",
  "XEP-0060 §7.2.3.4": "it says <item-not-found/>; the clause says MUST be <bad-request/>",
  "XEP-0060 §8.1.2": "it leaves out <unsupported-access-model/>",
  "XEP-0114 §3 (the namespace)": "it opens the stream, whatever its namespace; the clause says MUST return an error",
  "XEP-0124 §7.1 (content)": "it answers with text/xml whatever the client asked for; the clause says MUST appear",
  "XEP-0124 §17.2 (host-unknown)":
    "it says improper-addressing of a domain that is not served; the clause names host-unknown",
  "XEP-0124 §11 (too frequent)": "it lets a client poll as often as it likes, which the clause says SHOULD NOT be",
  "XEP-0124 §12 (too frequent)": "the same in polling sessions",
  "XEP-0124 §12 (inactivity)": "it gives polling sessions no more time than others, which SHOULD be more",
  "XEP-0124 §14.2 (beyond the window)":
    "it answers with the error and lets the session go on; the clause says MUST terminate",
  "XEP-0206 §6": "it answers a stanza before authentication with nothing; RFC 6120 §4.9.3.12 names a stream error",
  "XEP-0160 §3 (not stored)": "it stores chat states; the clause says SHOULD NOT",
  ...Object.fromEntries(
    ["0", "1, 1", "3, 0, -1"].map((priorities) => [
      `RFC 6121 §8.5.3.2.1 (normal, priorities ${priorities})`,
      "it delivers to other resources; the clause says MUST ignore or refuse",
    ]),
  ),
  "RFC 6121 §8.5.1 (presence and IQs)": "it says <forbidden/>; the clause says MUST be <service-unavailable/>",
  "RFC 6121 §3.4.2": "its push leaves out the flag that MUST be set",
  "RFC 6121 §3.3.2": "it does not tell who unsubscribes that the contact is unavailable",
  "RFC 6121 §4.3.2 (a stranger's probe)": "it leaves out what SHOULD be returned",
  "RFC 6121 §2.3.3 (a group twice)": "it answers with a result; the clause says MUST be <bad-request/>",
  "RFC 6121 §2.3.3 (a group of no length)": "it answers with a result; the clause says MUST be <not-acceptable/>",
  "RFC 6121 §3.4.1": "its push leaves out the flag that MUST be set",
  "XEP-0030 §8 (strangers and nobody)": "it answers disco#items with an error; the clause says MUST be an empty result",
  "XEP-0133 §4.8": "its form asks for accountjid, and for one",
  "XEP-0191 §3.3 (presence)": "it does not show the user again to a contact that is unblocked",
  "XEP-0198 §6 (X22)": "it leaves out <handled-count-too-high/>",
  "XEP-0313 §4.1.1 (a full JID)": "it matches a full JID as if it were bare; the clause says only if it is bare",
  "XEP-0313 §4.1.3 (unknown before-id)": "it answers with an empty result; the clause says MUST return item-not-found",
  "XEP-0313 §4.1.3 (unknown ids)": "it answers with an empty result; the clause says MUST return item-not-found",
  "XEP-0313 §4.1.6": "its form leaves out what makes the ids field open; the clause says MUST",
  "XEP-0313 §4.1.6 (an unknown field)": "it answers with another error than the one that MUST be",
  "XEP-0334 §4.2 (offline)": "it keeps the message for who is offline; the clause says SHOULD NOT",
  "XEP-0359 §4": "it leaves a forged <stanza-id/> in; the clause says MUST delete",
};

export async function startProsody(options: StartOptions = {}): Promise<Started> {
  const accounts = options.accounts ?? logins;
  const directory = await scratch();
  const [port, tcp, component] = [await freePort(), await freePort(), await freePort()];
  const { cert, key } = await makeCertificate(directory);
  const config = join(directory, "prosody.cfg.lua");
  await writeFile(
    config,
    `run_as_root = true
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
modules_enabled = { "adhoc", "admin_adhoc", "roster", "saslauth", "tls", "disco", "ping", "websocket", "bosh", "carbons", "smacks", "offline", "blocklist", "private", "vcard_legacy", "pep", "lastactivity", "uptime", "version", "time", "csi", "csi_simple"${options.measured === true ? "" : ', "mam"'} }
modules_disabled = { "s2s" }
authentication = "internal_hashed"
archive_expires_after = "never"
VirtualHost "localhost"
admins = { "${accounts[0]!.user}@localhost" }
Component "component.localhost"
component_secret = "${componentSecret}"
Component "rooms.localhost" "muc"
${options.measured === true ? "muc_room_default_presence_broadcast = { visitor = false, participant = false, moderator = false }" : 'modules_enabled = { "muc_mam" }\nComponent "pubsub.localhost" "pubsub"\nadmins = { "OWNER@localhost" }'.replace("OWNER", accounts[0]!.user)}
`,
  );
  for (const { user, password } of accounts)
    await run(["prosodyctl", "--root", "--config", config, "register", user, "localhost", password]);
  const server = await startProcess(directory, ["prosody", "--root", "--config", config]);
  await listening(port);
  return {
    pid: server.pid,
    target: {
      name: "prosody",
      xmpp: { url: `ws://127.0.0.1:${port}/xmpp-websocket`, domain: "localhost", rooms: "rooms.localhost" },
      xmppBosh: { url: `http://127.0.0.1:${port}/http-bind`, domain: "localhost", rooms: "rooms.localhost" },
      xmppTcp: { url: `xmpp://127.0.0.1:${tcp}`, domain: "localhost", rooms: "rooms.localhost" },
      component: { url: `xmpp://127.0.0.1:${component}`, domain: "component.localhost", secret: componentSecret },
      logins: accounts,
      abilities: new Set(["accounts", "admin", "muc", "sm", "carbons", "stanza-ids", "starttls"]),
      deviations,
    },
    stop: () => server.stop(),
  };
}
