#!/usr/bin/env node
// The command as npm installs it; in a checkout it runs what was built.
import { existsSync } from "node:fs";

const built = new URL("../dist/src/cli.js", import.meta.url);
if (existsSync(built)) {
  await import(built.href);
} else {
  console.error("trivium is not built yet; run: npm run build");
  process.exitCode = 1;
}
