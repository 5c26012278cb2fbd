import assert from "node:assert/strict";
import fc from "fast-check";
import { accountOf, deviceOf, parseJid, resourceOf } from "../../../protocols/xmpp/addressing.ts";
import { keptBytes } from "../../support/kept-bytes.ts";
import { opaqueString, usernameCaseMapped } from "../../../src/model/precis.ts";

describe("JIDs", () => {
  it("have a local part, a domain and a resource", () => {
    assert.deepEqual(parseJid("Alice@Example.ORG./Phone/1 @x"), {
      local: "alice",
      domain: "example.org",
      resource: "Phone/1 @x",
      bare: "alice@example.org",
    });
    assert.deepEqual(parseJid("rooms.h"), { local: "", domain: "rooms.h", resource: "", bare: "rooms.h" });
  });

  it("name one account however it is written (RFC 8265 §3.3)", () => {
    for (const written of ["ALICE@h", "ａｌｉｃｅ@h", "Alice@H."]) assert.equal(parseJid(written)?.bare, "alice@h");
    assert.equal(parseJid("A\u030angstro\u0308m@h")?.bare, "ångström@h");
    assert.equal(parseJid("ΣΊΣΥΦΟΣ@h")?.local, parseJid("σίσυφος@h")?.local);
  });

  const malformed = [
    "",
    "@h",
    "a@",
    "a@h/",
    "a b@h",
    `a"b@h`,
    "a&b@h",
    "a'b@h",
    "a:b@h",
    "a<b@h",
    "al\u200bice@h", // zero-width space
    "al\u00adice@h", // soft hyphen
    "alice\u202e@h", // right-to-left override
    "a\u0000@h",
    "henry\u2163@h", // RFC 7622 §3.5, example 20: Roman numeral four
    "\u265a@h", // example 21: black king
    "\u1100\u1161@h\ud800",
    "a@h x",
    "a@h<",
    `${"a".repeat(1024)}@h`,
    `${"é".repeat(512)}@h`,
    `a@h/${"x".repeat(1024)}`,
    "a@h/\u0007",
    "אa@h",
    "aא@h",
  ];
  for (const jid of malformed) {
    it(`are malformed as ${JSON.stringify(jid.slice(0, 24))}`, () => assert.equal(parseJid(jid), undefined));
  }

  it("allow in a resource what the eye can tell apart", () => {
    for (const resource of ["Böse Katze", "😀", "❤️", "👩‍👩‍👧", "a@b/c", "汉字", "שלום"])
      assert.equal(parseJid(`a@h/${resource}`)?.resource, resource);
    assert.equal(parseJid("a@h/a\u3000b")?.resource, "a b");
    assert.equal(parseJid("a@h/a\u200bb"), undefined);
  });

  it("are prepared once and for all: preparing again changes nothing", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 12 }), (text) => {
        const name = usernameCaseMapped(text);
        if (name !== undefined) assert.equal(usernameCaseMapped(name), name);
        const resource = opaqueString(text);
        if (resource !== undefined) assert.equal(opaqueString(resource), resource);
      }),
      { numRuns: 500 },
    );
  });

  it("take bounded time for any 100 KB", () => {
    for (const character of ["a", "é", "@", "/", "\u0300", "\u200d", "😀", "א", "·", "・"]) {
      const before = process.cpuUsage();
      parseJid(`${character.repeat(1000)}@h/${character.repeat(1000)}`);
      parseJid(character.repeat(100_000));
      opaqueString(character.repeat(1023));
      usernameCaseMapped(character.repeat(1023));
      const { user, system } = process.cpuUsage(before);
      assert.ok(user + system < 250_000, `${JSON.stringify(character)}: ${user + system} µs`);
    }
  });

  it("are remembered without the stanzas they came in", () => {
    const stanza = (n: number): string => `<message to="friend-${n}@elsewhere.example">${"x".repeat(100_000)}`;
    const addresses = Array.from({ length: 200 }, (_, n) => n);

    const kept = keptBytes(() => addresses.map((n) => parseJid(stanza(n).slice(13).split('"')[0]!)));

    assert.ok(kept < 2_000_000, `${kept} bytes`);
  });
});

describe("accounts", () => {
  it("are named plainly or with our own host", () => {
    assert.equal(accountOf("Alice", "h"), "alice@h");
    assert.equal(accountOf("alice@h", "h"), "alice@h");
    assert.equal(accountOf("alice@elsewhere", "h"), undefined);
    assert.equal(accountOf("", "h"), undefined);
    assert.equal(accountOf("a/b", "h"), undefined);
  });
});

describe("devices", () => {
  it("are resources, and those of other protocols keep their prefix", () => {
    assert.equal(deviceOf("phone"), "xmpp:phone");
    assert.equal(deviceOf("mqtt:esp32"), "mqtt:esp32");
    assert.equal(resourceOf(deviceOf("phone")), "phone");
    assert.equal(resourceOf(deviceOf("json:pixel")), "json:pixel");
  });
});
