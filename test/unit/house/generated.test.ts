import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { generatedPages } from "../../../src/cli/generated-pages.ts";

describe("generated pages", () => {
  for (const [file, text] of Object.entries(generatedPages())) {
    it(`${file} is fresh`, () => {
      const written = readFileSync(new URL(`../../../../${file}`, import.meta.url), "utf8");

      assert.equal(written, text, `${file} is stale: run npm run generate`);
    });
  }
});
