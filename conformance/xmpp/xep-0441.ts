// XEP-0441: Message Archive Management Preferences.
import assert from "node:assert/strict";
import { ns } from "../clients/xmpp.ts";
import { offered } from "./offered.ts";
import { requirement } from "./requirement.ts";

describe("XEP-0441 Archive preferences", () => {
  requirement(
    "XEP-0441 §2.1",
    "The <prefs> element MUST be present and contain the current default archiving policy. The <always> and <never> MUST also be present (even if empty).",
    async (t) => {
      const romeo = await t.available(0);
      await offered(romeo, ns.mam, romeo.bare);

      const answer = await romeo.iq("get", `<prefs xmlns="${ns.mam}"/>`);

      const prefs = answer.child("prefs", ns.mam)!;
      assert.ok(["always", "never", "roster"].includes(prefs.attributes["default"]!));
      assert.ok(prefs.child("always") !== undefined && prefs.child("never") !== undefined);
    },
  );

  requirement(
    "XEP-0441 §2.1",
    "To update the preferences, the client can simply send an iq stanza with a type of 'set'; the server then replies with the applied preferences.",
    async (t) => {
      const romeo = await t.available(0);
      await offered(romeo, ns.mam, romeo.bare);
      const wanted = `<prefs xmlns="${ns.mam}" default="always"><always><jid>${t.bare(1)}</jid></always><never><jid>montague@example.org</jid></never></prefs>`;

      const answer = await romeo.iq("set", wanted);
      const read = await romeo.iq("get", `<prefs xmlns="${ns.mam}"/>`);
      await romeo.iq("set", `<prefs xmlns="${ns.mam}" default="always"><always/><never/></prefs>`);

      for (const prefs of [answer, read].map((each) => each.child("prefs", ns.mam)!)) {
        assert.equal(prefs.attributes["default"], "always");
        assert.deepEqual(
          prefs.child("always")!.elements.map((jid) => jid.text),
          [t.bare(1)],
        );
        assert.deepEqual(
          prefs.child("never")!.elements.map((jid) => jid.text),
          ["montague@example.org"],
        );
      }
    },
    { about: "set" },
  );
});
