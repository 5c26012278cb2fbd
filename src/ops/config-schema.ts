// What may be configured. Defaults stand in config/default.yaml; names of variables and flags follow from the keys.
import { z } from "zod";
import { aclSchema } from "./acl-schema.ts";
import { bridgesSchema } from "./bridge-schema.ts";
import { keptTopicsSchema } from "./kept-schema.ts";
import { authSchema } from "./auth-schema.ts";

const port = z.int().min(0).max(65_535);
const count = z.int().min(1);
const rate = z.int().min(0);
const bytes = z
  .int()
  .min(1024)
  .max(256 * 1024 * 1024);
const ms = z.int().min(1).max(86_400_000);

const tls = z.strictObject({
  cert: z
    .string()
    .describe("PEM file: the server's certificate, then those that signed it. Empty: no TLS port is opened."),
  key: z.string().describe("PEM file: its private key, without a passphrase."),
  ca: z.string().describe("PEM file: the authorities that may sign clients' certificates."),
  client_certificates: z
    .enum(["none", "request", "require"])
    .describe("Whether clients are asked for a certificate. require: a handshake without one that `ca` signed fails."),
  hosts: z
    .array(
      z.strictObject({
        cert: z.string().min(1),
        key: z.string().min(1),
        names: z.array(z.string().min(1)).default([]),
      }),
    )
    .max(1000)
    .describe(
      "Certificates for further host names (SNI): cert, key, and names where the certificate's own are not meant. Clients that ask for another name get the first certificate.",
    ),
  handshake_timeout_ms: ms.describe("For a TLS handshake to be complete. Then the connection is cut."),
});

/** The listeners, by the names in `proxy_protocol.listeners` and in the log. */
export const listenerNames = ["http", "https", "mqtt", "mqtts", "xmpp", "xmpps"] as const;

const proxyProtocol = z.strictObject({
  listeners: z
    .array(z.enum(listenerNames))
    .describe(
      "Ports on which every connection must begin with a PROXY header (version 1 or 2): http, https, mqtt, mqtts, xmpp, xmpps.",
    ),
  trusted: z
    .array(z.string().min(1))
    .max(1000)
    .describe(
      "Addresses and networks (10.0.0.0/8) of the proxies. On those ports connections from elsewhere are closed.",
    ),
});

const limits = z.strictObject({
  connections: count.describe("Sockets open in all. At the bound a new one is closed at once; HTTP answers 503."),
  connections_per_address: count.describe(
    "Sockets open from one address. At the bound as above. Loopback is exempt, since a reverse proxy speaks for many.",
  ),
  auth_timeout_ms: ms.describe(
    "For a new connection to authenticate. Then: XMPP `connection-timeout`, MQTT closes without CONNACK, JSON closes with 4408.",
  ),
  login_failures_per_account: count.describe(
    "Wrong passwords for one account within login_window_ms. Then further logins fail at once: XMPP `temporary-auth-failure`, MQTT 0x97 (3.1.1: 3), JSON `rate_limited`.",
  ),
  login_failures_per_address: count.describe("Wrong passwords from one address within login_window_ms. Then as above."),
  login_window_ms: ms.describe("How long a wrong password counts."),
  logins_per_second_per_address: rate.describe(
    "Logins from one address in a second, right or wrong; ten times as many at once. Beyond: MQTT 0x9F (3.1.1: 3), XMPP `temporary-auth-failure`, JSON `rate_limited`. Loopback is exempt. 0: as many as come.",
  ),
  messages_per_second: rate.describe(
    "MQTT messages, XMPP stanzas and JSON frames that one connection sends in a second; as many at once. Beyond: `beyond_rate`. 0: as many as come.",
  ),
  bytes_per_second: rate.describe("Bytes that one connection sends in a second. As above."),
  beyond_rate: z
    .enum(["wait", "refuse"])
    .describe(
      "wait: the socket is not read until the time has passed; nothing is lost. refuse: MQTT 0x96 (3.1.1 closes), XMPP `policy-violation`, JSON 4429.",
    ),
  unanswered_frames: count.describe(
    "Frames of one connection that are begun and not answered. At the bound its socket is not read.",
  ),
  json_frame_bytes: bytes.describe("A WebSocket frame of the JSON dialect. A larger one closes with 1009."),
  xmpp_stanza_bytes: bytes.describe("An XMPP stanza. A larger one ends the stream with `policy-violation`."),
  xmpp_preauth_bytes: bytes.describe(
    "A stanza before authentication. A larger one ends the stream with `policy-violation`.",
  ),
  mqtt_packet_bytes: bytes.describe(
    "An MQTT packet (the Maximum Packet Size we announce). A larger one: DISCONNECT 0x95; 3.1.1 closes.",
  ),
  mqtt_connect_bytes: bytes.describe("The first MQTT packet. A larger one closes the connection before it is read."),
  mqtt_receive_maximum: z
    .int()
    .min(1)
    .max(65_535)
    .describe(
      "QoS 1 and 2 messages an MQTT client has unfinished towards us (the Receive Maximum we announce). Beyond: DISCONNECT 0x93; earlier versions are not read.",
    ),
  mqtt_in_flight: z
    .int()
    .min(1)
    .max(65_535)
    .describe("QoS 1 and 2 messages we have unfinished towards an MQTT client, which may ask for fewer. Others wait."),
  topic_levels: count.describe(
    "Levels of a topic or filter. Deeper: MQTT 0x90 for a message (3.1.1 closes; a will: CONNACK 0x90, 3.1.1: 5), 0x8F (0x80) for a filter; JSON `bad_request`.",
  ),
  topic_bytes: z.int().min(1).max(65_535).describe("Its bytes in UTF-8. As above."),
  subscriptions: count.describe(
    "Subscriptions of one session to plain topics. Beyond: MQTT SUBACK 0x97 (3.1.1: 0x80), JSON `quota_exceeded`.",
  ),
  kept_topics: count.describe(
    "Topics with a log (kept_topics). A publication on one more is refused: MQTT 0x97 (3.1.1 closes), JSON `quota_exceeded`.",
  ),
  kept_entries: count.describe("Entries in the log of one topic. Beyond, the oldest go."),
  retained_messages: count.describe(
    "Retained messages. Beyond, a new topic is refused (MQTT 0x97, 3.1.1 closes; JSON `quota_exceeded`); those there may be replaced and deleted.",
  ),
  retained_bytes: z
    .int()
    .min(1024)
    .describe(
      "Bytes of their payloads and topics, in memory of every node. Beyond, what would add to them is refused as above.",
    ),
  queue_messages: count.describe(
    "QoS 1 and 2 messages that wait for one MQTT session while it is away or slow. Beyond, new ones are not queued for it (counted in trivium_refused_total) until it has taken some; others get theirs. The bound is soft by what is being committed.",
  ),
  queue_bytes: z
    .int()
    .min(1024)
    .describe("Bytes of their payloads. As above; what waited when the server was started counts 0."),
  outbox_rows: count.describe(
    "Deliveries that wait for one client. At the bound what is stored (conversations, queues of durable sessions) waits in the store and is read as the client takes; typing, presence and QoS 0 are dropped. A session without a queue that is owed QoS 1 or 2 ends: XMPP `resource-constraint`, MQTT 0x97, JSON 4103; so does one that takes nothing for 30 s, and can resume.",
  ),
  outbox_bytes: bytes.describe("Their bytes. At the bound as above."),
});

