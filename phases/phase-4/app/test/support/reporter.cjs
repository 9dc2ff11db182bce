'use strict';

const { mkdirSync } = require('node:fs');
const { basename, join } = require('node:path');
const { reporters } = require('mocha');

/** Prints as Mocha's `spec` does, and writes reports/NAME.xml (JUnit), where NAME is the folder of the tests. */
module.exports = class SpecAndJUnit extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const reports = join(__dirname, '../../reports');
    mkdirSync(reports, { recursive: true });
    const [file] = runner.suite.suites.map((suite) => suite.file);
    const name = file === undefined ? 'tests' : basename(join(file, '..'));
    this.junit = new reporters.XUnit(runner, {
      ...options,
      reporterOptions: { output: join(reports, `${name}.xml`), suiteName: name },
    });
  }

  done(failures, end) {
    this.junit.done(failures, end);
  }
};
