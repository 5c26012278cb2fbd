// What checks of XEP-0060 and XEP-0163 say and look for: requests, forms, notifications, and the conditions of refusals.
import assert from "node:assert/strict";
import { conditionOf, ns, type XmppClient } from "./clients/xmpp.ts";
import type { Xml } from "./clients/xml.ts";
import { declares } from "./disco-kit.ts";

export const pubsub = "http://jabber.org/protocol/pubsub";
export const pubsubOwner = `${pubsub}#owner`;
export const pubsubErrors = `${pubsub}#errors`;
export const pubsubEvent = `${pubsub}#event`;

/** Requests to one service, or to the client's own account. */
export class Service {
  readonly #at: string | undefined;

  constructor(at: string | undefined) {
    this.#at = at;
  }

  get(client: XmppClient, inner: string, xmlns = pubsub): Promise<Xml> {
    return client.iq("get", `<pubsub xmlns="${xmlns}">${inner}</pubsub>`, this.#at);
  }

  set(client: XmppClient, inner: string, xmlns = pubsub): Promise<Xml> {
    return client.iq("set", `<pubsub xmlns="${xmlns}">${inner}</pubsub>`, this.#at);
  }

  publish(client: XmppClient, node: string, id: string, options = ""): Promise<Xml> {
    return this.set(client, `<publish node="${node}"><item id="${id}">${payload}</item></publish>${options}`);
  }

  async create(client: XmppClient, node: string, config: Readonly<Record<string, string>> = {}): Promise<Xml> {
    const configure = Object.keys(config).length === 0 ? "" : `<configure>${form("node_config", config)}</configure>`;
    const answer = await this.set(client, `<create node="${node}"/>${configure}`);
    assert.equal(answer.attributes["type"], "result", `no node was created: ${String(answer)}`);
    return answer;
  }

  subscribe(client: XmppClient, node: string): Promise<Xml> {
    return this.set(client, `<subscribe node="${node}" jid="${client.bare}"/>`);
  }

  items(client: XmppClient, node: string, inner = "", attributes = ""): Promise<Xml> {
    return this.get(client, `<items node="${node}"${attributes}>${inner}</items>`);
  }
}

export const payload = `<entry xmlns="http://www.w3.org/2005/Atom"><title>Soliloquy</title></entry>`;

export function form(about: string, fields: Readonly<Record<string, string>>): string {
  const lines = Object.entries(fields).map(
    ([name, value]) => `<field var="pubsub#${name}"><value>${value}</value></field>`,
  );
  return `<x xmlns="jabber:x:data" type="submit"><field var="FORM_TYPE" type="hidden"><value>${pubsub}#${about}</value></field>${lines.join("")}</x>`;
}

export function options(fields: Readonly<Record<string, string>>): string {
  return `<publish-options>${form("publish-options", fields)}</publish-options>`;
}

/** The ids of a result's items, in its order. */
export function idsOf(answer: Xml): readonly (string | undefined)[] {
  return (answer.deep("items")?.elements ?? []).map((item) => item.attributes["id"]);
}

/** Refused with that condition, and with the detail of XEP-0060 where one is named. */
export function refused(answer: Xml, condition: string, detail?: string): void {
  assert.equal(answer.attributes["type"], "error", String(answer));
  assert.equal(conditionOf(answer), condition);
  if (detail !== undefined)
    assert.ok(answer.child("error")?.child(detail, pubsubErrors) !== undefined, `no ${detail} in ${String(answer)}`);
}

export function succeeded(answer: Xml): void {
  assert.equal(answer.attributes["type"], "result", String(answer));
}

/** The next notification about the node that holds such an element. */
export function news(client: XmppClient, node: string, element = "item"): Promise<Xml> {
  return client.take(`news of ${node}`, (xml) => {
    const event = xml.is("message", ns.client) ? xml.child("event", pubsubEvent) : undefined;
    const about = event?.elements[0];
    return about?.attributes["node"] === node && (about.name === element || about.child(element) !== undefined);
  });
}

/** Becomes available as a client that wants to hear of these nodes, and says so when it is asked (XEP-0115). */
export async function interested(client: XmppClient, ...nodes: readonly string[]): Promise<void> {
  await declares(client, ...nodes.map((node) => `${node}+notify`));
}
