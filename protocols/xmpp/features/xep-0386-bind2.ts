// XEP-0386: a resource bound within SASL2, with all that a session usually begins with.
import { Fault, opaqueString, type UserId } from "#core";
import { metadataFor } from "../archive-metadata.ts";
import { archivedOf } from "../archive-preferences.ts";
import { availabilityOf } from "../availability.ts";
import { isOwnResource } from "../addressing.ts";
import { beginSession } from "../begin-session.ts";
import { childrenOf, type Element } from "../element.ts";
import type { Feature } from "../feature.ts";
import { ns } from "../namespaces.ts";
import { failed } from "../sasl/outcome.ts";
import { serverSlot } from "../server-slot.ts";
import type { XmppSession } from "../session.ts";
import { slot } from "../slot.ts";
import type { Stream } from "../stream.ts";

export const bindTwo: Feature = {
  spec: { id: "XEP-0386", title: "Bind 2", version: "1.0.0", status: "complete" },
  inline: ({ server }) => inlineOf(server),
  ended: (session) => {
    const { client } = clientOf(session);
    const known = sessionsOf(session.server);
    if (client !== undefined && known.get(client) === session) known.delete(client);
  },
};

/** The same for every stream: each is offered it. */
const inlineOf = serverSlot((server) => {
  const within = server.dispatch.features.flatMap(({ inBind }) => inBind ?? []);
  const features = within.map(({ xmlns }) => `<feature var="${xmlns}"/>`);
  return `<bind xmlns="${ns.bind2}"><inline>${features.join("")}</inline></bind>`;
});

interface Client {
  /** Under its account; undefined when it did not say which it is. */
  client: string | undefined;
  /** It was told of the archive, and has not asked for any of it. */
  fetches: boolean;
}

const clientOf = slot<Client>(() => ({ client: undefined, fetches: false }));

/**
 * §3.2: "Clear the offline messages for this user, if any, without sending them (as they will be provided by MAM)." They are
 * kept until the client turns to its archive, since one that never does is owed them all the same (PROMISE P4); from then on
 * nothing that the archive holds is sent again.
 */
export async function turnsToArchive(session: XmppSession): Promise<void> {
  const state = clientOf(session);
  if (!state.fetches) return;
  state.fetches = false;
  const { server, user, core } = session;
  if (!availabilityOf(session).inbox) await server.core.conversations.passOver(core, await archivedOf(server, user));
}

/** By account and client. */
const sessionsOf = serverSlot(() => new Map<string, XmppSession>());

export interface Binding {
  readonly user: UserId;
  readonly until: number | undefined;
  /** The client's name among the account's, when it said who it is. */
  readonly client: string | undefined;
  /** Says success, with this in it. */
  readonly greet: (jid: string, bound: string) => void;
}

export async function bindWithin(stream: Stream, request: Element, binding: Binding): Promise<void> {
  const { server } = stream;
  const { user, until, client, greet } = binding;
  const tag = tagIn(request);
  // Before it is bound: what comes between is in the archive and is sent, rather than neither.
  const metadata = await metadataFor({ server, user }).catch(failed);
  let greeted = false;
  const beginning = {
    user,
    until,
    // §3.2.1: "[client tag]/[server generated identifier]", which stays the same for the same client.
    resource: client === undefined ? undefined : `${tag}${client}`,
    prefix: tag,
    greet: (session: XmppSession): void => {
      greeted = true;
      clientOf(session).fetches = true;
      const enabled = enableIn(session, request);
      greet(session.jid, `<bound xmlns="${ns.bind2}">${metadata}${enabled}</bound>`);
    },
  };
  try {
    const session = await beginSession(stream, beginning);
    replaceEarlier(session, client);
  } catch (error) {
    if (greeted || !(error instanceof Fault) || error.ends === "connection") throw error;
    failed(error);
  }
}

/** §3.2: what a session is to begin with; each once, and what nobody knows is passed by. */
function enableIn(session: XmppSession, request: Element): string {
  let answers = "";
  const asked = childrenOf(request);
  for (const { inBind } of session.server.dispatch.features) {
    const wanted = inBind && asked.find((child) => child.getNS() === inBind.xmlns);
    if (inBind !== undefined && wanted !== undefined) answers += inBind.begin(session, wanted);
  }
  return answers;
}

/** §3.2: the server "SHOULD terminate any earlier sessions from the same client", which may have had another tag. */
function replaceEarlier(session: XmppSession, client: string | undefined): void {
  if (client === undefined || session.over) return;
  const known = sessionsOf(session.server);
  const key = `${session.user} ${client}`;
  const before = known.get(key);
  known.set(key, session);
  clientOf(session).client = key;
  before?.ended(new Fault("session-replaced", "the same client bound anew", { ends: "connection" }));
}

/** Behind the slash a resource has a name of ours. */
const longestTag = 500;

/** The client's own word for itself, as the beginning of a resource; empty when it said none that can be one. */
function tagIn(request: Element): string {
  const said = request.getChildText("tag", ns.bind2)?.trim() ?? "";
  const tag = said === "" || said.length > longestTag ? undefined : opaqueString(said);
  return tag === undefined || !isOwnResource(tag) ? "" : `${tag}/`;
}
