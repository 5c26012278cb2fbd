// XEP-0198 under fire: sockets cut at random moments, both sides going on where they were.
import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { WebSocket } from "ws";
import { until } from "../../../src/testing/until.ts";
import { serve, type Served } from "./served.ts";
import { open, plain } from "./socket.ts";

const cuts = Number(process.env["XMPP_CUTS"] ?? 60);
const sm = "urn:xmpp:sm:3";

describe("streams that are cut again and again", () => {
  let served: Served;
  before(async () => {
    served = await serve({ resumeMs: 60_000 });
  });
  after(() => served[Symbol.asyncDispose]());

  it(`lose nothing and double nothing in ${cuts} cuts under load`, async function () {
    this.timeout(30_000 + cuts * 500);
    const [one, other] = await served.couple();
    const clients = [new Resumer(served.url, one, other), new Resumer(served.url, other, one)];
    await Promise.all(clients.map((client) => client.connect()));
    let done = false;
    const cutting = (async () => {
      for (let n = 0; n < cuts; n++) {
        await pause(Math.random() * 25);
        await clients[n % 2]!.cutAndResume();
      }
      done = true;
    })();

    let sent = 0;
    while (!done) {
      for (const client of clients) client.say(`m${sent}`);
      sent++;
      await pause(Math.random() * 4);
    }
    await cutting;
    await until(() => clients.every(({ heard }) => heard.length >= sent), 20_000);
    await pause(50); // a twin would come now

    const all = Array.from({ length: sent }, (_, n) => `m${n}`);
    for (const { heard } of clients) assert.deepEqual(heard, all);
    assert.ok(sent > cuts, "hardly any load");
    for (const client of clients) client.close();
  });
});

/** A client that keeps XEP-0198's books strictly, and knows nothing else. */
class Resumer {
  readonly heard: string[] = [];
  readonly #url: string;
  readonly #name: string;
  readonly #peer: string;
  #socket: WebSocket | undefined;
  #id = "";
  /** Sent and not acknowledged; `#acked` came before them. */
  readonly #unacked: string[] = [];
  #acked = 0;
  #handled = 0;
  #counting = false;
  #online = false;

  constructor(url: string, name: string, peer: string) {
    this.#url = url;
    this.#name = name;
    this.#peer = peer;
  }

  async connect(): Promise<void> {
    await this.#authenticate();
    this.#socket!.send(
      `<iq xmlns="jabber:client" type="set" id="b"><bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"/></iq>`,
    );
    await this.#next(/<jid>/);
    this.#socket!.send(`<enable xmlns="${sm}" resume="true"/>`);
    this.#id = /id="([^"]+)"/.exec(await this.#next(/<enabled/))![1]!;
    this.#online = true;
    this.#stanza(`<presence xmlns="jabber:client"/>`);
    await this.#next(/<presence/);
  }

  say(body: string): void {
    this.#stanza(
      `<message xmlns="jabber:client" type="chat" to="${this.#peer}@localhost"><body>${body}</body></message>`,
    );
    if (this.#online && Math.random() < 0.3) this.#socket!.send(`<r xmlns="${sm}"/>`);
  }

  async cutAndResume(): Promise<void> {
    this.#online = false;
    this.#counting = false;
    this.#socket!.terminate();
    await this.#authenticate();
    this.#socket!.send(`<resume xmlns="${sm}" previd="${this.#id}" h="${this.#handled}"/>`);
    const resumed = await this.#next(/<resumed|<failed/);
    assert.match(resumed, /^<resumed/);
    this.#acknowledge(resumed);
    for (const stanza of this.#unacked) this.#socket!.send(stanza);
    this.#online = true;
  }

  close(): void {
    this.#socket!.terminate();
  }

  #stanza(xml: string): void {
    this.#unacked.push(xml);
    if (this.#online) this.#socket!.send(xml);
  }

  async #authenticate(): Promise<void> {
    const socket = (this.#socket = new WebSocket(this.#url, "xmpp"));
    socket.on("error", () => undefined);
    socket.on("message", (data: Buffer) => {
      if (socket === this.#socket) this.#frame(data.toString());
    });
    await new Promise((resolve) => socket.once("open", resolve));
    socket.send(open);
    await this.#next(/<mechanisms/);
    const login = plain(this.#name, `secret-${this.#name}`);
    socket.send(`<auth xmlns="urn:ietf:params:xml:ns:xmpp-sasl" mechanism="PLAIN">${login}</auth>`);
    await this.#next(/<success/);
    socket.send(open);
    await this.#next(/<bind/);
  }

  #frame(frame: string): void {
    if (frame.startsWith("<enabled") || frame.startsWith("<resumed")) this.#counting = true;
    else if (frame.startsWith("<r ")) this.#socket!.send(`<a xmlns="${sm}" h="${this.#handled}"/>`);
    else if (frame.startsWith("<a ")) this.#acknowledge(frame);
    else if (this.#counting && /^<(?:message|presence|iq)/.test(frame)) {
      this.#handled++;
      const body = /<body>(\w+)/.exec(frame)?.[1];
      if (body !== undefined) this.heard.push(body);
    }
    this.#look(frame);
  }

  #acknowledge(frame: string): void {
    const h = Number(/ h="(\d+)"/.exec(frame)![1]);
    assert.ok(h >= this.#acked && h - this.#acked <= this.#unacked.length, `h=${h} after ${this.#acked}`);
    this.#unacked.splice(0, h - this.#acked);
    this.#acked = h;
  }

  #look: (frame: string) => void = () => undefined;

  #next(wanted: RegExp): Promise<string> {
    return new Promise((resolve) => {
      this.#look = (frame) => {
        if (wanted.test(frame)) resolve(frame);
      };
    });
  }
}
