// Every client the proofs are made with, as it comes from its registry, by the name shown in the tables.
import type { App, AppOptions, Protocol } from "./app.ts";
import { JsonApp } from "./json-app.ts";
import { MosquittoApp } from "./mosquitto-app.ts";
import { MqttJsApp } from "./mqtt-js-app.ts";
import { StanzaApp } from "./stanza-app.ts";
import { XmppJsApp } from "./xmpp-js-app.ts";

export interface Client {
  readonly name: string;
  readonly open: (options: AppOptions) => App;
}

export const clientsOf: Readonly<Record<Protocol, readonly Client[]>> = {
  xmpp: [
    // Its SCRAM takes seconds of the client's own CPU for each login; journeys/login.test.ts does it once.
    { name: "@xmpp/client", open: (options) => new XmppJsApp({ ...options, mechanism: "PLAIN" }) },
    { name: "stanza", open: (options) => new StanzaApp(options) },
  ],
  mqtt: [
    { name: "mqtt v4", open: (options) => new MqttJsApp({ ...options, version: 4 }) },
    { name: "mqtt v5", open: (options) => new MqttJsApp({ ...options, version: 5 }) },
    { name: "mosquitto", open: (options) => new MosquittoApp(options) },
  ],
  json: [{ name: "bare ws", open: (options) => new JsonApp(options) }],
};