const addressesFor = (what: string) => z.array(z.string().min(1)).describe(what);

/** XEP-0157: roles of those who run the service. */
const contactAddresses = z
  .strictObject({
    abuse: addressesFor("Whom to tell of abuse."),
    admin: addressesFor("Whom to ask about the server."),
    feedback: addressesFor("Whom to tell what one thinks."),
    sales: addressesFor("Whom to ask what it costs."),
    security: addressesFor("Whom to tell of a hole."),
    status: addressesFor("Where to see whether it works."),
    support: addressesFor("Whom to ask for help."),
  })
  .describe("Whom to write to about this server, by role (XEP-0157): mailto:, xmpp: or https: addresses.");

/** XEP-0215. */
const externalServices = z
  .array(
    z.strictObject({
      type: z.enum(["stun", "stuns", "turn", "turns"]),
      host: z.string().min(1),
      port,
      transport: z.enum(["udp", "tcp"]).default("udp"),
      secret: z.string().default(""),
      ttl_s: z.int().min(60).max(604_800).default(86_400),
    }),
  )
  .max(50)
  .describe(
    "STUN and TURN servers that clients are told of (XEP-0215): {type, host, port, transport, secret, ttl_s}. With the secret that a TURN server shares (coturn: static-auth-secret), credentials are made for each client.",
  );

