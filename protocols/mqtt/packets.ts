// Table of contents: every packet a client may send, and who handles it.
import type { Answer, Connection } from "./connection.ts";
import type { ClientPacket, PacketOf } from "./packet.ts";
import { auth } from "./packets/auth.ts";
import { connect } from "./packets/connect.ts";
import { disconnect } from "./packets/disconnect.ts";
import { pingreq } from "./packets/pingreq.ts";
import { puback } from "./packets/puback.ts";
import { pubcomp } from "./packets/pubcomp.ts";
import { publish } from "./packets/publish.ts";
import { pubrec } from "./packets/pubrec.ts";
import { pubrel } from "./packets/pubrel.ts";
import { subscribe } from "./packets/subscribe.ts";
import { unsubscribe } from "./packets/unsubscribe.ts";

/** Returns what to answer; throws a Fault to refuse, which ends the connection. */
export type Handler<Cmd extends ClientPacket["cmd"]> = (packet: PacketOf<Cmd>, connection: Connection) => Answer;

/** By packet type (§2.1.2), which is found faster than a name. */
export const packets: readonly (Handler<never> | undefined)[] = Object.assign([], {
  1: connect, //      §3.1
  3: publish, //      §3.3
  4: puback, //       §3.4
  5: pubrec, //       §3.5
  6: pubrel, //       §3.6
  7: pubcomp, //      §3.7
  8: subscribe, //    §3.8
  10: unsubscribe, // §3.10
  12: pingreq, //     §3.12
  14: disconnect, //  §3.14
  15: auth, //        §3.15
});
