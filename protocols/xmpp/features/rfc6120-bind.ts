// RFC 6120 §7: resource binding, which begins the session.
import { randomBytes } from "node:crypto";
import { type Fault, opaqueString } from "#core";
import { deviceOf, isOwnResource } from "../addressing.ts";
import type { Element } from "../element.ts";
import { StanzaError, StreamError } from "../faults.ts";
import type { Feature } from "../feature.ts";
import { ns } from "../namespaces.ts";
import { escapeText } from "../print.ts";
import { XmppSession } from "../session.ts";
import type { Stream } from "../stream.ts";

export const bind: Feature = {
  spec: { id: "RFC 6120 §7", title: "Resource binding", status: "complete" },
  offer: (stream) => (stream.phase === "authenticated" ? `<bind xmlns="${ns.bind}"/>` : undefined),
  preliminaries: [{ phase: "authenticated", type: "set", name: "bind", xmlns: ns.bind, answer: bindResource }],
  iq: [
    {
      // §7.1: one resource a stream.
      type: "set",
      name: "bind",
      xmlns: ns.bind,
      to: ["own", "server"],
      answer: () => {
        throw new StanzaError("not-allowed", "bound already");
      },
    },
  ],
};

/** RFC 3921 §3: asked for by clients of old, and without effect (RFC 6121 appendix C). */
export const legacySession: Feature = {
  spec: { id: "RFC 3921 §3", title: "Session establishment", status: "complete" },
  offer: (stream) =>
    stream.phase === "authenticated" ? `<session xmlns="${ns.session}"><optional/></session>` : undefined,
  iq: [{ type: "set", name: "session", xmlns: ns.session, to: ["own", "server"], answer: () => undefined }],
};

async function bindResource(stream: Stream, payload: Element): Promise<string> {
  const asked = payload.getChildText("resource", ns.bind) ?? "";
  const chosen = asked === "" ? undefined : opaqueString(asked);
  if (asked !== "" && chosen === undefined) throw new StanzaError("bad-request", "not a resource"); // §7.7.2.1
  // §7.7.2.2 lets us give another: names of other protocols' devices are theirs.
  const resource = chosen !== undefined && isOwnResource(chosen) ? chosen : undefined;
  const session = await begin(stream, resource);
  return `<bind xmlns="${ns.bind}"><jid>${escapeText(session.jid)}</jid></bind>`;
}

/** A chosen resource is a device that is remembered; one that we make up is gone with its session. */
async function begin(stream: Stream, resource: string | undefined): Promise<XmppSession> {
  const { server } = stream;
  const { core } = server;
  let session: XmppSession | undefined;
  let early: Fault | undefined;
  const attached = await core.sessions.attach({
    user: stream.user!,
    device: deviceOf(resource ?? randomBytes(9).toString("base64url")),
    echo: "rooms",
    durable: false,
    rememberMs: resource === undefined ? 0 : server.settings.rememberMs,
    wake: () => session?.out.wake(),
    ended: (fault) => {
      early = fault;
      session?.ended(fault);
    },
  });
  session = new XmppSession(server, attached, stream, resource !== undefined);
  stream.bound(session);
  if (early !== undefined) session.ended(early);
  if (stream.over) {
    session.closed(stream);
    throw new StreamError("reset", "gone while binding");
  }
  for (const feature of server.dispatch.features) feature.begun?.(session);
  return session;
}
