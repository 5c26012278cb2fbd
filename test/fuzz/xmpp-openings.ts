// Mutated beginnings: a stream's header (RFC 6120 §4.7, RFC 7395 §3.4), a frame or a document each on a connection of its own; and
// BOSH's wrappers (XEP-0124 §6), of which a session takes several.
import assert from "node:assert/strict";
import { BoshSession, endOf } from "../../conformance/clients/bosh.ts";
import { openXmpp } from "../../conformance/clients/xmpp.ts";
import { ns } from "../../conformance/clients/xmpp-namespaces.ts";
import { readBody, type BoshBody } from "../../protocols/xmpp/transports/bosh-body.ts";
import { parseJid } from "../../protocols/xmpp/addressing.ts";
import type { Random } from "./random.ts";
import { conditionOf } from "./xmpp-codec.ts";
import { mutateXml } from "./xmpp-mutations.ts";
import { limits, readingOf } from "./xmpp-reader.ts";
import { patienceMs } from "./xmpp-attacker.ts";
import { bindingError, verdictOnOpening } from "./xmpp-verdict.ts";

const headers: Readonly<Record<"websocket" | "tcp", readonly string[]>> = {
  websocket: [`<open xmlns="${ns.framing}" to="localhost" version="1.0" xml:lang="en"/>`],
  tcp: [
    `<?xml version="1.0"?><stream:stream xmlns="${ns.client}" xmlns:stream="${ns.streams}" to="localhost" version="1.0">`,
    `<stream:stream to="localhost" from="alice@localhost" version="1.0" xmlns="${ns.client}" xmlns:stream="${ns.streams}" xml:lang="de">`,
  ],
};

/** Resolves with how many mutants the server had to read: one. */
export async function spoiltHeader(transport: "websocket" | "tcp", url: string, random: Random): Promise<number> {
  let { bytes } = mutateXml(random, headers[transport]);
  if (bytes.length === 0) return 0;
  let reading = readingOf(transport, bytes, limits.fresh, "");
  if (transport === "tcp" && reading.refusal === undefined && reading.elements.length === 0) {
    bytes = Buffer.concat([bytes, Buffer.from([0])]);
    reading = readingOf(transport, bytes, limits.fresh, "");
  }
  const verdict = verdictOnOpening(transport, reading);
  const client = await openXmpp(url);
  try {
    client.send(transport === "tcp" ? bytes : bytes.toString());
    if (transport === "websocket" && reading.elements.length === 0 && reading.refusal === undefined) return 1; // white space
    const answer = await client.take(
      "features or a stream error",
      (xml) => xml.is("features", ns.streams) || xml.is("error", ns.streams),
      patienceMs,
    );
    // What stands behind a good header is refused when its features are on their way.
    const opened = answer.is("features") && reading.refusal !== undefined && reading.elements.length > 0;
    if (opened) await client.take("a stream error", (xml) => xml.is("error", ns.streams), patienceMs);
    const said = answer.is("error") ? answer.elements.find(({ name }) => name !== "text")?.name : "";
    assert.ok(opened || verdict.has(said ?? "none"), `<${said}/> instead of <${[...verdict].join("|")}/>`);
    if (said !== "") await client.closed(patienceMs);
    return 1;
  } catch (error) {
    throw new Error(`${(error as Error).message}\n  ${transport}: ${bytes.toString("latin1").slice(0, 3_000)}`, {
      cause: error,
    });
  } finally {
    await client.drop();
  }
}

const most = 10;
const payloads = ["", ` type="terminate"`, ` pause="2"`, ` xmpp:restart="true" xmlns:xmpp="urn:xmpp:xbosh"`];

/** Wrappers up to the first that ends the session. */
export async function spoiltWrappers(url: string, random: Random): Promise<number> {
  const session = new BoshSession(url);
  // Who polls is answered at once.
  await session.create("localhost", `hold="0" wait="1"`);
  try {
    for (let sent = 1; ; sent++) {
      const { sid } = session;
      const body = `<body xmlns="${ns.httpBind}" rid="${session.rid + 1}" sid="${sid}"${random.pick(payloads)}><presence xmlns="${ns.client}"/></body>`;
      const { bytes } = mutateXml(random, [body]);
      const allowed = verdictOnWrapper(bytes, session);
      const answer = await session.post(bytes);
      const end = endOf(answer) ?? "";
      assert.equal(answer.status, 200);
      assert.ok(
        allowed.has(end),
        `“${end}” instead of “${[...allowed].join("|")}”: ${bytes.toString("latin1").slice(0, 3_000)}`,
      );
      // Nobody knows a session that has ended (XEP-0124 §17.2), and one goes on that was not meant.
      if (sent === most || end !== "" || answer.body.attributes["sid"] !== undefined) return sent;
      session.rid++;
    }
  } finally {
    session.cut();
  }
}

const endings = ["remote-stream-error", "policy-violation", "item-not-found", "terminate"];

function verdictOnWrapper(bytes: Buffer, { sid, rid }: BoshSession): ReadonlySet<string> {
  let body: BoshBody | undefined;
  const refusal = conditionOf(() => (body = readBody(bytes, limits.fresh)));
  if (body === undefined) return new Set([bindingError(refusal!)]);
  if (body.sid === undefined) {
    if (body.to === undefined || body.to === "") return new Set(["improper-addressing"]);
    return new Set(parseJid(body.to)?.bare === "localhost" ? ["", ...endings] : ["host-unknown"]);
  }
  if (body.sid !== sid) return new Set(["item-not-found"]);
  // §14.2: outside of the window; a stanza before login: §XEP-0206 §6.
  if (body.rid > rid + 2 || body.rid < rid) return new Set(["item-not-found"]);
  return new Set(["", ...endings]);
}
