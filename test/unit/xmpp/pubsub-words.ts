// What clients say to services of nodes (XEP-0060).
export const pubsub = "http://jabber.org/protocol/pubsub";

export function publish(node: string, id: string, payload: string, options = ""): string {
  return `<pubsub xmlns="${pubsub}"><publish node="${node}"><item id="${id}">${payload}</item></publish>${options}</pubsub>`;
}

export function items(node: string, inner = ""): string {
  return `<pubsub xmlns="${pubsub}"><items node="${node}">${inner}</items></pubsub>`;
}

export function form(name: string, fields: Readonly<Record<string, string>>): string {
  const all = { FORM_TYPE: `${pubsub}#${name}`, ...fields };
  const printed = Object.entries(all).map(([key, value]) => `<field var="${key}"><value>${value}</value></field>`);
  return `<x xmlns="jabber:x:data" type="submit">${printed.join("")}</x>`;
}
