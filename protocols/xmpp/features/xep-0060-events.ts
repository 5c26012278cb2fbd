// XEP-0060 §7.1.2, §12: what happened to nodes, as messages to those who hear of it.
import { type Delivery, memoized, memoSlot, type NodeSignal } from "#core";
import { aboutForm, printForm } from "../data-form.ts";
import { ns } from "../namespaces.ts";
import { attribute } from "../print.ts";
import { configForm } from "../pubsub-form.ts";
import { pubsub } from "../pubsub-request.ts";
import type { XmppSession } from "../session.ts";
import { printItem } from "./xep-0060-items.ts";
import { printSubscription } from "./xep-0060-subscribe.ts";
import { delayed } from "./xep-0203-delay.ts";

const printed = memoSlot();

/** One message for each session, from the account or the service. */
export function deliverNode(session: XmppSession, { event }: Delivery): void {
  const signal = event as NodeSignal;
  session.send(messageOf(signal, session.jid, memoized(signal, printed, printEvent)));
}

export function messageOf(
  { owner, notificationType }: Pick<NodeSignal, "owner" | "notificationType">,
  to: string,
  inner: string,
): string {
  const type = notificationType === "normal" ? "" : ` type="${notificationType}"`;
  return `<message xmlns="${ns.client}"${attribute("from", owner)}${attribute("to", to)}${type}>${inner}</message>`;
}

export function printEvent({ node, news }: Pick<NodeSignal, "node" | "news">): string {
  const at = attribute("node", node);
  switch (news.what) {
    case "items": {
      const items = news.items.map(({ publisher, ...item }) => printItem({ ...item, publisher: news.publishers ? publisher : undefined })); // prettier-ignore
      const delay = news.late ? delayed(undefined, news.items[0]!.at) : "";
      return event(`<items${at}>${items.join("")}</items>`) + delay;
    }
    case "retracted":
      return event(`<items${at}>${news.ids.map((id) => `<retract${attribute("id", id)}/>`).join("")}</items>`);
    case "purged":
      return event(`<purge${at}/>`);
    case "deleted": {
      const redirect = news.redirect === undefined ? "" : `<redirect${attribute("uri", news.redirect)}/>`;
      return event(`<delete${at}>${redirect}</delete>`);
    }
    case "configured": {
      const form = news.config === undefined ? "" : printForm(configForm(news.config, "result"));
      return event(`<configuration${at}>${form}</configuration>`);
    }
    case "subscription":
      return event(printSubscription(node, { address: news.address, state: news.state ?? "none" }));
    case "affiliation":
      // §8.9.4
      return pubsub(`<affiliations${at}><affiliation${at} affiliation="${news.affiliation}"/></affiliations>`);
    case "request":
      return printRequest(node, news.subscription.address);
  }
}

export const authorizationForm = `${ns.pubsub}#subscribe_authorization`;

/** §8.6: an owner is asked whether somebody may subscribe. */
function printRequest(node: string, address: string): string {
  return printForm({
    type: "form",
    title: "Somebody wants to subscribe",
    fields: [
      aboutForm(authorizationForm),
      { var: "pubsub#node", type: "text-single", label: "Node", values: [node] },
      { var: "pubsub#subscriber_jid", type: "jid-single", label: "Who", values: [address] },
      { var: "pubsub#allow", type: "boolean", label: "Whether to let them in", values: ["0"] },
    ],
  });
}

function event(inner: string): string {
  return `<event xmlns="${ns.pubsubEvent}">${inner}</event>`;
}
