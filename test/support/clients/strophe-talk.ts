// Strophe.js as it comes, over BOSH with a browser's XMLHttpRequest, or over a WebSocket: logs in, says one thing to a peer,
// prints the first thing it hears, and leaves in good order.
import { DOMParser } from "@xmldom/xmldom";
import { WebSocket } from "ws";
import xhr from "xmlhttprequest-ssl";

/** As in a browser, which reads XML by itself. */
class XMLHttpRequest extends xhr.XMLHttpRequest {
  constructor() {
    super({ xmlParser: (text) => new DOMParser().parseFromString(text, "text/xml") });
  }
}

Object.assign(globalThis, { XMLHttpRequest, WebSocket });

const { Strophe, $msg, $pres } = await import("strophe.js");

const [user, password, service, peer, body] = process.argv.slice(2) as [string, string, string, string, string];
const say = (said: object): void => console.log(JSON.stringify(said));
const connection = new Strophe.Connection(service);

connection.addHandler(
  (stanza: {
    getAttribute(name: string): string | null;
    getElementsByTagName(name: string): ArrayLike<{ textContent: string | null }>;
  }) => {
    const text = stanza.getElementsByTagName("body")[0]?.textContent;
    if (typeof text !== "string") return true;
    say({ from: Strophe.getBareJidFromJid(stanza.getAttribute("from") ?? ""), body: text });
    connection.disconnect("done");
    return false;
  },
  null,
  "message",
);
connection.connect(`${user}@localhost/strophe`, password, (status: number) => {
  if (status === Strophe.Status.CONNECTED) {
    say({ bound: connection.jid });
    connection.send($pres());
    connection.send($msg({ to: peer, type: "chat" }).c("body").t(body));
  } else if (status === Strophe.Status.AUTHFAIL || status === Strophe.Status.CONNFAIL) {
    say({ error: status });
    process.exit(1);
  } else if (status === Strophe.Status.DISCONNECTED) process.exit(0);
});
