// XEP-0115: what this server can do, as a hash that clients remember; theirs pass in their presence.
import { createHash } from "node:crypto";
import type { DataForm } from "../data-form.ts";
import { StanzaError } from "../faults.ts";
import type { Feature } from "../feature.ts";
import { ns } from "../namespaces.ts";
import type { XmppServer } from "../server.ts";
import { serverSlot } from "../server-slot.ts";
import { type Identity, serverFeatures, serverForms, serverIdentities } from "../server-info.ts";

/** Names this software; with `#` and the hash it is a node that may be asked about. */
const software = "urn:trivium:server";

export const capabilities: Feature = {
  spec: { id: "XEP-0115", title: "Entity Capabilities", version: "1.6.0", status: "complete" },
  disco: [ns.caps],
  offer: ({ phase, server }) =>
    phase === "fresh"
      ? undefined
      : `<c xmlns="${ns.caps}" hash="sha-1" node="${software}" ver="${versionOf(server)}"/>`,
};

const versionOf = serverSlot((server) => hashOf(serverIdentities, serverFeatures(server), serverForms(server)));

/** §6.2: the server answers about itself under that node, too. */
export function checkServerNode(server: XmppServer, node: string | undefined): void {
  if ((node ?? "") !== "" && node !== `${software}#${versionOf(server)}`)
    throw new StanzaError("item-not-found", "no such node");
}

/** §5.1. */
export function hashOf(
  identities: readonly Identity[],
  features: readonly string[],
  forms: readonly DataForm[],
): string {
  const who = identities
    .map(({ category, type, name, lang }) => `${category}/${type}/${lang ?? ""}/${name ?? ""}<`)
    .toSorted(byOctets);
  const can = [...new Set(features)].toSorted(byOctets).map((feature) => `${feature}<`);
  const said = forms
    .map((form) => {
      const about = form.fields.find((field) => field.var === "FORM_TYPE")?.values[0] ?? "";
      const fields = form.fields
        .filter((field) => field.var !== "FORM_TYPE")
        .toSorted((a, b) => byOctets(a.var, b.var))
        .map(
          (field) =>
            `${field.var}<${field.values
              .toSorted(byOctets)
              .map((value) => `${value}<`)
              .join("")}`,
        );
      return `${about}<${fields.join("")}`;
    })
    .toSorted(byOctets);
  return createHash("sha1")
    .update([...who, ...can, ...said].join(""))
    .digest("base64");
}

/** i;octet (RFC 4790 §9.3). */
function byOctets(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other));
}
