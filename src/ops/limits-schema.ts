// Bounds on everything that a client can make grow, and what happens at each, as they are configured.
import { z } from "zod";

const count = z.int().min(1);
const rate = z.int().min(0);
const bytes = z
  .int()
  .min(1024)
  .max(256 * 1024 * 1024);
const ms = z.int().min(1).max(86_400_000);

export const limitsSchema = z
  .strictObject({
    connections: count.describe("Sockets open in all. At the bound a new one is closed at once; HTTP answers 503."),
    connections_per_address: count.describe(
      "Sockets open from one address, and as many BOSH sessions. At the bound as above; BOSH says `policy-violation`. Loopback is exempt, since a reverse proxy speaks for many.",
    ),
    auth_timeout_ms: ms.describe(
      "For a new connection to authenticate. Then: XMPP `connection-timeout`, MQTT closes without CONNACK, JSON closes with 4408.",
    ),
    login_failures_per_account: count.describe(
      "Wrong passwords for one account within login_window_ms. Then further logins fail at once: XMPP `temporary-auth-failure`, MQTT 0x97 (3.1.1: 3), JSON `rate_limited`.",
    ),
    login_failures_per_address: count.describe(
      "Wrong passwords from one address within login_window_ms. Then as above.",
    ),
    login_window_ms: ms.describe("How long a wrong password counts."),
    logins_per_second_per_address: rate.describe(
      "Logins from one address in a second, right or wrong; ten times as many at once. Beyond: MQTT 0x9F (3.1.1: 3), XMPP `temporary-auth-failure`, JSON `rate_limited`. Loopback is exempt. 0: as many as come.",
    ),
    registrations_per_address: count.describe(
      "Accounts made from one address within ten minutes, where registration is open. Then: XMPP `resource-constraint`. Loopback is exempt.",
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
      .describe(
        "QoS 1 and 2 messages we have unfinished towards an MQTT client, which may ask for fewer. Others wait.",
      ),
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
  })
  .describe("Bounds, and what happens at each.");
