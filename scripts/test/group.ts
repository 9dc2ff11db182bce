import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { root } from '../sandbox/paths.ts';
import { FAILED } from './reporter.ts';

/** One mocha process, whose output is kept until it is shown. */
export class Group {
  /** Its exit code; 1 where a signal has ended it. */
  readonly ended: Promise<number>;
  private readonly child: ChildProcessByStdio<null, Readable, null>;
  private text = '';
  private shown = false;

  /** @param args of mocha */
  constructor(args: readonly string[], env: { readonly [name: string]: string }) {
    const mocha = join(root, 'node_modules', 'mocha', 'bin', 'mocha.js');
    const reporter = join(root, 'scripts', 'test', 'reporter.ts');
    const color = process.stdout.isTTY && process.env['NO_COLOR'] === undefined ? ['--color'] : [];
    this.child = spawn(process.execPath, [mocha, '--reporter', reporter, ...color, ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, ...env },
    });
    this.child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.text += text;
      if (this.shown) process.stdout.write(text);
    });
    this.ended = once(this.child, 'close').then(([code]) => (code as number | null) ?? 1);
  }

  /** Prints its output so far, and from now on. */
  show(): void {
    this.shown = true;
    process.stdout.write(this.text);
  }

  /** Mocha passes only this signal on to the process that runs the tests. */
  interrupt(): void {
    this.child.kill('SIGINT');
  }

  /** The reporter's lines of failed tests. */
  get failures(): readonly string[] {
    return this.text.split('\n').filter((line) => line.startsWith(FAILED));
  }

  /** The reporter's counts; `undefined` where mocha ended before it counted. */
  get counts(): { readonly passed: number; readonly failed: number } | undefined {
    const [, passed, failed] = /^(\d+) passed, (\d+) failed/m.exec(this.text) ?? [];
    return passed === undefined ? undefined : { passed: Number(passed), failed: Number(failed) };
  }
}

/** `12 passed, 0 failed`, of all groups. A group without counts has failed. */
export function totalOf(groups: readonly Pick<Group, 'counts'>[]): string {
  const counts = groups.map((group) => group.counts ?? { passed: 0, failed: 1 });
  const sum = (key: 'passed' | 'failed') => counts.reduce((total, one) => total + one[key], 0);
  return `${String(sum('passed'))} passed, ${String(sum('failed'))} failed`;
}
