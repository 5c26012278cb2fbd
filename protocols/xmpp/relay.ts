// Stanzas that are never stored, from one of our sessions to others of this front-end, on whichever node they are.
import type { DeviceId, UserId } from "#core";
import { frontendName } from "./deliver.ts";
import type { XmppSession } from "./session.ts";

/** What the receiving side makes a stanza of; `from` and `to` it knows by itself. */
export type Relayed =
  | {
      readonly kind: "message";
      readonly type?: string | undefined;
      readonly id?: string | undefined;
      readonly lang?: string | undefined;
      /** Who speaks, when it is not the sender's own address: a room's occupant. */
      readonly from?: string | undefined;
      /** For the account, and so only for clients that take messages to it. */
      readonly bare?: true | undefined;
      /** Not the message itself but a carbon of it (XEP-0280), and whom it was sent to. */
      readonly copy?: { readonly direction: "sent" | "received"; readonly to: string } | undefined;
    }
  | { readonly kind: "iq"; readonly type: string; readonly id: string; readonly from?: string | undefined }
  | {
      readonly kind: "presence";
      readonly type?: string | undefined;
      readonly id?: string | undefined;
      readonly lang?: string | undefined;
      /** Whose it is, when it is not the sender's: somebody's at a component, a contact's whose server answers for it. */
      readonly from?: string | undefined;
      readonly bare?: true | undefined;
    };

/** False when there is certainly nobody to hear it. */
export function relay(
  session: XmppSession,
  to: UserId,
  device: DeviceId | undefined,
  relayed: Relayed,
  inner: string,
): boolean {
  return session.server.core.signals.relay(session.core, frontendName, to, device, printRelay(relayed, inner));
}

export function printRelay(relayed: Relayed, inner: string): string {
  return `${JSON.stringify(relayed)}\n${inner}`;
}

export function readRelay(payload: string): { readonly relayed: Relayed; readonly inner: string } {
  const cut = payload.indexOf("\n");
  return { relayed: JSON.parse(payload.slice(0, cut)) as Relayed, inner: payload.slice(cut + 1) };
}
