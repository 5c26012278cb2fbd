// The broker that aedes makes, with accounts: everything in memory, over TCP and WebSocket. Prints its ports.
import { Aedes } from "aedes";
import { createServer as createHttp } from "node:http";
import { createServer, type AddressInfo } from "node:net";
import { createWebSocketStream, WebSocketServer } from "ws";

const accounts = new Map(JSON.parse(process.env["ACCOUNTS"] ?? "[]") as readonly (readonly [string, string])[]);

const broker = await Aedes.createBroker({ concurrency: 1_000, queueLimit: 100_000 });
broker.authenticate = (_client, user, password, done) => {
  if (user !== undefined && accounts.get(user) === password?.toString()) return done(null, true);
  // 4: bad user name or password (MQTT 3.1.1 §3.2.2.3).
  done(Object.assign(new Error("wrong"), { returnCode: 4 }), false);
};
// A connection that ends with an error is what many checks are about.
broker.on("clientError", () => {});
broker.on("connectionError", () => {});

const tcp = createServer({ noDelay: true }, (socket) => broker.handle(socket));
const http = createHttp();
const upgrades = new WebSocketServer({
  server: http,
  handleProtocols: (offered) => (offered.has("mqtt") ? "mqtt" : false),
});
upgrades.on("connection", (socket) => {
  const stream = createWebSocketStream(socket);
  stream.on("error", () => {});
  broker.handle(stream);
});
tcp.listen(0, "127.0.0.1", () => {
  http.listen(0, "127.0.0.1", () => {
    console.log(`listening on ${(tcp.address() as AddressInfo).port} and ${(http.address() as AddressInfo).port}`);
  });
});
