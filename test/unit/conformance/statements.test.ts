import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { coverage, type Statements } from "../../../conformance/coverage.ts";
import * as mqtt3 from "../../../conformance/mqtt-3.1.1/statements.ts";
import * as mqtt5 from "../../../conformance/mqtt-5.0/statements.ts";

const suites: readonly (readonly [folder: string, statements: Statements])[] = [
  ["mqtt-3.1.1", mqtt3],
  ["mqtt-5.0", mqtt5],
];

describe("the conformance suites of MQTT", () => {
  for (const [folder, statements] of suites) {
    it(`${folder} has a check for each normative statement, or says why it has none`, async () => {
      const sources = fileURLToPath(new URL(`../../../../conformance/${folder}`, import.meta.url));

      const found = await coverage(sources, statements);

      assert.deepEqual(found, { missing: [], needless: [], unknown: [] });
    });
  }
});
