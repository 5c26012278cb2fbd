// What may be configured. Defaults stand in config/default.yaml; names of variables and flags follow from the keys.
import { z } from "zod";
import { aclSchema } from "./acl-schema.ts";
import { componentsSchema } from "./component-schema.ts";
import { bridgesSchema } from "./bridge-schema.ts";
import { keptTopicsSchema } from "./kept-schema.ts";
import { authSchema } from "./auth-schema.ts";
import { limitsSchema } from "./limits-schema.ts";

const port = z.int().min(0).max(65_535);
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
      component_port: port.describe(
        "Where external components connect (XEP-0114), opened when there are any in xmpp.components. 0 picks one.",
      ),
      component_host: z
        .string()
        .min(1)
        .describe("Address of that port. It is never in TLS: leave it on loopback, or in a network of your own."),
      components: componentsSchema,
      lock_rooms: z
        .enum(["auto", "on", "off"])
        .describe(
          "Whether a room that a client makes by entering it is locked for others until its maker configures it, speaks or invites there, or a minute has passed (XEP-0045 §10.1.1). auto: where the client says that it knows rooms (XEP-0115), since others never configure any.",
        ),
      push: z
        .strictObject({
          sender: z.boolean().describe("Tell push services who wrote last."),
          body: z.boolean().describe("Tell push services what was written last."),
        })
        .describe("What is told to push services (XEP-0357) beside the number of messages."),
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
  limits: limitsSchema,
});

export type Config = z.infer<typeof configSchema>;
export type Limits = Config["limits"];
