// §6 Using WebSocket as a network transport.
import * as websocket from "../mqtt-checks/websocket.ts";
import { requirement } from "./requirement.ts";

describe("MQTT 5.0 over WebSocket", () => {
  requirement(
    "[MQTT-6.0.0-1]",
    "MQTT Control Packets MUST be sent in WebSocket binary data frames. If any other type of data frame is received the recipient MUST close the Network Connection.",
    websocket.binaryOnly,
  );
  requirement(
    "[MQTT-6.0.0-2]",
    "A single WebSocket data frame can contain multiple or partial MQTT Control Packets. The receiver MUST NOT assume that MQTT Control Packets are aligned on WebSocket frame boundaries.",
    websocket.frameBoundaries,
  );
  requirement(
    "[MQTT-6.0.0-3]",
    'The Client MUST include "mqtt" in the list of WebSocket Sub Protocols it offers.',
    websocket.wantsSubprotocol,
  );
  requirement(
    "[MQTT-6.0.0-4]",
    'The WebSocket Subprotocol name selected and returned by the Server MUST be "mqtt".',
    websocket.selectsSubprotocol,
  );
});
