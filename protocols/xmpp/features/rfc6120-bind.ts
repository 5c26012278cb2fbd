// RFC 6120 §7: resource binding, which begins the session.
import { opaqueString } from "#core";
import { isOwnResource } from "../addressing.ts";
import { beginSession } from "../begin-session.ts";
import type { Element } from "../element.ts";
import { StanzaError } from "../faults.ts";
import type { Feature } from "../feature.ts";
import { ns } from "../namespaces.ts";
import { escapeText } from "../print.ts";
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
  const session = await beginSession(stream, { user: stream.user!, resource });
  return `<bind xmlns="${ns.bind}"><jid>${escapeText(session.jid)}</jid></bind>`;
}
