// `npm run check`: what to run before every commit, in under a minute. Stops at the first that fails.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

process.chdir(fileURLToPath(new URL("..", import.meta.url)));
const steps = [
  ["node_modules/.bin/tsc", "-b"],
  ["node_modules/.bin/oxlint"],
  ["node_modules/.bin/oxfmt", "--check"],
  [
    process.execPath,
    "--enable-source-maps",
    "node_modules/mocha/bin/mocha.js",
    "--reporter",
    "dot",
    "dist/test/unit/**/*.test.js",
  ],
];
for (const [command, ...args] of steps) {
  const { status } = spawnSync(command, args, { stdio: "inherit" });
  if (status !== 0) process.exit(1);
}
