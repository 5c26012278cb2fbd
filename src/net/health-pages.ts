// What an operator's tools ask: is the process alive, may it get traffic, and its figures.
import type { FastifyInstance } from "fastify";
import { exposition } from "../ops/metrics.ts";
import type { Readiness } from "../ops/readiness.ts";

export function addHealthPages(app: FastifyInstance, readiness: () => Promise<Readiness>): void {
  // That the event loop turns is all that an answer says.
  app.get("/healthz", async () => ({ alive: true }));
  app.get("/readyz", async (_request, reply) => {
    const now = await readiness();
    return reply.code(now.ready ? 200 : 503).send(now);
  });
  app.get("/metrics", async (_request, reply) => {
    const { contentType, body } = await exposition();
    return reply.type(contentType).send(body);
  });
}
