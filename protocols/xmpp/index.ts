// The XMPP front-end.
import { type Core, Fault, type Frontend, type Link } from "#core";
import { StreamError } from "./faults.ts";
import { Dispatch } from "./dispatch.ts";
import { frontendName } from "./deliver.ts";
import type { Feature } from "./feature.ts";
import { features } from "./features.ts";
import { httpUpload } from "./features/xep-0363-http-upload.ts";
import { message } from "./features/rfc6121-message.ts";
import { presence } from "./features/rfc6121-presence.ts";
import { iqToAccount, iqToResource } from "./features/rfc6121-relayed.ts";
import { boshPath, hostMetaPages, webSocketPath } from "./features/xep-0156-host-meta.ts";
import type { XmppOptions } from "./options.ts";
import { XmppServer } from "./server.ts";
import { Bosh } from "./transports/bosh.ts";
import { acceptComponent } from "./transports/component.ts";
import { acceptTcp } from "./transports/tcp.ts";
import { acceptWebSocket, maxFrameFor } from "./transports/websocket.ts";

export type { ComponentOptions, XmppOptions } from "./options.ts";

export function createXmpp(core: Core, options: XmppOptions = {}): Frontend {
  const dispatch = new Dispatch(offeredOver(core), { message, presence, iqToResource, iqToAccount });
  const server = new XmppServer(core, options, dispatch);
  const bosh = new Bosh(server);
  return {
    name: frontendName,
    webSockets: [
      {
        path: webSocketPath,
        subprotocols: ["xmpp"],
        maxFrame: maxFrameFor(server.settings.stanzaBytes),
        accept: (link) => acceptWebSocket(server, link),
      },
    ],
    posts: [
      {
        path: boshPath,
        maxBody: maxFrameFor(server.settings.stanzaBytes),
        handle: bosh.handle,
        accept: bosh.accept,
      },
    ],
    tcp: [
      { name: "xmpp", alpn: ["xmpp-client"], startTls: true, accept: (link) => acceptTcp(server, link) },
      ...(server.components.none ? [] : [{ name: "component", accept: (link: Link) => acceptComponent(server, link) }]),
    ],
    http: hostMetaPages,
    drain: (deadlineMs) => drain(server, deadlineMs),
  };
}

/** Where no files are kept, none are offered a place. */
function offeredOver(core: Core): readonly Feature[] {
  return core.uploads === undefined ? features.filter((feature) => feature !== httpUpload) : features;
}

/** RFC 6120 §4.9.3.20: the server is going down; clients come back by themselves. */
async function drain(server: XmppServer, deadlineMs: number): Promise<void> {
  server.stop();
  for (const stream of [...server.streams])
    stream.end(new Fault("draining", "the server is going down", { ends: "connection" }));
  // Those that wait to be resumed cannot be, here.
  for (const session of [...server.sessions]) session.drop();
  for (const link of [...server.componentLinks])
    link.end(new StreamError("system-shutdown", "the server is going down"));
  await Promise.all([server.components.stop(), server.push.stop()]);
  const { clock } = server.core;
  const until = clock.now() + deadlineMs;
  while (server.streams.size + server.componentLinks.size > 0 && clock.now() < until)
    await new Promise<void>((resolve) => clock.after(20, resolve));
  for (const stream of server.streams) stream.link.destroy();
  for (const link of server.componentLinks) link.cut();
}
