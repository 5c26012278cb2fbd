// XEP-0388: SASL without a stream restart, and with what is wanted behind it in the same request.
import type { Element } from "../element.ts";
import { StreamError } from "../faults.ts";
import type { Feature } from "../feature.ts";
import { ns } from "../namespaces.ts";
import { escapeText } from "../print.ts";
import { attemptOf, chosen, decode, encode, failAttempt } from "../sasl/attempt.ts";
import { type SaslExchange, SaslFailure, type SaslStep } from "../sasl/exchange.ts";
import { offeredTo, peerOf } from "../sasl/offered.ts";
import { failed } from "../sasl/outcome.ts";
import { clientName, type UserAgent, userAgentIn } from "../sasl/user-agent.ts";
import type { Stream } from "../stream.ts";
import { mayStartTls } from "./rfc6120-starttls.ts";
import { bindWithin } from "./xep-0386-bind2.ts";
import { byToken, tokenFor } from "./xep-0484-fast.ts";
import { failedFor, handledOf, resumption, takeOver } from "./xep-0198-stream-management.ts";

export const extensibleSasl: Feature = {
  spec: {
    id: "XEP-0388",
    title: "Extensible SASL Profile",
    version: "1.0.4",
    status: "complete",
    note: "no mechanism here is followed by a task",
  },
  offer: (stream) => {
    // §3: "SASL2 MUST only be used by Clients or offered by Servers after TLS negotiation." Where there is none to be had,
    // nobody listens, or TLS ends before us.
    if (mayStartTls(stream)) return undefined;
    const names = stream.phase === "fresh" ? offeredTo(stream).map(({ name }) => `<mechanism>${name}</mechanism>`) : [];
    if (names.length === 0) return undefined; // §2.1: "MUST NOT be offered if not at least one mechanism can be provided"
    const inline = stream.server.dispatch.features.map((feature) => feature.inline?.(stream) ?? "");
    return `<authentication xmlns="${ns.sasl2}">${names.join("")}<inline>${inline.join("")}</inline></authentication>`;
  },
  elements: [
    { name: "authenticate", xmlns: ns.sasl2, phases: ["fresh", "authenticated", "bound"], handle: authenticate },
    {
      name: "response",
      xmlns: ns.sasl2,
      phases: ["fresh"],
      handle: (stream, element) => attempt(stream, () => respond(stream, element)),
    },
    {
      name: "abort",
      xmlns: ns.sasl2,
      phases: ["fresh"],
      handle: (stream) =>
        attempt(stream, () => {
          throw new SaslFailure("aborted"); // §3.5
        }),
    },
  ],
};

interface Request {
  readonly element: Element;
  readonly agent: UserAgent;
}

/** What was asked for in the exchange that is going on. */
const requests = new WeakMap<Stream, Request>();

function authenticate(stream: Stream, element: Element): Promise<void> {
  // §3.8: "any further <authenticate/> element MUST result in a stream error".
  if (stream.phase !== "fresh") throw new StreamError("policy-violation", "authenticated already");
  return attempt(stream, () => begin(stream, element));
}

async function attempt(stream: Stream, step: () => Promise<void>): Promise<void> {
  try {
    await step();
  } catch (error) {
    if (!(error instanceof SaslFailure)) throw error;
    stop(stream);
    // §2.6.2: "It MUST contain one of the SASL error codes from RFC 6120 Section 6.5."
    const why = `<${error.condition} xmlns="${ns.sasl}"/>`;
    failAttempt(stream, () => stream.send(`<failure xmlns="${ns.sasl2}">${why}</failure>`));
  }
}

async function begin(stream: Stream, element: Element): Promise<void> {
  const { core } = stream.server;
  if (mayStartTls(stream)) throw new SaslFailure("encryption-required");
  const agent = userAgentIn(element);
  const fast = byToken(stream, element, agent);
  const mechanism = fast === undefined ? chosen(stream, element.attrs["mechanism"]) : undefined;
  if (!core.accounts.mayTry(stream.link.remote)) throw new SaslFailure("temporary-auth-failure");
  const exchange = fast ?? mechanism!.begin(core, peerOf(stream));
  attemptOf(stream).exchange = exchange;
  requests.set(stream, { element, agent });
  stream.guard = nothingElse;
  const initial = element.getChild("initial-response", ns.sasl2);
  if (initial === undefined) return stream.send(`<challenge xmlns="${ns.sasl2}"/>`); // the mechanism wants one
  await step(stream, exchange, decode(initial.getText().trim()));
}

async function respond(stream: Stream, element: Element): Promise<void> {
  const { exchange } = attemptOf(stream);
  if (exchange === undefined || !requests.has(stream)) throw new SaslFailure("malformed-request");
  await step(stream, exchange, decode(element.getText().trim()));
}

/** §2.4: "Servers MUST disconnect Clients immediately if any other traffic is received." */
function nothingElse(element: Element): void {
  const name = element.getName();
  if (name !== "response" && name !== "abort") throw new StreamError("policy-violation", "in the middle of SASL");
  if (element.getNS() !== ns.sasl2) throw new StreamError("invalid-namespace", "of another profile");
}

function stop(stream: Stream): void {
  stream.guard = undefined;
  requests.delete(stream);
}

async function step(stream: Stream, exchange: SaslExchange, message: Buffer): Promise<void> {
  const next = await exchange.step(message);
  if (stream.over) return;
  if ("challenge" in next) return stream.send(`<challenge xmlns="${ns.sasl2}">${encode(next.challenge)}</challenge>`);
  // §3.4: who the stream is from, and who logs in, must be one.
  if (stream.claimed !== undefined && stream.claimed !== next.user) throw new SaslFailure("invalid-authzid");
  await succeed(stream, requests.get(stream)!, next);
}

type Proved = Extract<SaslStep, { readonly user: unknown }>;

async function succeed(stream: Stream, { element, agent }: Request, { user, until, data }: Proved): Promise<void> {
  const { server } = stream;
  const client = await clientName(server, user, agent).catch(failed);
  const token = await tokenFor(stream, element, { user, client, until, mechanism: element.attrs["mechanism"] });
  if (stream.over) return;
  const more = data === undefined ? "" : `<additional-data>${encode(data)}</additional-data>`;
  const greet = (identity: string, inner: string): void => {
    stop(stream);
    attemptOf(stream).exchange = undefined;
    const who = `<authorization-identifier>${escapeText(identity)}</authorization-identifier>`;
    stream.send(`<success xmlns="${ns.sasl2}">${more}${who}${inner}${token}</success>`);
    stream.announce(); // §2.6.1: "immediately followed by a <features> element"; "no stream restart occurs"
  };

  // XEP-0386 §3.2: a resumption "MUST be processed first by the server"; when it fails, a session begins.
  const resume = element.getChild("resume", ns.sm);
  const resumed = resume && (await resumption(stream, user, resume));
  if (stream.over) return;
  if (resumed !== undefined) {
    stream.authenticated(user, until);
    return takeOver(resumed, stream, (inner) => greet(resumed.session.jid, inner));
  }
  const missing = resume === undefined ? "" : failedFor("item-not-found", handledOf(stream, user, resume));
  const bind = element.getChild("bind", ns.bind2);
  if (bind !== undefined) {
    const greeted = (jid: string, bound: string): void => greet(jid, missing + bound);
    return bindWithin(stream, bind, { user, until, client, greet: greeted });
  }
  stream.authenticated(user, until);
  greet(user, missing);
}
