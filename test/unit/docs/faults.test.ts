import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { Fault, faultCodes } from "#core";
import { wordFor } from "../../../protocols/json/faults.ts";

const page = readFileSync(new URL("../../../../docs/reference/faults.md", import.meta.url), "utf8");
const rows = [...page.matchAll(/^\| `([a-z-]+)` \| (.+) \| (.+) \|$/gm)].map(([, code, , json]) => ({
  code: code!,
  json: json!,
}));

describe("the reference of faults", () => {
  it("lists every code there is, and no other", () => {
    assert.deepEqual(
      rows.map(({ code }) => code),
      [...faultCodes],
    );
  });

  it("gives each the word that the JSON dialect has for it", () => {
    for (const [at, code] of faultCodes.entries())
      assert.ok(rows[at]!.json.includes(`\`${wordFor(new Fault(code, ""))}\``), code);
  });
});
