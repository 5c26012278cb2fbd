// @xmpp/client as it comes, in a process of its own, which trusts the authority in NODE_EXTRA_CA_CERTS: logs in, says one
// thing to a peer, prints the first thing it hears, and leaves in good order.
import { client, xml } from "@xmpp/client";

const [user, password, service, peer, body] = process.argv.slice(2) as [string, string, string, string, string];
const xmpp = client({ service, domain: "localhost", username: user, password, resource: "talk" });
// A busy machine is no broken server.
Object.assign(xmpp, { timeout: 20_000 });
const say = (said: object): void => console.log(JSON.stringify(said));

xmpp.on("error", (error: Error) => say({ error: error.message }));
xmpp.on("online", (jid: { toString(): string }) => {
  const { socket } = xmpp as unknown as { socket: { getProtocol?(): string; socket?: { getProtocol?(): string } } };
  say({ bound: jid.toString(), tls: socket.getProtocol?.() ?? socket.socket?.getProtocol?.() });
  void xmpp.send(xml("presence", {}));
  void xmpp.send(xml("message", { to: peer, type: "chat" }, xml("body", {}, body)));
});
xmpp.on("stanza", (stanza: ReturnType<typeof xml>) => {
  const text = stanza.is("message") ? stanza.getChildText("body") : null;
  if (text === null || stanza.attrs["type"] !== "chat") return;
  say({ from: String(stanza.attrs["from"]).split("/")[0], body: text });
  void xmpp.stop();
});
await xmpp.start();
