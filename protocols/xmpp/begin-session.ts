// How a session begins: a resource becomes a device of the account, attached and fed (RFC 6120 §7, XEP-0386).
import { randomBytes } from "node:crypto";
import type { Fault, UserId } from "#core";
import { deviceOf } from "./addressing.ts";
import { StreamError } from "./faults.ts";
import { XmppSession } from "./session.ts";
import type { Stream } from "./stream.ts";

export interface Beginning {
  readonly user: UserId;
  /** What the account was proved with ends then, Unix milliseconds; where the stream does not know it yet. */
  readonly until?: number | undefined;
  /** A chosen resource is a device that is remembered; one that we make up is gone with its session. */
  readonly resource: string | undefined;
  /** What one that we make up begins with. */
  readonly prefix?: string | undefined;
  /** The session is on its stream, where nothing was said in it yet. */
  readonly greet?: (session: XmppSession) => void;
}

export async function beginSession(stream: Stream, beginning: Beginning): Promise<XmppSession> {
  const { server } = stream;
  const { user, resource, prefix = "", greet } = beginning;
  const { core } = server;
  const keep = resource !== undefined;
  let session: XmppSession | undefined;
  let early: Fault | undefined;
  const attached = await core.sessions.attach({
    user,
    until: stream.phase === "fresh" ? beginning.until : stream.until,
    device: deviceOf(resource ?? prefix + randomBytes(9).toString("base64url")),
    echo: "rooms",
    durable: false,
    rememberMs: keep ? server.settings.rememberMs : 0,
    wake: () => session?.out.wake(),
    ended: (fault) => {
      early = fault;
      session?.ended(fault);
    },
  });
  if (stream.phase === "fresh") stream.authenticated(user, beginning.until);
  session = new XmppSession(server, attached, stream, keep);
  stream.bound(session);
  if (early !== undefined) session.ended(early);
  if (stream.over) {
    session.closed(stream);
    throw new StreamError("reset", "gone while binding");
  }
  greet?.(session);
  for (const feature of server.dispatch.features) feature.begun?.(session);
  session.out.wake(); // it may have been woken before it was there
  return session;
}
