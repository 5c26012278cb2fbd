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

/** Each with where what it prints goes. */
const suites = {
  lint: (say) => passes(say, "oxlint"),
  format: (say) => passes(say, "oxfmt", "--check"),
  unit: (say) => mocha(say, "unit", 5),
  contract: (say) => mocha(say, "contract", 8),
  conformance: (say) => conformance(say, 12),
  // They drive other people's programs beside all the rest: what fails once is tried again, and said to have been.
  journeys: (say) => mocha(say, "journeys", 12, "--retries", "1"),
  faults: (say) => mocha(say, "faults", 8),
};

/**
 * The lanes of a stage run beside each other: journeys mostly wait, for servers and for time. Faults are alone, since
 * they count what a server manages in a while.
 */
const stages = [[["lint", "format", "unit", "contract", "conformance"], ["journeys"]], [["faults"]]];

const chosen = process.argv.slice(2);
const unknown = chosen.filter((name) => !(name in suites));
if (unknown.length > 0) fail(`no suite ${unknown.join(", ")}; there are ${Object.keys(suites).join(", ")}`);
if (!existsSync("node_modules/mocha") && (await run(show, "npm", ["ci", "--ignore-scripts"], 5)).code !== 0)
  fail("npm ci failed");
const sqlite = compiledSqlite(); // takes minutes where nobody has compiled it yet
if (!(await provideNeeds())) fail("cannot run every test without them");
if ((await run(show, "node_modules/.bin/tsc", ["-b"], 5)).code !== 0) fail("it does not build");
if (!(await sqlite)) fail("SQLite does not compile");

const totals = { passed: 0, failed: 0, skipped: 0 };
for (const lanes of stages) {
  const wanted = lanes.map((lane) => lane.filter((name) => chosen.length === 0 || chosen.includes(name)));
  const busy = wanted.filter((lane) => lane.length > 0);
  await Promise.all(busy.map((lane) => runLane(lane, busy.length > 1)));
}
console.log(`\n${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
process.exit(totals.failed > 0 || totals.passed === 0 ? 1 : 0);

/** One suite after the other. `beside` another lane, what a suite prints is shown when it has ended. */
async function runLane(names, beside) {
  for (const name of names) {
    console.log(`\n── ${name}${beside ? " begins" : ""}`);
    const printed = [];
    const began = Date.now();
    const { passed, failed, skipped } = await suites[name](beside ? (chunk) => printed.push(chunk) : show);
    const seconds = Math.round((Date.now() - began) / 1000);
    if (beside) process.stdout.write(`\n── ${name}\n${printed.join("")}`);
    console.log(`── ${name}: ${passed} passed, ${failed} failed, ${skipped.length} skipped in ${seconds} s`);
    for (const title of skipped) console.log(`   skipped: ${title}`);
    totals.passed += passed;
    totals.failed += failed;
    totals.skipped += skipped.length;
  }
}

/** The one dependency that is compiled here. Everything before the tests can happen meanwhile. */
async function compiledSqlite() {
  if (existsSync("node_modules/better-sqlite3/build/Release/better_sqlite3.node")) return true;
  const printed = [];
  const { code } = await run((chunk) => printed.push(chunk), "npm", ["rebuild", "better-sqlite3"], 8);
  if (code !== 0) console.error(printed.join(""));
  return code === 0;
}

/** A tool that says yes or no counts as one test. */
async function passes(say, tool, ...args) {
  const { code } = await run(say, `node_modules/.bin/${tool}`, args, 3);
  return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: [] };
}

/** A suite that did not run to its end counts as a failure, also when all its tests so far have passed. */
async function mocha(say, folder, minutes, ...options) {
  const files = testsIn(`dist/test/${folder}`);
  if (files.length === 0) return { passed: 0, failed: 1, skipped: [] };
  const counts = join(scratch, `${folder}.json`);
  const reporter = ["--reporter", ".ci/counting-reporter.cjs", "--reporter-option", `counts=${counts}`];
  const { code } = await run(say, process.execPath, [...mochaProgram, ...reporter, ...options, ...files], minutes);
  const { passed = 0, failed = 0, skipped = [] } = existsSync(counts) ? JSON.parse(readFileSync(counts, "utf8")) : {};
  return { passed, failed: code !== 0 && failed === 0 ? 1 : failed, skipped };
}

/** The conformance runner judges our own server and closes with its own counts. */
async function conformance(say, minutes) {
  const program = ["--enable-source-maps", "dist/conformance/run.js", "--brief"];
  const { code, output } = await run(say, process.execPath, program, minutes);
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

function run(say, command, args, minutes) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
    const late = setTimeout(() => {
      say(`${command} did not end within ${minutes} minutes\n`);
      child.kill("SIGKILL");
    }, minutes * 60_000);
    let output = "";
    child.stdout.on("data", (chunk) => {
      say(String(chunk));
      output += chunk;
    });
    child.stderr.on("data", (chunk) => say(String(chunk)));
    child.once("error", (error) => say(`${command}: ${error.message}\n`));
    child.once("close", (code) => {
      clearTimeout(late);
      resolve({ code, output });
    });
  });
}

function show(chunk) {
  process.stdout.write(chunk);
}

function fail(why) {
  console.error(why);
  console.log("0 passed, 1 failed, 0 skipped");
  process.exit(1);
}
