// XEP-0054: vcard-temp.
import assert from "node:assert/strict";
import type { XmppClient } from "../clients/xmpp.ts";
import type { Xml } from "../clients/xml.ts";
import { offered } from "./offered.ts";
import { requirement } from "./requirement.ts";

const xmlns = "vcard-temp";
const get = (client: XmppClient, to?: string): Promise<Xml> => client.iq("get", `<vCard xmlns="${xmlns}"/>`, to);
const set = (client: XmppClient, inner: string, to?: string): Promise<Xml> =>
  client.iq("set", `<vCard xmlns="${xmlns}">${inner}</vCard>`, to);

describe("XEP-0054 vcard-temp", () => {
  requirement(
    "XEP-0054 §3.1",
    "A user may retrieve his or her own vCard by sending an IQ-get with no 'to' address; the server returns what was stored.",
    async (t) => {
      const romeo = await t.bound(0);
      await offered(romeo, xmlns);
      const word = t.word();

      const stored = await set(romeo, `<FN>${word}</FN><PHOTO><TYPE>image/png</TYPE><BINVAL>aGk=</BINVAL></PHOTO>`);
      const card = (await get(romeo)).child("vCard", xmlns);

      assert.equal(stored.attributes["type"], "result");
      assert.deepEqual([card?.childText("FN"), card?.deep("BINVAL")?.text], [word, "aGk="]);
    },
  );

  requirement(
    "XEP-0054 §3.3",
    "A user may view another user's vCard by sending an IQ-get to the other user's bare JID; the server answers on behalf of the account.",
    async (t) => {
      const [romeo, juliet] = [await t.bound(0), await t.bound(1)];
      await offered(romeo, xmlns);
      const word = t.word();
      await set(juliet, `<FN>${word}</FN>`);
      await juliet.end();

      const answer = await get(romeo, t.bare(1));

      assert.equal(answer.child("vCard", xmlns)?.childText("FN"), word);
      assert.equal(answer.attributes["from"], t.bare(1));
    },
  );

  requirement(
    "XEP-0054 §3.3",
    "If no vCard exists or the user does not exist, the server MUST return an error or an empty <vCard/>, and one is not told from the other.",
    async (t) => {
      const romeo = await t.bound(0);
      await offered(romeo, xmlns);

      const answer = await get(romeo, `${t.word()}@${t.domain}`);

      const card = answer.child("vCard", xmlns);
      assert.ok(answer.attributes["type"] === "error" || card?.elements.length === 0);
    },
    { about: "nobody" },
  );

  requirement(
    "XEP-0054 §3.2",
    "If a user attempts to perform an IQ-set on another user's vCard, the server MUST return a stanza error.",
    async (t) => {
      const romeo = await t.bound(0);
      await offered(romeo, xmlns);

      const answer = await set(romeo, "<FN>forged</FN>", t.bare(1));

      assert.equal(answer.attributes["type"], "error");
    },
  );
});
