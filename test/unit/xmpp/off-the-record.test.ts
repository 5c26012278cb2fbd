import assert from "node:assert/strict";
import { scene } from "./scene.ts";

const archive = (inner = ""): string =>
  `<query xmlns="urn:xmpp:mam:2"><set xmlns="http://jabber.org/protocol/rsm">${inner}</set></query>`;

describe("a message its sender wants in no archive (XEP-0334 §4.1)", () => {
  const at = scene();

  it("is delivered, and passed over in the archive, whose pages go on behind it", async () => {
    at.romeo.chat(at.julia.bare, "before");
    at.romeo.chat(at.julia.bare, "secret", `<no-permanent-store xmlns="urn:xmpp:hints"/>`);
    at.romeo.chat(at.julia.bare, "<no-permanent-store/>".replaceAll("<", "&lt;"), `<store xmlns="urn:xmpp:hints"/>`);
    await at.julia.hears("before");
    await at.julia.hears("secret");
    await at.julia.hears("<no-permanent-store/>");

    const found: string[] = [];
    for (let after = "", pages = 0; pages < 5; pages++) {
      const fin = await at.julia.ask("set", archive(`<max>1</max>${after}`));
      const last = fin.getChild("fin")!.getChild("set")!.getChildText("last");
      found.push(...at.julia.wire.rest().filter((xml) => xml.includes("urn:xmpp:mam:2")));
      if (fin.getChild("fin")!.attrs["complete"] === "true") break;
      after = `<after>${last}</after>`;
    }

    assert.equal(found.length, 2);
    assert.ok(!found.join("").includes("secret"));
  });
});
