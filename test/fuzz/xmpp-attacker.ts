// One stream after the other, each with mutants of which at most the last one ends it.
import assert from "node:assert/strict";
import { isUtf8 } from "node:buffer";
import { openXmpp, type XmppClient } from "../../conformance/clients/xmpp.ts";
import type { Xml } from "../../conformance/clients/xml.ts";
import { ns } from "../../conformance/clients/xmpp-namespaces.ts";
import type { Element } from "../../protocols/xmpp/element.ts";
import type { Random } from "./random.ts";
import { boundCorpus, freshCorpus } from "./xmpp-corpus.ts";
import { mutateXml, reword } from "./xmpp-mutations.ts";
import { limits, readingOf, type Transport } from "./xmpp-reader.ts";
import { judgeErrors, Tally } from "./xmpp-tally.ts";
import { beforeLogin, bindingError, goesOn, type Verdict, verdictOn, verdictOnAll } from "./xmpp-verdict.ts";

const [least, most] = [60, 240];
/** Longer than that, and the server hangs. */
export const patienceMs = 300_000;
/** What one request of BOSH may hold, with room for its wrapper. */
const mostBytes = 100_000;
/** What no XML may hold: whatever is unfinished ends with it (XML 1.0 §2.2). */
const nul = Buffer.from([0]);
/** Ids that no mutant has. */
const [probe, between] = ["fuzzer's probe", "fuzzer's pause"];

export interface XmppTarget {
  readonly transport: Transport;
  readonly url: string;
  readonly login: { readonly user: string; readonly password: string };
}

interface Burst {
  readonly harmless: readonly Buffer[];
  readonly last: Buffer;
  readonly verdict: Verdict;
  /** Of all, for when all are survived. */
  readonly tally: Tally;
}

export class XmppAttacker {
  readonly #target: XmppTarget;
  readonly #random: Random;
  readonly #account: string;

  constructor(target: XmppTarget, random: Random) {
    this.#target = target;
    this.#random = random;
    this.#account = `${target.login.user}@localhost`;
  }

