// Writes the pages that are made from code. A unit test compares them, so that a stale one fails the build.
import { writeFileSync } from "node:fs";
import { faultsPage } from "../dist/src/cli/faults-page.js";
import { doap, specsPage } from "../dist/src/cli/xmpp-specs.js";
import { generatedFiles } from "../dist/src/ops/reference.js";

const files = {
  ...generatedFiles(),
  "docs/reference/faults.md": faultsPage(),
  "docs/compliance/xmpp-specifications.md": specsPage(),
  "docs/trivium.doap": doap(),
};
for (const [file, text] of Object.entries(files)) {
  writeFileSync(new URL(`../${file}`, import.meta.url), text);
  console.log(`wrote ${file}`);
}
