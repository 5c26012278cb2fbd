// RFC 6120 §6: SASL, before anything else.
import type { Element } from "../element.ts";
import type { Feature } from "../feature.ts";
import { ns } from "../namespaces.ts";
import { attemptOf, chosen, decode, encode, failAttempt } from "../sasl/attempt.ts";
import { type SaslExchange, SaslFailure } from "../sasl/exchange.ts";
import { offeredTo, peerOf } from "../sasl/offered.ts";
import type { Stream } from "../stream.ts";

export const sasl: Feature = {
  spec: { id: "RFC 6120 §6", title: "SASL negotiation", status: "complete" },
  offer: (stream) => {
    if (stream.phase !== "fresh") return undefined;
    const names = offeredTo(stream).map(({ name }) => `<mechanism>${name}</mechanism>`);
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

export const oauth: Feature = {
  spec: { id: "RFC 7628", title: "OAUTHBEARER", status: "complete", note: "JWT of configured keys, and our own" },
};

async function attempt(stream: Stream, step: () => Promise<void>): Promise<void> {
  try {
    await step();
  } catch (error) {
    if (!(error instanceof SaslFailure)) throw error;
    failAttempt(stream, () => stream.send(`<failure xmlns="${ns.sasl}"><${error.condition}/></failure>`));
  }
}

async function begin(stream: Stream, element: Element): Promise<void> {
  const mechanism = chosen(stream, element.attrs["mechanism"]);
  if (!stream.server.core.accounts.mayTry(stream.link.remote)) throw new SaslFailure("temporary-auth-failure");
  const exchange = mechanism.begin(stream.server.core, peerOf(stream));
  attemptOf(stream).exchange = exchange;
  const initial = element.getText();
  // §6.4.2: without an initial response the client is asked for it; "=" is an empty one.
  if (initial === "") return stream.send(`<challenge xmlns="${ns.sasl}"/>`);
  await step(stream, exchange, decode(initial === "=" ? "" : initial));
}

async function respond(stream: Stream, element: Element): Promise<void> {
  const { exchange } = attemptOf(stream);
  if (exchange === undefined) throw new SaslFailure("malformed-request");
  const text = element.getText();
  await step(stream, exchange, decode(text === "=" ? "" : text));
}

async function step(stream: Stream, exchange: SaslExchange, message: Buffer): Promise<void> {
  const next = await exchange.step(message);
  if (stream.over) return;
  if ("challenge" in next) return stream.send(`<challenge xmlns="${ns.sasl}">${encode(next.challenge)}</challenge>`);
  const data = encode(next.data ?? "");
  stream.send(data === "" ? `<success xmlns="${ns.sasl}"/>` : `<success xmlns="${ns.sasl}">${data}</success>`);
  attemptOf(stream).exchange = undefined;
  stream.authenticated(next.user, next.until);
  stream.restart();
}
