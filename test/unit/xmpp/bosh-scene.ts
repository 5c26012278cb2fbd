// A server of BOSH in the process, and clients that number their requests.
import assert from "node:assert/strict";
import type { PostEndpoint } from "#core";
import type { Element } from "../../../protocols/xmpp/element.ts";
import { createXmpp } from "../../../protocols/xmpp/index.ts";
import type { RunningCore } from "../../../src/create-core.ts";
import { startCore } from "../../../src/testing/core.ts";
import { until } from "../../../src/testing/until.ts";
import { Post } from "./bosh-post.ts";
import { auth, ManualClock } from "./fakes.ts";
import { plain } from "./socket.ts";

export const bind = `<iq xmlns='jabber:client' type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>`;
export const ping = (id: string): string =>
  `<iq xmlns='jabber:client' type='get' id='${id}'><ping xmlns='urn:xmpp:ping'/></iq>`;

export class BoshScene {
  clock = new ManualClock();
  #core!: RunningCore;
  #xmpp!: ReturnType<typeof createXmpp>;

  /** To be called within a `describe`. */
  constructor() {
    beforeEach(async () => {
      this.clock = new ManualClock();
      this.#core = await startCore(["alice", "bob"], { clock: this.clock });
      this.#xmpp = createXmpp(this.#core, { boshPerAddress: 30 });
    });
    afterEach(async () => {
      const drained = this.#xmpp.drain(0);
      this.clock.advance(100);
      await drained;
      const disposed = this.#core[Symbol.asyncDispose]();
      this.clock.advance(100);
      await disposed;
    });
  }

  get endpoint(): PostEndpoint {
    return this.#xmpp.posts![0]!;
  }

  post(attributes: string, payloads = "", options: { secure?: boolean; remote?: string } = {}): Post {
    const request = new Post(
      `<body xmlns='http://jabber.org/protocol/httpbind' xmlns:xmpp='urn:xmpp:xbosh' ${attributes}>${payloads}</body>`,
      options,
    );
    this.endpoint.handle(request, this.endpoint.accept);
    return request;
  }

  async begin(attributes = "hold='1' wait='60' ver='1.6'"): Promise<BoshClient> {
    const created = await answered(this.post(`rid='1000' to='localhost' xmpp:version='1.0' ${attributes}`));
    return new BoshClient(this, created);
  }

  /** Logged in as alice, and bound. */
  async bound(attributes?: string): Promise<BoshClient> {
    const client = await this.begin(attributes);
    await answered(client.say(auth("PLAIN", plain("alice", "secret-alice"))));
    const restarted = await answered(client.ask("to='localhost' xmpp:restart='true'"));
    assert.match(restarted.toString(), /<bind /);
    await answered(client.say(bind));
    return client;
  }
}

export class BoshClient {
  readonly sid: string;
  readonly created: Element;
  rid = 1000;
  readonly #scene: BoshScene;

  constructor(scene: BoshScene, created: Element) {
    this.#scene = scene;
    this.created = created;
    this.sid = created.attrs["sid"]!;
  }

  say(payloads: string): Post {
    return this.ask("", payloads);
  }

  ask(attributes: string, payloads = ""): Post {
    return this.#scene.post(`rid='${++this.rid}' sid='${this.sid}' ${attributes}`, payloads);
  }

  again(rid: number, payloads = ""): Post {
    return this.#scene.post(`rid='${rid}' sid='${this.sid}'`, payloads);
  }
}

export async function answered(request: Post): Promise<Element> {
  await until(() => request.reply !== undefined);
  return request.element;
}

/** How it ends the session, if it does. */
export function ended(element: Element): readonly (string | undefined)[] {
  return [element.attrs["type"], element.attrs["condition"]];
}

/** Turns of the event loop in which something would have happened. */
export async function turns(): Promise<void> {
  for (let i = 0; i < 5; i++) await new Promise(setImmediate);
}
