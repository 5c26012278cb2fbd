// Writes the pages that are made from code. A unit test compares them, so that a stale one fails the build.
import { writeFileSync } from "node:fs";
import { faultsPage } from "../dist/src/cli/faults-page.js";
import { generatedFiles } from "../dist/src/ops/reference.js";

for (const [file, text] of Object.entries({ ...generatedFiles(), "docs/reference/faults.md": faultsPage() })) {
  writeFileSync(new URL(`../${file}`, import.meta.url), text);
  console.log(`wrote ${file}`);
}
