import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { faultsPage } from "../../../src/cli/faults-page.ts";
import { doap, specsPage } from "../../../src/cli/xmpp-specs.ts";
import { generatedFiles } from "../../../src/ops/reference.ts";

describe("generated pages", () => {
  const files = {
    ...generatedFiles(),
    "docs/reference/faults.md": faultsPage(),
    "docs/compliance/xmpp-specifications.md": specsPage(),
    "docs/trivium.doap": doap(),
  };
  for (const [file, text] of Object.entries(files)) {
    it(`${file} is fresh`, () => {
      const written = readFileSync(new URL(`../../../../${file}`, import.meta.url), "utf8");

      assert.equal(written, text, `${file} is stale: run npm run generate`);
    });
  }
});
