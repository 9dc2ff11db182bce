import { z } from 'zod';
import { digestOf } from '../../base/digest.ts';
import { PermanentError } from '../../base/errors.ts';
import { keepBeating } from '../../contract/keep-beating.ts';
import type { CheckDefinition, CheckResult } from '../../contract/kinds.ts';
import { referencesIn } from '../../plan/references.ts';
import type { Answer } from './ask.ts';
import { type HttpEntry, httpEntry, readEntry } from './entry.ts';
import { shownUrl, urlProblem } from './url.ts';

/** `{check: {http: {url: https://example.com/health, status: 200, within: 1s}}}`: an endpoint answers with a status, in time. */
export const httpCheck: CheckDefinition<HttpEntry> = {
  kind: 'http',
  summary: 'an HTTP or HTTPS endpoint answers with the status (200 unless stated) within the time (1s unless stated)',
  entry: httpEntry,
  profile: 'wait',
  expand(entry, context) {
    const { url, status, within } = readEntry(entry);
    const problem = urlProblem(url);
    if (problem !== undefined) {
      context.problem(problem.message, { at: typeof entry === 'string' ? [] : ['url'], expected: problem.expected });
    }
    // Without braces, so that the names themselves are not resolved.
    const references = [...new Set(referencesIn(url).map(({ text }) => text))];
    return { label: `GET ${shownUrl(url)}`, input: { url, status, within, references } };
  },
  async run({ input }, tools) {
    const { ask } = await import('./ask.ts');
    const { url: text, status, within, references } = checkInput.parse(input);
    const url = usable(text, references);
    const shown = shownUrl(url.href);
    const at = new Date().toISOString();
    const answer = await keepBeating(tools, { asking: shown }, () => ask(url, { within, signal: tools.signal }));
    tools.log('http check asked', { url: shown, at, ...answer });
    return conclude(answer, { url, shown, at, status, within });
  },
};

const checkInput = z.object({
  url: z.string(),
  status: z.number(),
  /** Milliseconds. */
  within: z.number(),
  /** Names of what was filled in. */
  references: z.array(z.string()),
});

function usable(text: string, references: readonly string[]): URL {
  const problem = urlProblem(text);
  if (problem === undefined) return new URL(text);
  const source = references.length === 0 ? 'the playbook' : references.join(', ');
  throw new PermanentError(`${problem.message}; expected ${problem.expected}. It comes from ${source}`);
}

interface Asked {
  readonly url: URL;
  readonly shown: string;
  /** ISO instant. */
  readonly at: string;
  readonly status: number;
  readonly within: number;
}

/**
 * Draws the conclusion. Times stand in the reason of a pass only: another reason while the check waits is told at the cost of
 * events, and other evidence voids votes.
 */
function conclude(answer: Answer, { url, shown, at, status, within }: Asked): CheckResult {
  if ('says' in answer) return { state: answer.state, reason: `${shown} ${answer.says}` };
  const evidence = [
    { where: `GET ${shown}: ${answer.status}`, sha256: digestOf({ asked: `GET ${url.href}`, status: answer.status }) },
  ];
  if (answer.status === status) {
    const took = `${answer.ms} of at most ${within} ms`;
    return { state: 'passed', reason: `${shown} answered with ${status}, asked ${at}, in ${took}`, evidence };
  }
  const redirected = answer.status >= 300 && answer.status < 400 ? '; a redirect is not followed' : '';
  return { state: 'failed', reason: `${shown} answers with ${answer.status}, not ${status}${redirected}`, evidence };
}