  /** Resolves with how many mutants the server had to read. */
  async bound(): Promise<number> {
    const burst = this.#burst();
    const client = await openXmpp(this.#target.url);
    try {
      await client.login("localhost", this.#target.login);
      await client.bind();
      client.send(`<enable xmlns="${ns.sm}"/>`);
      await this.#send(client, burst);
      await this.#judge(client, burst);
      return burst.harmless.length + 1;
    } catch (error) {
      throw new Error(`${(error as Error).message}\n  ${this.#shown([...burst.harmless.slice(-2), burst.last])}`, {
        cause: error,
      });
    } finally {
      await client.drop();
    }
  }

  /** The same before login, where little is allowed. */
  async fresh(): Promise<number> {
    const { transport } = this.#target;
    const chunks: Buffer[] = [];
    let refusal: string | undefined;
    let whole = true;
    for (let left = 1 + this.#random.below(8); left > 0 && whole; left--) {
      const { bytes } = mutateXml(this.#random, freshCorpus);
      if (bytes.length === 0) continue;
      chunks.push(bytes);
      ({ refusal, whole } = readingOf(transport, bytes, limits.fresh));
    }
    if (!whole && refusal === undefined) {
      chunks.push(nul);
      ({ refusal } = readingOf(transport, Buffer.concat(chunks.slice(-2)), limits.fresh));
    }
    const client = await openXmpp(this.#target.url);
    try {
      await client.open("localhost");
      this.#push(client, chunks);
      // Before login this is `not-authorized`, whatever became of the rest.
      if (whole) client.send(ping(probe));
      const last = await client.take("a stream error", (xml) => isError(xml) || noTls(xml), patienceMs);
      judgeErrors(client.waiting);
      const allowed = new Set(beforeLogin);
      if (refusal !== undefined) allowed.add(transport === "bosh" ? bindingError(refusal) : refusal);
      if (isError(last)) await this.#ended(client, last, allowed);
      else await client.footer();
      return chunks.length;
    } catch (error) {
      throw new Error(`${(error as Error).message}\n  before login, ${this.#shown(chunks)}`, { cause: error });
    } finally {
      await client.drop();
    }
  }

  #burst(): Burst {
    const { transport } = this.#target;
    const harmless: Buffer[] = [];
    const tally = new Tally();
    const wanted = least + this.#random.below(most - least);
    for (let bytes = 0; harmless.length < wanted && bytes < mostBytes; bytes += harmless.at(-1)!.length) {
      const { chunk, element } = this.#harmless();
      harmless.push(chunk);
      tally.add(element);
    }
    let last: Buffer;
    // What has no text of its own would be no frame.
    do last = mutateXml(this.#random, boundCorpus).bytes;
    while (last.length === 0);
    let reading = readingOf(transport, last, limits.bound);
    if (!reading.whole && reading.refusal === undefined) {
      last = Buffer.concat([last, nul]);
      reading = readingOf(transport, last, limits.bound);
    }
    reading.elements.forEach((element) => tally.add(element));
    return { harmless, last, tally, verdict: verdictOnAll(reading, this.#account, transport) };
  }

  /** Such as are stanzas yet. */
  #harmless(): { readonly chunk: Buffer; readonly element: Element } {
    for (;;) {
      const { bytes: chunk } = this.#random.once(16)
        ? mutateXml(this.#random, boundCorpus)
        : reword(this.#random, boundCorpus);
      if (!isUtf8(chunk)) continue;
      const { elements, refusal } = readingOf("websocket", chunk, limits.bound);
      const [element] = elements;
      if (refusal === undefined && element !== undefined && verdictOn(element, this.#account) === goesOn)
        return { chunk, element };
    }
  }

  async #send(client: XmppClient, { harmless, last, verdict }: Burst): Promise<void> {
    this.#push(client, harmless);
    if (this.#target.transport === "bosh") {
      // What is refused is a whole request: one of its own.
      client.send(ping(between));
      await client.take("an answer", (xml) => xml.is("iq") && xml.attributes["id"] === between, patienceMs);
    }
    this.#push(client, [last]);
    // RFC 6120 §4.9.1.1: what follows the end is not read.
    if (verdict.has("")) client.send(ping(probe));
    if (verdict.has("")) client.send(`<r xmlns="${ns.sm}"/>`);
  }

  /** A frame is text: what is no UTF-8 is WebSocket's to refuse. A stream comes as it comes. */
  #push(client: XmppClient, chunks: readonly Buffer[]): void {
    if (this.#target.transport !== "tcp") for (const chunk of chunks) client.send(chunk.toString());
    else if (this.#random.once(4)) {
      const bytes = Buffer.concat(chunks);
      for (const piece of this.#random.cut(bytes, bytes.length > 20_000 ? 30_000 : 400)) client.send(piece);
    } else client.send(Buffer.concat(chunks));
  }

  /** The server answers what follows, or has said rightly why it does not. */
  async #judge(client: XmppClient, { verdict, tally }: Burst): Promise<void> {
    const stanzas = tally.stanzas + (this.#target.transport === "bosh" ? 2 : 1);
    const last = await client.take(
      "a count of stanzas or a stream error",
      (xml) => isError(xml) || (xml.is("a", ns.sm) && xml.attributes["h"] === String(stanzas)),
      patienceMs,
    );
    const heard = client.waiting;
    judgeErrors(heard);
    if (isError(last)) return this.#ended(client, last, verdict);
    assert.ok(verdict.has(""), `it goes on instead of <${[...verdict].join("|")}/>`);
    const answers = heard.filter((xml) => !isProbe(xml));
    assert.equal(heard.length - answers.length, 1, "the probe was not answered once");
    tally.judge(answers);
    // With all that came acknowledged nothing is waited for.
    client.send(`<a xmlns="${ns.sm}" h="${client.counted.length}"/>`);
    client.closeStream();
    await client.footer();
  }

  async #ended(client: XmppClient, error: Xml, verdict: Verdict): Promise<void> {
    const condition = error.elements.find(({ name }) => name !== "text")?.name ?? "none";
    assert.ok(verdict.has(condition), `<${condition}/> instead of <${[...verdict].join("|")}/>`);
    await client.footer();
    await client.closed(patienceMs);
    // RFC 6120 §4.9.1.1: nothing comes behind the error.
    assert.ok(!client.waiting.some(isError), "two stream errors");
  }

  #shown(chunks: readonly Buffer[]): string {
    return `${this.#target.transport}: ${Buffer.concat(chunks).toString("latin1").slice(-3_000)}`;
  }
}

function ping(id: string): string {
  return `<iq xmlns="jabber:client" type="get" id="${id}"><ping xmlns="urn:xmpp:ping"/></iq>`;
}

function isProbe(xml: Xml): boolean {
  return xml.is("iq", ns.client) && xml.attributes["id"] === probe;
}

function isError(xml: Xml): boolean {
  return xml.is("error", ns.streams);
}

/** RFC 6120 §5.4.2.2: that closes the stream, without an error. */
function noTls(xml: Xml): boolean {
  return xml.is("failure", ns.tls);
}
