// `npm test`: provides what tests need, builds, runs every suite, and ends with one line that counts them all.
// `npm test -- unit journeys` runs only these.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { provideNeeds } from "./needs.mjs";

process.chdir(fileURLToPath(new URL("..", import.meta.url)));
const scratch = mkdtempSync(join(tmpdir(), "trivium-counts-"));
process.on("exit", () => rmSync(scratch, { recursive: true, force: true }));

/** Given to mocha, the flag would start another process, which a kill at the time limit would leave behind. */
const mochaProgram = ["--enable-source-maps", "node_modules/mocha/bin/mocha.js"];

/** In the order they run: what fails soonest comes first. */
const suites = {
  lint: () => passes("oxlint"),
  format: () => passes("oxfmt", "--check"),
  unit: () => mocha("unit", 3),
  contract: () => mocha("contract", 5),
  conformance: () => conformance(10),
  journeys: () => mocha("journeys", 14),
  faults: () => mocha("faults", 8),
};

const chosen = process.argv.slice(2);
const unknown = chosen.filter((name) => !(name in suites));
if (unknown.length > 0) fail(`no suite ${unknown.join(", ")}; there are ${Object.keys(suites).join(", ")}`);
if (!existsSync("node_modules/mocha") && (await run("npm", ["ci"], 10)).code !== 0) fail("npm ci failed");
if (!provideNeeds()) fail("cannot run every test without them");
if ((await run("node_modules/.bin/tsc", ["-b"], 5)).code !== 0) fail("it does not build");

const totals = { passed: 0, failed: 0, skipped: 0 };
for (const [name, suite] of Object.entries(suites)) {
  if (chosen.length > 0 && !chosen.includes(name)) continue;
  console.log(`\n── ${name}`);
  const began = Date.now();
  const { passed, failed, skipped } = await suite();
  console.log(
    `── ${name}: ${passed} passed, ${failed} failed, ${skipped.length} skipped in ${Math.round((Date.now() - began) / 1000)} s`,
  );
  for (const title of skipped) console.log(`   skipped: ${title}`);
  totals.passed += passed;
  totals.failed += failed;
  totals.skipped += skipped.length;
}
console.log(`\n${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
process.exit(totals.failed > 0 || totals.passed === 0 ? 1 : 0);

/** A tool that says yes or no counts as one test. */
async function passes(tool, ...args) {
  const { code } = await run(`node_modules/.bin/${tool}`, args, 3);
  return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: [] };
}

/** A suite that did not run to its end counts as a failure, also when all its tests so far have passed. */
async function mocha(folder, minutes) {
  const files = testsIn(`dist/test/${folder}`);
  if (files.length === 0) return { passed: 0, failed: 1, skipped: [] };
  const counts = join(scratch, `${folder}.json`);
  const reporter = ["--reporter", ".ci/counting-reporter.cjs", "--reporter-option", `counts=${counts}`];
  const { code } = await run(process.execPath, [...mochaProgram, ...reporter, ...files], minutes);
  const { passed = 0, failed = 0, skipped = [] } = existsSync(counts) ? JSON.parse(readFileSync(counts, "utf8")) : {};
  return { passed, failed: code !== 0 && failed === 0 ? 1 : failed, skipped };
}

/** The conformance runner judges our own server and closes with its own counts. */
async function conformance(minutes) {
  const { code, output } = await run(process.execPath, ["--enable-source-maps", "dist/conformance/run.js"], minutes);
  const [, met = 0, broken = 0, deviations = 0] =
    /^(\d+) met, (\d+) broken, (\d+) known deviations, \d+ skipped$/m.exec(output) ?? [];
  const skipped = [...output.matchAll(/^skipped, (\d+): (.*)$/gm)].flatMap(([, times, reason]) =>
    Array(Number(times)).fill(reason),
  );
  const failed = Number(broken) + Number(deviations);
  return { passed: Number(met), failed: code !== 0 && failed === 0 ? 1 : failed, skipped };
}

/** Compiled tests whose source is still there. */
function testsIn(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true })
    .filter((file) => file.endsWith(".test.js"))
    .map((file) => join(folder, file))
    .filter((file) => existsSync(file.replace(/^dist\//, "").replace(/\.js$/, ".ts")))
    .toSorted();
}

function run(command, args, minutes) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"] });
    const late = setTimeout(() => {
      console.error(`${command} did not end within ${minutes} minutes`);
      child.kill("SIGKILL");
    }, minutes * 60_000);
    let output = "";
    child.stdout.on("data", (chunk) => {
      process.stdout.write(chunk);
      output += chunk;
    });
    child.once("error", (error) => console.error(`${command}: ${error.message}`));
    child.once("close", (code) => {
      clearTimeout(late);
      resolve({ code, output });
    });
  });
}

function fail(why) {
  console.error(why);
  console.log("0 passed, 1 failed, 0 skipped");
  process.exit(1);
}
