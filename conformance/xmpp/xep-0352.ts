// XEP-0352: Client State Indication.
import assert from "node:assert/strict";
import { NotOffered } from "../requirement.ts";
import type { XmppClient } from "../clients/xmpp.ts";
import type { XmppKit } from "../xmpp-kit.ts";
import { requirement } from "./requirement.ts";

const csi = "urn:xmpp:csi:0";

/** Romeo, asleep, who sees Juliet. */
async function asleep(t: XmppKit): Promise<[romeo: XmppClient, juliet: XmppClient]> {
  const [romeo, juliet] = [await t.available(0), await t.available(1)];
  if (romeo.features.child("csi", csi) === undefined) throw new NotOffered("not offered: client state indication");
  await t.befriend(romeo, juliet);
  await romeo.presence(juliet.jid);
  romeo.send(`<inactive xmlns="${csi}"/>`);
  await romeo.ping();
  return [romeo, juliet];
}

const away = (status: string): string =>
  `<presence xmlns="jabber:client"><show>away</show><status>${status}</status></presence>`;

describe("XEP-0352 Client State Indication", () => {
  requirement(
    "XEP-0352 §4",
    "A server supporting CSI MUST advertise the feature after authentication; <inactive/> and <active/> are not answered, and the stream goes on.",
    async (t) => {
      const [romeo, juliet] = await asleep(t);
      romeo.send(`<active xmlns="${csi}"/>`);

      await romeo.ping();
      await t.estrange(romeo, juliet);
    },
  );

  requirement(
    "XEP-0352 §5",
    "A message that matters reaches an inactive client at once, and what was held back before it comes before it.",
    async (t) => {
      const [romeo, juliet] = await asleep(t);
      const [status, word] = [t.word(), t.word()];

      juliet.send(away(t.word()));
      juliet.send(away(status));
      juliet.send(`<message xmlns="jabber:client" type="chat" to="${romeo.bare}"><body>${word}</body></message>`);

      await romeo.message(word);
      const seen = romeo.waiting.filter((xml) => xml.is("presence") && xml.attributes["from"] === juliet.jid);
      assert.equal(seen.at(-1)?.childText("status"), status);
      await t.estrange(romeo, juliet);
    },
  );

  requirement(
    "XEP-0352 §5",
    "Presence changes of an inactive client's contacts may be suppressed until it is active again; then it has the latest.",
    async (t) => {
      const [romeo, juliet] = await asleep(t);
      const [first, second] = [t.word(), t.word()];
      juliet.send(away(first));
      juliet.send(away(second));
      await juliet.ping();
      await romeo.ping();

      romeo.send(`<active xmlns="${csi}"/>`);

      await romeo.take(
        "the latest presence",
        (xml) => xml.is("presence") && xml.attributes["from"] === juliet.jid && xml.childText("status") === second,
      );
      await t.estrange(romeo, juliet);
    },
    { about: "presence" },
  );
});
