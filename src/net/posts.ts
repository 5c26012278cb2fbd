// Requests that a front-end answers in its own time: BOSH's way of being a connection.
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { HttpExchange, HttpReply, PostEndpoint } from "../frontend.ts";
import { originAllowed } from "./origin.ts";
import { readPost, type Post } from "./read-post.ts";
import type { Arrival } from "./socket-link.ts";

export interface PostsOptions {
  readonly posts: readonly PostEndpoint[];
  /** See `originAllowed`. */
  readonly origins: readonly string[];
  readonly arrivalOf: (request: FastifyRequest) => Arrival | undefined;
}

export async function addPosts(app: FastifyInstance, { posts, origins, arrivalOf }: PostsOptions): Promise<void> {
  // A scope of its own: only here every content type is bytes.
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", ({ routeOptions }, stream, done) => readPost(stream, routeOptions.bodyLimit, done));
    scope.addHook("onRequest", async (request, reply) => {
      const { origin, host } = request.headers;
      if (!originAllowed(origin, host, origins)) return reply.code(403).send();
      if (origin !== undefined) reply.header("access-control-allow-origin", origin).header("vary", "Origin");
      return undefined;
    });
    for (const { path, maxBody, handle, accept } of posts) {
      scope.options(path, (_request, reply) =>
        reply
          .header("access-control-allow-methods", "POST, OPTIONS")
          .header("access-control-allow-headers", "Content-Type")
          .header("access-control-max-age", "7200")
          .code(204)
          .send(),
      );
      scope.post(path, { bodyLimit: maxBody }, (request, reply) => {
        const arrival = arrivalOf(request);
        if (arrival === undefined) return void reply.code(503).send();
        handle(new Exchange(request, reply, arrival), accept);
      });
    }
  });
}

class Exchange implements HttpExchange {
  readonly remote: string;
  readonly secure: boolean;
  readonly tls: Arrival["tls"];
  readonly body: Buffer;
  readonly truncated: boolean;
  readonly #reply: FastifyReply;

  constructor(request: FastifyRequest, reply: FastifyReply, { remote, secure, tls }: Arrival) {
    this.remote = remote;
    this.secure = secure;
    this.tls = tls;
    const { bytes, truncated } = (request.body as Post | undefined) ?? { bytes: Buffer.alloc(0), truncated: false };
    this.body = bytes;
    this.truncated = truncated;
    this.#reply = reply;
  }

  answer({ status, contentType, body }: HttpReply, sent?: (whole: boolean) => void): void {
    const { raw } = this.#reply;
    if (raw.destroyed) return sent?.(false);
    if (sent !== undefined) raw.once("close", () => sent(raw.writableFinished));
    this.#reply.code(status).type(contentType).send(body);
  }

  onGone(gone: () => void): void {
    const { raw } = this.#reply;
    raw.once("close", () => {
      if (!raw.writableFinished) gone();
    });
  }
}