export const configSchema = z.strictObject({
  data_dir: z.string().min(1).describe("Folder for the embedded store and what else must survive a restart."),
  domain: z
    .string()
    .max(255)
    .regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/, "must be a host name in lower case")
    .describe("Accounts are name@domain."),
  host: z
    .string()
    .min(1)
    .describe(
      "Address to listen on. Anything but loopback is open to others: give a certificate (tls), or put TLS in front.",
    ),
  node: z
    .string()
    .max(64)
    .regex(/^[A-Za-z0-9._-]*$/, "may hold letters, digits, dots, hyphens and underscores")
    .describe("This process's name among the nodes of a cluster, unique there. Empty: one is made."),
  registration: z.enum(["closed", "open"]).describe("Whether anyone may create an account over XMPP (XEP-0077)."),
  demo: z
    .enum(["auto", "on", "off"])
    .describe(
      "Accounts alice and bob with random passwords, made when the store is empty. auto: only while listening on loopback.",
    ),
  chat_prefix: z
    .string()
    .regex(/^[^+#/$\0]+$/, "must be one topic level, without wildcards")
    .describe("First level of the MQTT topics that are conversations."),
  origins: z
    .array(z.string().min(1))
    .max(100)
    .describe(
      "Web origins (https://chat.example.org) that may open WebSockets, besides pages of this server; * for all. Empty: pages from this machine.",
    ),
  auth: authSchema,
  acl: aclSchema,
  bridges: bridgesSchema,
  kept_topics: keptTopicsSchema,
  http: z
    .strictObject({
      port: port.describe("WebSockets, health, metrics. 0 picks one."),
      tls_port: port.describe("The same in TLS (https, wss), opened when tls.cert is given. 0 picks one."),
      headers_timeout_ms: ms.describe("For the headers of a request to arrive. Then 408."),
      request_timeout_ms: ms.describe("For a whole request to arrive. Then 408."),
    })
    .describe("The shared HTTP port."),
  mqtt: z
    .strictObject({
      port: port.describe("MQTT over TCP. 0 picks one."),
      sys_interval_s: z
        .int()
        .min(0)
        .max(86_400)
        .describe("Seconds between two publications of this node's figures on $SYS/#. 0: none."),
      anonymous: z
        .string()
        .max(255)
        .describe(
          "The account that clients without username and password act as; made if there is none. Empty: they are refused.",
        ),
      insecure_passwords: z
        .boolean()
        .describe(
          "Accept passwords over connections that are neither TLS nor from this machine: whoever is on the way can read them.",
        ),
      keep_alive_maximum_s: z
        .int()
        .min(0)
        .max(65_535)
        .describe(
          "MQTT 5.0 clients that ask for a longer keep alive, or for none, are told this one. 0: any is granted.",
        ),
      response_information: z
        .string()
        .max(255)
        .regex(/^[^+#\0]*$/, "no wildcards")
        .describe(
          "First levels of topics for answers, told to MQTT 5.0 clients that ask for Response Information; %u: user, %c: client id. Empty: none. Access rules decide who may use them.",
        ),
      server_reference: z
        .string()
        .max(255)
        .describe(
          "Where MQTT 5.0 clients are sent when this server goes down (Server Reference, 0x9C). Empty: they are told that it does (0x8B).",
        ),
      tls_port: port.describe("MQTT in TLS (mqtts), opened when tls.cert is given. 0 picks one."),
    })
    .describe("MQTT."),
  xmpp: z
    .strictObject({
      port: port.describe(
        "XMPP over TCP; with a certificate STARTTLS is offered, and wanted from all but this machine. 0 picks one.",
      ),
      tls_port: port.describe(
        "XMPP in TLS from the first byte (XEP-0368), opened when tls.cert is given. 0 picks one.",
      ),
      contact_addresses: contactAddresses,
      admins: z
        .array(z.string().min(1))
        .max(100)
        .describe(
          "Accounts that may administer from within a client (XEP-0133): add and delete users, end sessions, announce.",
        ),
    })
    .describe("XMPP."),
  external_services: externalServices,
  uploads: z
    .strictObject({
      max_bytes: z
        .int()
        .min(0)
        .max(10 * 1024 * 1024 * 1024)
        .describe("A file that clients may put here by HTTP (XEP-0363, JSON `upload`). 0: no files are kept."),
      quota_bytes: z.int().min(0).describe("An account's files together. At the bound a further one is refused."),
      keep_days: z.int().min(1).max(36_500).describe("How long a file is kept."),
      url: z
        .string()
        .regex(/^(|https?:\/\/[^/]+)$/, "must be http:// or https:// and a host, without a path")
        .describe("How clients reach the HTTP port from outside, https://chat.example.org. Empty: domain and port."),
    })
    .describe("Files, in data_dir/uploads. Several nodes need that folder in common."),
  tls: tls.describe("Certificates. Read again when they change, and on SIGHUP; connections stay."),
  proxy_protocol: proxyProtocol.describe("Load balancers that say for whom they speak."),
  store: z.enum(["sqlite", "postgres"]).describe("sqlite: embedded, in data_dir. postgres: at postgres.url."),
  postgres: z
    .strictObject({
      url: z.string().describe("postgres://user:password@host:port/database, for store: postgres."),
      pool_size: z.int().min(2).max(100).describe("Connections to the database."),
    })
    .describe("The PostgreSQL store."),
  redis: z
    .strictObject({
      url: z.string().describe("redis://host:port, joins the nodes of a cluster. Empty: this node is alone."),
    })
    .describe("The bus between nodes."),
  metrics: z
    .strictObject({
      token: z
        .string()
        .describe(
          "When set, /metrics answers to whoever sends it (Authorization: Bearer), and to nobody else. Prometheus: `authorization.credentials`.",
        ),
      allow: z
        .enum(["loopback", "all"])
        .describe(
          "Without a token: who may read /metrics. loopback: this machine, unless the request came through a proxy. all: everybody.",
        ),
    })
    .describe("The figures at /metrics."),
  log: z
    .strictObject({
      level: z.enum(["debug", "info", "warn", "error"]).describe("The least that is logged. Logs go to stderr."),
    })
    .describe("Logs."),
  limits: limits.describe("Bounds, and what happens at each."),
});

export type Config = z.infer<typeof configSchema>;
export type Limits = z.infer<typeof limits>;
