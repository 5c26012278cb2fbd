// XEP-0198: both sides count, and a cut stream goes on where it was cut.
import { randomBytes } from "node:crypto";
import type { UserId } from "#core";
import type { Element } from "../element.ts";
import { StreamError } from "../faults.ts";
import type { Feature } from "../feature.ts";
import { ns } from "../namespaces.ts";
import { attribute } from "../print.ts";
import { StreamManagement } from "../stream-management.ts";
import type { XmppSession } from "../session.ts";
import type { Stream } from "../stream.ts";

export const streamManagement: Feature = {
  spec: { id: "XEP-0198", title: "Stream Management", version: "1.6.1", status: "complete" },
  offer: ({ phase, session }) =>
    phase !== "fresh" && session?.sm === undefined ? `<sm xmlns="${ns.sm}"><optional/></sm>` : undefined,
  inline: () => `<sm xmlns="${ns.sm}"/>`,
  inBind: {
    xmlns: ns.sm,
    begin: (session, request) => (request.is("enable", ns.sm) ? enabledFor(session, request) : ""),
  },
  elements: [
    // §3: who asks too early is told so, and the stream goes on.
    { name: "enable", xmlns: ns.sm, phases: ["fresh", "authenticated", "bound"], handle: enable },
    { name: "resume", xmlns: ns.sm, phases: ["fresh", "authenticated", "bound"], handle: resume },
    { name: "r", xmlns: ns.sm, phases: ["bound"], handle: (stream) => managed(stream).requested() },
    {
      name: "a",
      xmlns: ns.sm,
      phases: ["bound"],
      handle: (stream, element) => managed(stream).acknowledged(count(element)),
    },
  ],
};

function enable(stream: Stream, element: Element): void {
  const { session } = stream;
  if (session === undefined || session.sm !== undefined) return refuse(stream, "unexpected-request"); // §3
  stream.send(enabledFor(session, element));
}

/** Counting begins behind the answer that this returns. */
function enabledFor(session: XmppSession, element: Element): string {
  const { server } = session;
  const wants = element.attrs["resume"] === "true" || element.attrs["resume"] === "1";
  const resumeMs = wants ? resumeMsFor(element.attrs["max"], server.settings.resumeMs) : 0;
  const sm = new StreamManagement({
    id: randomBytes(18).toString("base64url"),
    resumeMs,
    received: session.inbound.begun,
  });
  if (sm.resumable) server.resumable.set(sm.id, session);
  const terms = sm.resumable ? ` id="${sm.id}" resume="true" max="${Math.ceil(resumeMs / 1000)}"` : "";
  session.sm = sm;
  return `<enabled xmlns="${ns.sm}"${terms}/>`;
}

/** §5: the same account goes on with its session over this stream. */
async function resume(stream: Stream, element: Element): Promise<void> {
  const { session, user } = stream;
  if (session !== undefined || user === undefined) return refuse(stream, "unexpected-request");
  const found = await resumption(stream, user, element);
  if (stream.over) return;
  if (found === undefined) {
    stream.send(failedFor("item-not-found", handledOf(stream, user, element)));
    return;
  }
  takeOver(found, stream, (resumed) => stream.send(resumed));
}

export interface Resumption {
  readonly session: XmppSession;
  /** Of our stanzas the client has so many. */
  readonly h: number;
}

/** The session that the client means, once all that came over its last stream is handled; undefined when there is none. */
export async function resumption(stream: Stream, user: UserId, element: Element): Promise<Resumption | undefined> {
  const session = stream.server.resumable.get(element.attrs["previd"] ?? "");
  // Another's session is as unknown as none.
  if (session === undefined || session.user !== user) return undefined;
  const h = count(element);
  // What came over the old stream and is on its way into the log counts, so it need not be sent again.
  await session.handledAll();
  return session.over || session.sm === undefined ? undefined : { session, h };
}

/** `say` tells the client, before anything else comes on its new stream. */
export function takeOver({ session, h }: Resumption, stream: Stream, say: (resumed: string) => void): void {
  const sm = session.sm!;
  session.resumeOn(stream);
  session.server.core.sessions.extend(session.core, stream.until); // by what it has logged in with now
  say(`<resumed xmlns="${ns.sm}"${attribute("previd", sm.id)} h="${sm.handled(session.inbound.done)}"/>`);
  sm.acknowledge(h, (place) => session.out.acknowledge(place));
  for (const xml of sm.again()) stream.send(xml);
  for (const feature of session.server.dispatch.features) feature.resumed?.(session);
  session.out.drain();
}

/** The client's wish in seconds, as far as we go along. */
function resumeMsFor(max: string | undefined, mostMs: number): number {
  const wished = Number.parseInt(max ?? "", 10);
  return Number.isNaN(wished) || wished <= 0 ? mostMs : Math.min(mostMs, wished * 1000);
}

function managed(stream: Stream): XmppSession {
  const { session } = stream;
  if (session?.sm === undefined) throw new StreamError("unsupported-stanza-type", "stream management is not enabled");
  return session;
}

const number = /^\d{1,10}$/;

function count(element: Element): number {
  const { h } = element.attrs;
  if (h === undefined || !number.test(h) || Number(h) >= 2 ** 32) throw new StreamError("bad-format", "not a count");
  return Number(h);
}

function refuse(stream: Stream, condition: RefusedFor): void {
  stream.send(failedFor(condition));
}

type RefusedFor = "unexpected-request" | "item-not-found";

/**
 * `h` where it is known. §5: "If the server recognizes the 'previd' as an earlier session that has timed out the server MAY also provide a
 * 'h' attribute indicating the number of stanzas received before the timeout."
 */
export function failedFor(condition: RefusedFor, h?: number): string {
  const handled = h === undefined ? "" : ` h="${h}"`;
  return `<failed xmlns="${ns.sm}"${handled}><${condition} xmlns="${ns.stanzaErrors}"/></failed>`;
}

/** Of a stream that cannot be resumed any more. */
export function handledOf({ server }: Stream, user: UserId, element: Element): number | undefined {
  return server.passed.handled(element.attrs["previd"] ?? "", user);
}
