// XEP-0157: whom to write to about this server.
import { aboutForm } from "../data-form.ts";
import type { Feature } from "../feature.ts";

const formType = "http://jabber.org/network/serverinfo";

export const contactAddresses: Feature = {
  spec: { id: "XEP-0157", title: "Contact Addresses for XMPP Services", version: "1.1.1", status: "complete" },
  discoForm: ({ settings }) => {
    const fields = Object.entries(settings.contactAddresses).flatMap(([role, addresses]) =>
      addresses.length === 0 ? [] : [{ var: `${role}-addresses`, type: "list-multi" as const, values: addresses }],
    );
    return fields.length === 0 ? undefined : { type: "result", fields: [aboutForm(formType), ...fields] };
  },
};
