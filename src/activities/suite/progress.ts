import type { JsonObject } from '../../base/json.ts';

const PASSED = /^\s*(?:ok\b|✔|✓|√|PASS\b)/;
const FAILED = /^\s*(?:not ok\b|✖|✗|✘|×|FAIL\b|\d+\) )/;
/** Pause between two heartbeats: a program may print without end. */
const EVERY_MS = 500;

/** Counts what a suite prints of its cases, for the heartbeats. Its report alone decides. */
export class Progress {
  #passed = 0;
  #failed = 0;
  #shown = 0;

  /** Takes a line of output. Returns what is to be shown, if it is time for that. */
  readonly take = (line: string): JsonObject | undefined => {
    if (PASSED.test(line)) this.#passed += 1;
    else if (FAILED.test(line)) this.#failed += 1;
    const now = performance.now();
    if (this.#shown !== 0 && now - this.#shown < EVERY_MS) return undefined;
    this.#shown = now;
    return { passed: this.#passed, failed: this.#failed, progress: line.slice(0, 200) };
  };
}
