// XEP-0215: STUN and TURN servers beside this one, with credentials made for each client that asks.
import { createHmac } from "node:crypto";
import { StanzaError } from "../faults.ts";
import type { Feature, IqRequest } from "../feature.ts";
import { ns } from "../namespaces.ts";
import type { ExternalService } from "../options.ts";
import { attribute, stamp } from "../print.ts";
import type { XmppSession } from "../session.ts";

export const externalServices: Feature = {
  spec: { id: "XEP-0215", title: "External Service Discovery", version: "1.0.0", status: "complete" },
  disco: [ns.externalServices],
  iq: [
    { type: "get", name: "services", xmlns: ns.externalServices, to: ["server"], answer: services },
    { type: "get", name: "credentials", xmlns: ns.externalServices, to: ["server"], answer: credentials },
  ],
};

/** §3.1, §3.2: all of them, or those of one type. */
function services(session: XmppSession, { payload }: IqRequest): string {
  const { type } = payload.attrs;
  const asked = session.server.settings.externalServices.filter(
    (service) => type === undefined || service.type === type,
  );
  return `<services xmlns="${ns.externalServices}"${attribute("type", type)}>${asked.map((one) => print(session, one)).join("")}</services>`;
}

/** §3.3: for one that is known. */
function credentials(session: XmppSession, { payload }: IqRequest): string {
  const wanted = payload.getChild("service", ns.externalServices)?.attrs;
  if (wanted?.["host"] === undefined || wanted["type"] === undefined)
    throw new StanzaError("bad-request", "a service is a host and a type");
  const found = session.server.settings.externalServices.filter(
    ({ host, type, port }) =>
      host === wanted["host"] &&
      type === wanted["type"] &&
      (wanted["port"] === undefined || wanted["port"] === `${port}`),
  );
  if (found.length === 0) throw new StanzaError("item-not-found", "no such service");
  return `<credentials xmlns="${ns.externalServices}">${found.map((one) => print(session, one)).join("")}</credentials>`;
}

function print(session: XmppSession, service: ExternalService): string {
  const { host, port, type, transport } = service;
  const address = `${attribute("host", host)}${attribute("type", type)} port="${port}"${attribute("transport", transport)}`;
  if (service.secret === "") return `<service${address}/>`;
  return `<service${address}${secretFor(session, service)} restricted="true"/>`;
}

/** The TURN REST API's way: a name that says until when it holds, and an HMAC of it under the secret both servers know. */
function secretFor(session: XmppSession, { secret, ttlMs }: ExternalService): string {
  const until = session.server.core.clock.now() + ttlMs;
  const username = `${Math.floor(until / 1000)}:${session.user}`;
  const password = createHmac("sha1", secret).update(username).digest("base64");
  return `${attribute("username", username)}${attribute("password", password)} expires="${stamp(until)}"`;
}
