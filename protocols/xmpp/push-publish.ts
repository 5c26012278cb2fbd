// A notification on its way to a push service (XEP-0357 §6): a component, or a node of this server.
import { randomBytes, randomUUID } from "node:crypto";
import { type Envelope, faultFrom, type PushRegistration as Registration, type UserId } from "#core";
import { fullJid, parseJid } from "./addressing.ts";
import { stanzaOf } from "./component-xml.ts";
import { aboutForm, type FormField, printForm } from "./data-form.ts";
import { ns } from "./namespaces.ts";
import { attribute } from "./print.ts";
import { publishOptionsForm } from "./pubsub-form.ts";
import { pubsub, serviceDomain } from "./pubsub-request.ts";
import type { XmppServer } from "./server.ts";

/** `late`: it may be another time. `refused`: it will never be. */
export type Outcome = "sent" | "late" | "refused";

export interface Push {
  readonly user: UserId;
  readonly registration: Registration;
  /** Messages the client has not seen. */
  readonly count: number;
  readonly last: Envelope;
}

/** Before the id of such a question, which names the registration. */
export const questionPrefix = "push-";

export async function publishPush(server: XmppServer, push: Push): Promise<Outcome> {
  const { user, registration } = push;
  const to = parseJid(registration.jid);
  if (to === undefined) return "refused";
  const payload = notification(server, push);
  const porter = server.components.at(to.domain);
  if (porter !== undefined) {
    const id = `${questionPrefix}${registration.key}-${randomBytes(6).toString("base64url")}`;
    const about = ` type="set"${attribute("from", user)}${attribute("to", registration.jid)}${attribute("id", id)}`;
    const item = `<publish${attribute("node", registration.node)}><item>${payload}</item></publish>`;
    return porter.send(stanzaOf("iq", about, pubsub(item + optionsOf(registration)))) ? "sent" : "late";
  }
  const owner = to.local === "" ? to.domain : to.bare;
  if (owner !== serviceDomain(server) && to.domain !== server.host) return "refused"; // no federation
  try {
    await server.core.nodes.publish({ owner, name: registration.node }, user, [{ id: randomUUID(), payload }]);
    return "sent";
  } catch (error) {
    return faultFrom(error).code === "unavailable" ? "late" : "refused";
  }
}

/** §6: "it MAY be included to provide summarized information"; who and what only where the operator says so (§8). */
function notification({ settings }: XmppServer, { count, last }: Push): string {
  const { sender, body } = settings.push;
  const fields: FormField[] = [aboutForm(ns.pushSummary), { var: "message-count", values: [String(count)] }];
  if (sender) fields.push({ var: "last-message-sender", values: [fullJid(last.author, last.device)] });
  if (body && last.body !== undefined) fields.push({ var: "last-message-body", values: [last.body] });
  return `<notification xmlns="${ns.push}">${printForm({ type: "submit", fields })}</notification>`;
}

/** §6: "If additional data was provided when enabling the service, the publish request SHOULD include the data". */
function optionsOf({ options }: Registration): string {
  if (options.length === 0) return "";
  const fields = options.map(([name, values]) => ({ var: name, values }));
  const form = printForm({ type: "submit", fields: [aboutForm(publishOptionsForm), ...fields] });
  return `<publish-options>${form}</publish-options>`;
}
