// What an operator's tools ask: is the process alive, may it get traffic, and its figures.
import type { IncomingMessage } from "node:http";
import type { FastifyInstance } from "fastify";
import { exposition } from "../ops/metrics.ts";
import type { Readiness } from "../ops/readiness.ts";

/** `refusalOf` says with which status figures are refused; undefined: they are shown. */
export function addHealthPages(
  app: FastifyInstance,
  readiness: () => Promise<Readiness>,
  refusalOf: (request: IncomingMessage) => 401 | 403 | undefined,
): void {
  // That the event loop turns is all that an answer says.
  app.get("/healthz", async () => ({ alive: true }));
  app.get("/readyz", async (_request, reply) => {
    const now = await readiness();
    return reply.code(now.ready ? 200 : 503).send(now);
  });
  app.get("/metrics", async (request, reply) => {
    const refusal = refusalOf(request.raw);
    if (refusal !== undefined) {
      if (refusal === 401) reply.header("www-authenticate", 'Bearer realm="metrics"'); // RFC 9110 §15.5.2
      return reply.code(refusal).send({ title: refusal === 401 ? "a token is asked for" : "not from there" });
    }
    const { contentType, body } = await exposition();
    return reply.type(contentType).send(body);
  });
}
