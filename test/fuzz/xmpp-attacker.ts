// One stream after the other, each with mutants of which the last is the one that ends it, if any does.
import assert from "node:assert/strict";
import { isUtf8 } from "node:buffer";
import { setTimeout as pause } from "node:timers/promises";
import { openXmpp, type XmppClient } from "../../conformance/clients/xmpp.ts";
import type { Xml } from "../../conformance/clients/xml.ts";
import { limitsFor, parseFrame } from "../../protocols/xmpp/codec.ts";
import { StreamParser } from "../../protocols/xmpp/stream-parser.ts";
import { readBody } from "../../protocols/xmpp/transports/bosh-body.ts";
import type { Element } from "../../protocols/xmpp/element.ts";
import type { Random } from "./random.ts";
import { conditionOf, streamStart } from "./xmpp-codec.ts";
import { boundCorpus, freshCorpus } from "./xmpp-corpus.ts";
import { mutateXml, reword } from "./xmpp-mutations.ts";

export type Transport = "websocket" | "tcp" | "bosh";

const [least, most] = [30, 100];
/** Longer than that, and the server hangs. */
export const patienceMs = 30_000;
/** What one request of BOSH may hold, with room for its wrapper. */
const mostBytes = 100_000;
const limits = { fresh: limitsFor(10 << 10), bound: limitsFor(256 << 10) };
const streams = "http://etherx.jabber.org/streams";

/** What a stream may end with for what it says, beside what its bytes are refused with (RFC 6120 §4.9.3). */
const goodbyes: ReadonlySet<string> = new Set([
  "bad-format",
  "invalid-from",
  "invalid-namespace",
  "not-authorized",
  "policy-violation",
  "undefined-condition",
  "unsupported-stanza-type",
]);

interface Burst {
  readonly chunks: readonly Buffer[];
  /** The condition that the last of them is refused with. */
  readonly refusal: string | undefined;
  /** Behind them the stream can be understood. */
  readonly readable: boolean;
}

export class XmppAttacker {
  readonly #transport: Transport;
  readonly #url: string;
  readonly #login: { readonly user: string; readonly password: string };
  readonly #random: Random;
  #probes = 0;

  constructor(transport: Transport, url: string, login: { user: string; password: string }, random: Random) {
    this.#transport = transport;
    this.#url = url;
    this.#login = login;
    this.#random = random;
  }

  /** Resolves with how many mutants the server had to read. */
  async stream(): Promise<number> {
    const fresh = this.#random.once(8);
    const burst = this.#burst(fresh);
    const shown = `${this.#transport}, ${fresh ? "before login" : "bound"}: ${Buffer.concat(burst.chunks.slice(-3)).toString("latin1").slice(-3_000)}`;
    const client = await openXmpp(this.#url);
    try {
      if (fresh) await client.open("localhost");
      else {
        await client.login("localhost", this.#login);
        await client.bind();
        client.send(`<enable xmlns="urn:xmpp:sm:3"/>`);
      }
      await this.#send(client, burst);
      if (burst.refusal === undefined && !burst.readable) return burst.chunks.length;
      const whole = await this.#outcome(client, burst, fresh);
      return whole ? burst.chunks.length : 1;
    } catch (error) {
      throw new Error(`${(error as Error).message}\n  ${shown}`, { cause: error });
    } finally {
      await client.drop();
    }
  }

  /** Mutants up to the first that the codec refuses. */
  #burst(fresh: boolean): Burst {
    const chunks: Buffer[] = [];
    const reader = readerOf(this.#transport, fresh ? limits.fresh : limits.bound);
    const wanted = fresh ? 1 + this.#random.below(8) : least + this.#random.below(most - least);
    let bytes = 0;
    while (chunks.length < wanted && bytes < mostBytes) {
      const last = chunks.length === wanted - 1;
      const mutant =
        last || fresh ? mutateXml(this.#random, fresh ? freshCorpus : boundCorpus).bytes : this.#harmless();
      bytes += mutant.length;
      // What has no text of its own would be no frame, and no sign of life over BOSH.
      if (mutant.length === 0) continue;
      chunks.push(mutant);
      const refusal = reader.refuses(mutant);
      if (refusal !== undefined) return { chunks, refusal, readable: false };
    }
    return { chunks, refusal: undefined, readable: reader.between() };
  }

  /** Such as get past the parser and do not end the stream, or a burst would be one long. */
  #harmless(): Buffer {
    for (;;) {
      const mutant = this.#random.once(4) ? mutateXml(this.#random, boundCorpus) : reword(this.#random, boundCorpus);
      let element: Element | undefined;
      if (conditionOf(() => (element = parseFrame(mutant.bytes.toString(), limits.bound))) !== undefined) continue;
      if (element !== undefined && goesOn(element) && isUtf8(mutant.bytes)) return mutant.bytes;
    }
  }

  async #send(client: XmppClient, { chunks }: Burst): Promise<void> {
    if (this.#transport !== "tcp" || !this.#random.once(4)) {
      // A frame is text: what is no UTF-8 is WebSocket's to refuse.
      for (const [at, chunk] of chunks.entries()) {
        // Over BOSH what is refused is a whole request: one of its own.
        if (at === chunks.length - 1 && this.#transport === "bosh") await pause(5);
        client.send(this.#transport === "tcp" ? chunk : chunk.toString());
      }
      return;
    }
    const bytes = Buffer.concat(chunks);
    for (const piece of this.#random.cut(bytes, bytes.length > 20_000 ? 30_000 : 400)) {
      client.send(piece);
      await new Promise(setImmediate);
    }
  }

  /** The server answers what follows, or has said why it does not. True when all of it was read. */
  async #outcome(client: XmppClient, { refusal }: Burst, fresh: boolean): Promise<boolean> {
    const id = `probe${++this.#probes}`;
    // Before login this is `not-authorized`, whatever became of the rest.
    if (refusal === undefined)
      client.send(`<iq xmlns="jabber:client" type="get" id="${id}"><ping xmlns="urn:xmpp:ping"/></iq>`);
    const last = await client.take(
      "an answer or a stream error",
      (xml) => isError(xml) || noTls(xml) || (xml.is("iq") && xml.attributes["id"] === id),
      patienceMs,
    );
    assert.ok(
      client.waiting.every((xml) => xml.deep("internal-server-error") === undefined),
      "an internal error",
    );
    if (noTls(last)) {
      await client.footer();
      return false;
    }
    if (!isError(last)) {
      assert.ok(refusal === undefined && !fresh, `nothing was wrong with it: ${last.toString().slice(0, 300)}`);
      await this.#goodEnd(client);
      return true;
    }
    const condition = conditionIn(last);
    const expected = this.#judge(condition, refusal);
    await client.footer();
    await client.closed(patienceMs);
    // RFC 6120 §4.9.1.1: nothing comes behind the error.
    assert.ok(!client.waiting.some(isError), "two stream errors");
    return condition === expected || fresh;
  }

  /** With all that came acknowledged, so that nothing is waited for. */
  async #goodEnd(client: XmppClient): Promise<void> {
    client.send(`<a xmlns="urn:xmpp:sm:3" h="${client.counted.length}"/>`);
    client.closeStream();
    await client.footer();
  }

  #judge(condition: string, refusal: string | undefined): string | undefined {
    const bosh = this.#transport === "bosh" && refusal !== undefined;
    // XEP-0124 §17.2: a wrapper that cannot be read is BOSH's to refuse.
    const expected = bosh ? (refusal === "policy-violation" ? refusal : "bad-request") : refusal;
    assert.ok(condition === expected || goodbyes.has(condition), `<${condition}/> instead of <${expected}/>`);
    return expected;
  }
}

