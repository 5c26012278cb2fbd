// Writes the pages that are made from code. A unit test compares them, so that a stale one fails the build.
import { writeFileSync } from "node:fs";
import { generatedPages } from "../dist/src/cli/generated-pages.js";

for (const [file, text] of Object.entries(generatedPages())) {
  writeFileSync(new URL(`../${file}`, import.meta.url), text);
  console.log(`wrote ${file}`);
}
