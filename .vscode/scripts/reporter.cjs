// Mocha's usual report; beside it, for test.mjs, the numbers of passed, failed and skipped tests in a file.
const { appendFileSync } = require('node:fs');
const { reporters } = require('mocha');

module.exports = class extends reporters.Spec {
  epilogue() {
    super.epilogue();
    const { passes, failures, pending } = this.stats;
    const file = process.env.SPLORA_TEST_COUNTS;
    if (file !== undefined) appendFileSync(file, `${passes} ${failures} ${pending}\n`);
  }
};
