// Mocha's own `spec` output, and the counts in a file, for .ci/test.mjs to sum up.
const { writeFileSync } = require("node:fs");
const { reporters } = require("mocha");

module.exports = class CountingReporter extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const skipped = [];
    runner.on("pending", (test) => skipped.push(test.fullTitle()));
    runner.on("retry", (test, error) => console.log(`    ! tried again: ${test.fullTitle()}: ${error.message}`));
    runner.once("end", () => {
      const { passes, failures } = runner.stats;
      writeFileSync(options.reporterOptions.counts, JSON.stringify({ passed: passes, failed: failures, skipped }));
    });
  }
};
