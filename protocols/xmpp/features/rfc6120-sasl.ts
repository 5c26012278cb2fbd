// RFC 6120 §6: SASL, before anything else.
import type { Element } from "../element.ts";
import { StreamError } from "../faults.ts";
import type { Feature } from "../feature.ts";
import { ns } from "../namespaces.ts";
import { type Mechanism, mechanisms, type SaslExchange, SaslFailure } from "../sasl.ts";
import type { Stream } from "../stream.ts";

/** RFC 6120 §6.4.5 wants at least 2 retries and an end to them. */
const failuresAllowed = 5;

interface Attempt {
  exchange: SaslExchange | undefined;
  failures: number;
}

const attempts = new WeakMap<Stream, Attempt>();

export const sasl: Feature = {
  spec: { id: "RFC 6120 §6", title: "SASL negotiation", status: "complete" },
  offer: (stream) => {
    if (stream.phase !== "fresh") return undefined;
    const names = mechanisms
      .filter((mechanism) => offered(stream, mechanism))
      .map(({ name }) => `<mechanism>${name}</mechanism>`);
    return `<mechanisms xmlns="${ns.sasl}">${names.join("")}</mechanisms>`;
  },
  elements: [
    {
      name: "auth",
      xmlns: ns.sasl,
      phases: ["fresh"],
      handle: (stream, element) => attempt(stream, () => begin(stream, element)),
    },
    {
      name: "response",
      xmlns: ns.sasl,
      phases: ["fresh"],
      handle: (stream, element) => attempt(stream, () => respond(stream, element)),
    },
    {
      name: "abort",
      xmlns: ns.sasl,
      phases: ["fresh"],
      handle: (stream) =>
        attempt(stream, () => {
          throw new SaslFailure("aborted"); // §6.4.4
        }),
    },
  ],
};

/** RFC 6120 §5.4.3.3: an exchange begun before TLS does not go on within it. */
export function forgetAttempt(stream: Stream): void {
  stateOf(stream).exchange = undefined;
}

async function attempt(stream: Stream, step: () => Promise<void>): Promise<void> {
  const state = stateOf(stream);
  try {
    await step();
  } catch (error) {
    if (!(error instanceof SaslFailure)) throw error;
    state.exchange = undefined;
    if (stream.over) return;
    stream.send(`<failure xmlns="${ns.sasl}"><${error.condition}/></failure>`);
    if (++state.failures > failuresAllowed) throw new StreamError("policy-violation", "too many failed logins");
  }
}

async function begin(stream: Stream, element: Element): Promise<void> {
  const mechanism = mechanisms.find(({ name }) => name === element.attrs["mechanism"]);
  if (stream.mustEncrypt) throw new SaslFailure("encryption-required"); // §6.5.4
  if (mechanism === undefined) throw new SaslFailure("invalid-mechanism");
  if (!offered(stream, mechanism)) throw new SaslFailure(mechanism.plain ? "encryption-required" : "invalid-mechanism");
  if (!stream.server.core.accounts.mayTry(stream.link.remote)) throw new SaslFailure("temporary-auth-failure");
  const exchange = mechanism.begin(stream.server.core, {
    remote: stream.link.remote,
    certificate: stream.link.tls?.client,
  });
  stateOf(stream).exchange = exchange;
  const initial = element.getText();
  // §6.4.2: without an initial response the client is asked for it; "=" is an empty one.
  if (initial === "") return stream.send(`<challenge xmlns="${ns.sasl}"/>`);
  await step(stream, exchange, initial === "=" ? "" : decode(initial));
}

async function respond(stream: Stream, element: Element): Promise<void> {
  const { exchange } = stateOf(stream);
  if (exchange === undefined) throw new SaslFailure("malformed-request");
  const text = element.getText();
  await step(stream, exchange, text === "=" ? "" : decode(text));
}

async function step(stream: Stream, exchange: SaslExchange, message: string): Promise<void> {
  const next = await exchange.step(message);
  if (stream.over) return;
  if ("challenge" in next) return stream.send(`<challenge xmlns="${ns.sasl}">${encode(next.challenge)}</challenge>`);
  const data = next.data === undefined ? "" : encode(next.data);
  stream.send(data === "" ? `<success xmlns="${ns.sasl}"/>` : `<success xmlns="${ns.sasl}">${data}</success>`);
  attempts.delete(stream);
  stream.authenticated(next.user);
}

function stateOf(stream: Stream): Attempt {
  let state = attempts.get(stream);
  if (state === undefined) attempts.set(stream, (state = { exchange: undefined, failures: 0 }));
  return state;
}

/** RFC 6120 §13.8.3: a password in plain only where nobody listens. XEP-0178 §2: EXTERNAL to who shows a certificate of ours. */
function offered(stream: Stream, { name, plain }: Mechanism): boolean {
  const { client } = stream.link.tls ?? {};
  if (name === "EXTERNAL") return client !== undefined && stream.server.core.accounts.inCertificate(client).length > 0;
  return !plain || stream.link.secure;
}

const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** RFC 6120 §6.4.2, RFC 4648 §4: nothing but the alphabet, and the padding where it belongs. */
function decode(text: string): string {
  if (!base64.test(text)) throw new SaslFailure("incorrect-encoding");
  const bytes = Buffer.from(text, "base64");
  const message = bytes.toString("utf8");
  if (Buffer.byteLength(message) !== bytes.length || message.includes("\ufffd"))
    throw new SaslFailure("malformed-request");
  return message;
}

function encode(message: string): string {
  return Buffer.from(message, "utf8").toString("base64");
}
