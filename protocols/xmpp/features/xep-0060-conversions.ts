// What is said in one place and read in another: nodes of accounts that older clients know under other names.
import type { NodePlace } from "#core";
import { avatarPublished, metadataNode } from "../avatars.ts";
import { bookmarksNode } from "../bookmarks.ts";
import type { XmppSession } from "../session.ts";
import { settingsPublished } from "./xep-0492-notification-settings.ts";

/** Something was published to an account's node by its owner. */
export type Conversion = (
  session: XmppSession,
  items: readonly { readonly id: string; readonly payload: string }[],
) => Promise<void>;

const conversions: ReadonlyMap<string, Conversion> = new Map<string, Conversion>([
  [metadataNode, avatarPublished], // XEP-0398 §4.1
  [bookmarksNode, settingsPublished], // XEP-0492
]);

export async function published(
  session: XmppSession,
  { owner, name }: NodePlace,
  items: Parameters<Conversion>[1],
): Promise<void> {
  if (owner === session.user) await conversions.get(name)?.(session, items);
}
