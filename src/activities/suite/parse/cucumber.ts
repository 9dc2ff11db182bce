import { z } from 'zod';
import { PermanentError } from '../../../base/errors.ts';
import { isRecord } from '../../../base/json.ts';
import { counted } from '../../../base/text.ts';
import { Cases } from './cases.ts';
import { readJson, shaped } from './json.ts';
import { Lines } from './lines.ts';
import type { ReportParser } from './report.ts';

const texts = z.object({ name: z.string() });

const pickle = z.object({
  id: z.string(),
  uri: z.string(),
  name: z.string(),
  tags: z.array(texts).default([]),
  astNodeIds: z.array(z.string()).default([]),
});

const row = z.object({ id: z.string(), cells: z.array(z.object({ value: z.string() })) });

const scenario = z.object({
  scenario: z.object({ examples: z.array(z.object({ tableBody: z.array(row).default([]) })).default([]) }).optional(),
});

const gherkinDocument = z.object({
  feature: z
    .object({
      children: z.array(scenario.extend({ rule: z.object({ children: z.array(scenario).default([]) }).optional() })),
    })
    .optional(),
});

const testCase = z.object({ id: z.string(), pickleId: z.string() });

const testCaseStarted = z.object({ id: z.string(), testCaseId: z.string() });

const testStepFinished = z.object({
  testCaseStartedId: z.string(),
  testStepResult: z.object({
    status: z.string(),
    message: z.string().optional(),
    duration: z.object({ seconds: z.number(), nanos: z.number() }).default({ seconds: 0, nanos: 0 }),
  }),
});

const testCaseFinished = z.object({ testCaseStartedId: z.string(), willBeRetried: z.boolean().default(false) });

const testRunFinished = z.object({ success: z.boolean(), message: z.string().optional() });

/** One run of a scenario: a scenario that fails may be tried again. */
interface Try {
  readonly testCase: string;
  state: 'passed' | 'failed' | 'skipped';
  steps: number;
  ms: number;
  message?: string | undefined;
}

/** What is known of a scenario once it has run. */
interface Scenario {
  readonly pickleId: string;
  isOver: boolean;
  /** The first failure of its tries. */
  failed?: Try;
}

/** Reads the messages of Cucumber, one JSON object a line, in the order in which they come. */
export class CucumberParser implements ReportParser {
  readonly #lines = new Lines((line) => {
    if (line.trim() !== '') this.#message(readJson(line));
  });
  readonly #cases = new Cases();
  readonly #pickles = new Map<string, z.output<typeof pickle>>();
  /** Values of the rows of examples, by the row's id. */
  readonly #rows = new Map<string, string>();
  readonly #scenarios = new Map<string, Scenario>();
  readonly #running = new Map<string, Try>();
  #end: z.output<typeof testRunFinished> | undefined;

  write(text: string): void {
    this.#lines.write(text);
  }

  end(): Cases {
    this.#lines.end();
    if (this.#end === undefined) throw new PermanentError('it is cut off: there is no message "testRunFinished"');
    const [open] = this.#running.values();
    if (open !== undefined) throw new PermanentError('it is cut off: a scenario has begun and not ended');
    const unfinished = [...this.#scenarios.values()].filter(({ isOver }) => !isOver).length;
    if (unfinished > 0) throw new PermanentError(`${counted(unfinished, 'scenario')} of it never came to an end`);
    const { success, message = 'no scenario has failed' } = this.#end;
    if (!success && !this.#cases.all().some(({ state }) => state === 'failed')) {
      throw new PermanentError(`the run itself has failed: ${message.slice(0, 300)}`);
    }
    return this.#cases;
  }

  #message(envelope: unknown): void {
    if (!isRecord(envelope)) throw new PermanentError('a line is no message of Cucumber');
    if ('gherkinDocument' in envelope) this.#document(shaped(gherkinDocument, envelope['gherkinDocument']));
    else if ('pickle' in envelope) {
      const one = shaped(pickle, envelope['pickle']);
      this.#pickles.set(one.id, one);
    } else if ('testCase' in envelope) {
      const { id, pickleId } = shaped(testCase, envelope['testCase']);
      this.#scenarios.set(id, { pickleId, isOver: false });
    } else if ('testCaseStarted' in envelope) {
      const { id, testCaseId } = shaped(testCaseStarted, envelope['testCaseStarted']);
      this.#running.set(id, { testCase: testCaseId, state: 'passed', steps: 0, ms: 0 });
    } else if ('testStepFinished' in envelope) this.#step(shaped(testStepFinished, envelope['testStepFinished']));
    else if ('testCaseFinished' in envelope) this.#finish(shaped(testCaseFinished, envelope['testCaseFinished']));
    else if ('testRunFinished' in envelope) this.#end = shaped(testRunFinished, envelope['testRunFinished']);
  }

  #document({ feature }: z.output<typeof gherkinDocument>): void {
    const scenarios = (feature?.children ?? []).flatMap((child) => [child, ...(child.rule?.children ?? [])]);
    for (const { scenario: one } of scenarios) {
      for (const { id, cells } of (one?.examples ?? []).flatMap(({ tableBody }) => tableBody)) {
        this.#rows.set(id, cells.map(({ value }) => value).join(' | '));
      }
    }
  }

  #step({ testCaseStartedId, testStepResult: { status, message, duration } }: z.output<typeof testStepFinished>): void {
    const one = this.#running.get(testCaseStartedId);
    if (one === undefined) return;
    one.steps += 1;
    one.ms += duration.seconds * 1000 + duration.nanos / 1e6;
    if (status === 'PASSED' || one.state === 'failed') return;
    one.state = status === 'SKIPPED' ? 'skipped' : 'failed';
    // A step without a definition has no message.
    if (one.state === 'failed') one.message = message ?? `a step is ${status.slice(0, 40).toLowerCase()}`;
  }

  #finish({ testCaseStartedId, willBeRetried }: z.output<typeof testCaseFinished>): void {
    const one = this.#running.get(testCaseStartedId);
    const known = one === undefined ? undefined : this.#scenarios.get(one.testCase);
    if (one === undefined || known === undefined) throw new PermanentError('a scenario has ended that has not begun');
    this.#running.delete(testCaseStartedId);
    if (one.state === 'failed') known.failed ??= one;
    known.isOver = !willBeRetried;
    if (willBeRetried) return;
    const { uri, name, tags, astNodeIds } = this.#pickles.get(known.pickleId) ?? {
      uri: '',
      name: '',
      tags: [],
      astNodeIds: [],
    };
    const values = astNodeIds.flatMap((id) => this.#rows.get(id) ?? []);
    const isFlaky = one.state === 'passed' && known.failed !== undefined;
    const message = known.failed?.message;
    this.#cases.add({
      path: [uri],
      name: [name, ...values].join(' › '),
      // A scenario without steps proves nothing.
      state: isFlaky ? 'flaky' : one.steps === 0 ? 'skipped' : one.state,
      ms: one.ms,
      message,
      stack: message,
      tags: tags.map((tag) => tag.name),
    });
  }
}