interface Reader {
  /** The condition that ends the stream with these bytes. */
  refuses(bytes: Buffer): string | undefined;
  /** What came is whole. */
  between(): boolean;
}

function readerOf(transport: Transport, limits: ReturnType<typeof limitsFor>): Reader {
  if (transport === "websocket")
    return { refuses: (bytes) => conditionOf(() => void parseFrame(bytes.toString(), limits)), between: () => true };
  if (transport === "bosh") return boshReader(limits);
  let whole = 0;
  let seen = 0;
  const parser = new StreamParser(limits, {
    element: () => whole++,
    closed: () => (seen = -1),
  });
  parser.feed(streamStart);
  return {
    refuses: (bytes) => conditionOf(() => parser.feed(bytes)),
    between: () => {
      const before = whole;
      // Is what follows understood?
      const refused = conditionOf(() => parser.feed(`<probe xmlns="urn:x"/>`));
      return refused === undefined && whole === before + 1 && seen === 0;
    },
  };
}

function boshReader(limits: ReturnType<typeof limitsFor>): Reader {
  const wrapped = (text: string): Buffer =>
    Buffer.from(`<body xmlns="http://jabber.org/protocol/httpbind" rid="1">${text}</body>`);
  return {
    refuses: (bytes) => conditionOf(() => void readBody(wrapped(bytes.toString()), limits)),
    between: () => true,
  };
}

const stanzas: ReadonlySet<string> = new Set(["message", "presence", "iq"]);
const elements: ReadonlySet<string> = new Set([
  "urn:xmpp:sm:3 r",
  "urn:xmpp:sm:3 enable",
  "urn:xmpp:sm:3 resume",
  "urn:xmpp:csi:0 active",
  "urn:xmpp:csi:0 inactive",
]);

/** A bound stream lives on behind it. */
function goesOn(element: Element): boolean {
  const [name, xmlns, { from }] = [element.getName(), element.getNS(), element.attrs];
  return stanzas.has(name) ? xmlns === "jabber:client" && from === undefined : elements.has(`${xmlns} ${name}`);
}

function isError(xml: Xml): boolean {
  return xml.is("error", streams);
}

/** RFC 6120 §5.4.2.2: that closes the stream, without an error. */
function noTls(xml: Xml): boolean {
  return xml.is("failure", "urn:ietf:params:xml:ns:xmpp-tls");
}

function conditionIn(error: Xml): string {
  return error.elements.find(({ name }) => name !== "text")?.name ?? "none";
}
