import { writePingresp } from "../encode.ts";
import type { Handler } from "../packets.ts";

/** [MQTT-3.12.4-1]. */
export const pingreq: Handler<"pingreq"> = (_, { front, link }) => void writePingresp(front.out, link);
