import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { faultsPage } from "../../../src/cli/faults-page.ts";
import { generatedFiles } from "../../../src/ops/reference.ts";

describe("generated pages", () => {
  for (const [file, text] of Object.entries({ ...generatedFiles(), "docs/reference/faults.md": faultsPage() })) {
    it(`${file} is fresh`, () => {
      const written = readFileSync(new URL(`../../../../${file}`, import.meta.url), "utf8");

      assert.equal(written, text, `${file} is stale: run npm run generate`);
    });
  }
});
