// A web site of one page: Converse.js as its package ships it, told where the server is, or nothing.
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createRequire } from "node:module";
import { dirname, extname, join, normalize } from "node:path";

const files = dirname(createRequire(import.meta.url).resolve("converse.js/dist/converse.js"));

const contentTypes: Readonly<Record<string, string>> = {
  ".css": "text/css",
  ".js": "text/javascript",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  // Or the browser compiles it only once it is there whole.
  ".wasm": "application/wasm",
};

export interface ConverseSite extends AsyncDisposable {
  readonly url: string;
}

/** `settings` as `converse.initialize` takes them, besides those that every page has. */
export async function startConverseSite(settings: object): Promise<ConverseSite> {
  const page = pageWith({ assets_path: "/dist/", i18n: "en", muc_nickname_from_jid: true, ...settings });
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    if (pathname === "/") return void response.setHeader("content-type", "text/html; charset=utf-8").end(page);
    const path = normalize(pathname);
    if (!path.startsWith("/dist/")) return void response.writeHead(204).end();
    readFile(join(files, path.slice("/dist/".length))).then(
      (bytes) =>
        response.setHeader("content-type", contentTypes[extname(path)] ?? "application/octet-stream").end(bytes),
      () => response.writeHead(404).end(),
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}/`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/** As the package's own quick start has it. */
function pageWith(settings: object): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <title>Converse</title>
    <link rel="stylesheet" href="/dist/converse.min.css">
    <script type="module" src="/dist/converse.min.js"></script>
  </head>
  <body>
    <script type="module">converse.initialize(${JSON.stringify(settings)});</script>
  </body>
</html>
`;
}
