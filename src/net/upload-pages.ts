// Files by HTTP (XEP-0363 in XMPP, `upload` in JSON): PUT by who has the slot's URL, GET by who has the file's.
import type { Readable } from "node:stream";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { type UploadClaim, uploadPath } from "../model/upload.ts";
import { type UploadShelf, WrongSize } from "./upload-shelf.ts";

export interface UploadPages {
  readonly shelf: UploadShelf;
  readonly maxBytes: number;
  /** Whether a slot with just these terms was given, and may still be filled. */
  admits(claim: UploadClaim): boolean;
}

interface Place {
  readonly Params: { readonly token: string; readonly name: string };
  readonly Querystring: Readonly<Record<string, string | undefined>>;
}

/** What a browser may show by itself: nothing in it can run. Everything else is offered for saving. */
const harmless = /^(?:image\/(?:png|jpeg|gif|webp|avif|bmp)|audio\/[a-z0-9.+-]+|video\/[a-z0-9.+-]+|text\/plain)$/;

export async function addUploadPages(app: FastifyInstance, pages: UploadPages): Promise<void> {
  const path = `${uploadPath}/:token/:name`;
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    // The body goes to disk as it comes.
    scope.addContentTypeParser("*", (_request, body, done) => done(null, body));
    scope.addHook("onRequest", async (_request, reply) => {
      // Web clients of any origin: the URL is the permission (XEP-0363 §6).
      reply.header("access-control-allow-origin", "*");
    });
    scope.options("/upload/:token/:name", (_request, reply) =>
      reply
        .header("access-control-allow-methods", "OPTIONS, HEAD, GET, PUT")
        .header("access-control-allow-headers", "Content-Type, Authorization, Expires, Cookie")
        .header("access-control-max-age", "86400")
        .code(204)
        .send(),
    );
    scope.put<Place>(path, { bodyLimit: pages.maxBytes }, (request, reply) => put(pages, request, reply));
    scope.get<Place>(path, (request, reply) => get(pages, request, reply));
  });
}

async function put(pages: UploadPages, request: FastifyRequest<Place>, reply: FastifyReply): Promise<FastifyReply> {
  const { token, name } = request.params;
  const { bytes, type, until, signature } = request.query;
  if (bytes === undefined || type === undefined || until === undefined || signature === undefined)
    return reply.code(403).send();
  const claim = { token, name, bytes: Number(bytes), type, until: Number(until), signature };
  if (!pages.admits(claim)) return reply.code(403).send();
  const length = request.headers["content-length"];
  if (length !== undefined && Number(length) !== claim.bytes) return refuse(reply, 413);
  try {
    const stored = await pages.shelf.put(token, claim, (request.body as Readable | undefined) ?? request.raw);
    return await reply.code(stored ? 201 : 409).send();
  } catch (error) {
    if (error instanceof WrongSize) return refuse(reply, 413);
    throw error;
  }
}

/** What else comes on the connection is not listened to. */
function refuse(reply: FastifyReply, status: number): FastifyReply {
  return reply.code(status).header("connection", "close").send();
}

async function get({ shelf }: UploadPages, request: FastifyRequest<Place>, reply: FastifyReply): Promise<FastifyReply> {
  const { token, name } = request.params;
  const file = await shelf.get(token);
  if (file === undefined || file.name !== name) return reply.code(404).send();
  const shown = harmless.test(file.type);
  reply
    .header("content-type", shown ? file.type : "application/octet-stream")
    .header("content-length", file.bytes)
    .header("content-disposition", `${shown ? "inline" : "attachment"}; filename*=UTF-8''${rfc5987(file.name)}`)
    .header("content-security-policy", "default-src 'none'; frame-ancestors 'none'; sandbox")
    .header("cross-origin-resource-policy", "cross-origin")
    .header("cache-control", "private, max-age=31536000, immutable");
  return reply.send(file.open());
}

/** RFC 8187 §3.2. */
function rfc5987(name: string): string {
  return encodeURIComponent(name).replace(/['()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}
