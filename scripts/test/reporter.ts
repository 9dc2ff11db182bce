import Mocha from 'mocha';

/** Begins a line that names a failed test; the same lines are repeated after the counts of all groups. */
export const FAILED = 'failed: ';

/** Mocha's usual report, closed by lines that a program can read: each failed test, and `12 passed, 0 failed`. */
export default class CountingReporter extends Mocha.reporters.Spec {
  override epilogue(): void {
    super.epilogue();
    const { passes, failures, pending } = this.stats;
    for (const test of this.failures) {
      const [problem = ''] = (test.err?.message ?? '').trim().split('\n');
      console.log(`${FAILED}${test.titlePath().join(' › ')}: ${problem}`);
    }
    console.log(`${passes} passed, ${failures} failed${pending > 0 ? `, ${pending} skipped` : ''}`);
  }
}
