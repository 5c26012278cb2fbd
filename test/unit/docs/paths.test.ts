import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../../", import.meta.url));

/** Pages that lead a reader through the tree by the names of its files. */
const pages = [
  "README.md",
  "docs/ARCHITECTURE.md",
  "docs/PROMISE.md",
  "docs/README.md",
  "docs/STYLE.md",
  "docs/mapping/json.md",
  ...decisions(),
];

describe("the documentation", () => {
  for (const page of pages) {
    it(`${page} names files that are there`, () => {
      const text = readFileSync(join(root, page), "utf8");
      const named = [...text.matchAll(/`((?:src|protocols|test|bench|docs|config|conformance)\/[\w./-]+)`/g)].map(
        ([, path]) => path!,
      );

      assert.deepEqual(
        named.filter((path) => !existsSync(join(root, path))),
        [],
      );
    });

    it(`${page} links to pages that are there`, () => {
      const text = readFileSync(join(root, page), "utf8");
      const links = [...text.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(([, link]) => link!);

      assert.deepEqual(
        links.filter((link) => !existsSync(join(root, dirname(page), link))),
        [],
      );
    });
  }
});

function decisions(): string[] {
  return readdirSync(join(root, "docs/decisions")).map((file) => `docs/decisions/${file}`);
}
