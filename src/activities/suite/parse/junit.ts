import { SaxesParser, type SaxesTagPlain } from 'saxes';
import { PermanentError } from '../../../base/errors.ts';
import { Cases, type ReportedCase } from './cases.ts';
import type { ReportParser } from './report.ts';

/** Elements within each other. JUnit needs some six. */
const MOST_DEPTH = 64;
/** Characters of a failure's text that are kept. */
const TEXT_KEPT = 8_000;
const FAILED = new Set(['failure', 'error']);
const FLAKY = new Set(['flakyFailure', 'flakyError']);
/** A rerun that has failed as well, of a case that has failed. */
const RERUN = new Set(['rerunFailure', 'rerunError']);
const SKIPPED = new Set(['skipped', 'disabled']);
/** What a case has within it. Anything else may be a failure that is misspelt, and the case would read as passed. */
const WITHIN = new Set([
  ...FAILED,
  ...FLAKY,
  ...RERUN,
  ...SKIPPED,
  'properties',
  'property',
  'system-out',
  'system-err',
]);
/** Elements whose text is kept. */
const TEXTS = new Set([...FAILED, ...FLAKY, 'property']);
const SKIPPED_STATUS = new Set(['notrun', 'disabled', 'skipped']);
/** Of a case that says so itself, and may have no element for it. */
const FAILED_STATUS = new Set(['failed', 'failure', 'fail', 'error', 'errored']);
/** What Node's own reporter writes as the class of every test. */
const NO_CLASS = ['', 'test'];

interface OpenCase extends Pick<ReportedCase, 'path' | 'name' | 'ms'> {
  failed: boolean;
  /** Elements that say so: some dialects count each of them. */
  failures: number;
  flaky: boolean;
  skipped: boolean;
  message?: string;
  text?: string;
  readonly criteria: string[];
}

/** Reads a report in JUnit XML, piece by piece. Entities of its own, documents within documents and cut-off files are errors. */
export class JunitParser implements ReportParser {
  readonly #xml = new SaxesParser();
  readonly #cases = new Cases();
  /** Names of elements that are open. */
  readonly #open: string[] = [];
  /** Names of test suites that are open. */
  readonly #suites: string[] = [];
  #case: OpenCase | undefined;
  /** Text of the element that is read, if it is kept. */
  #text: string | undefined;
  /** For each open test suite, and the root: the failures that it counts, and those that were named before it began. */
  readonly #counting: { readonly counted: number; readonly before: number }[] = [];
  #failed = 0;

  constructor() {
    const xml = this.#xml;
    xml.on('error', ({ message }) => {
      throw new PermanentError(`it is no valid XML: ${message.slice(0, 300)}`);
    });
    xml.on('doctype', () => {
      throw new PermanentError('it has a DOCTYPE, which no JUnit report needs; write it without one');
    });
    xml.on('xmldecl', ({ encoding = 'utf-8' }) => {
      if (/^(utf-?8|us-ascii|ascii)$/i.test(encoding)) return;
      throw new PermanentError(`it is encoded in ${encoding.slice(0, 40)}; write it in UTF-8`);
    });
    xml.on('opentag', (tag) => {
      this.#begin(tag);
    });
    xml.on('closetag', ({ name }) => {
      this.#end(local(name));
    });
    const keep = (text: string) => {
      if (this.#text !== undefined && this.#text.length < TEXT_KEPT) this.#text += text.slice(0, TEXT_KEPT);
    };
    xml.on('text', keep);
    xml.on('cdata', keep);
  }

  write(text: string): void {
    this.#xml.write(text);
  }

  end(): Cases {
    // Throws when elements are still open.
    this.#xml.close();
    return this.#cases;
  }

  #begin({ name: written, attributes }: SaxesTagPlain): void {
    const name = local(written);
    if (this.#open.length === 0) this.#root(name);
    const isOfCase = this.#open.at(-1) === 'testcase' && name !== 'testcase';
    if (isOfCase && !WITHIN.has(name)) {
      throw new PermanentError(`a <testcase> of it has the unknown element <${written.slice(0, 40)}>`);
    }
    this.#open.push(name);
    if (this.#open.length > MOST_DEPTH) {
      throw new PermanentError(`its elements are nested more than ${MOST_DEPTH} deep`);
    }
    if (name === 'testsuite' || name === 'testsuites') this.#count(attributes);
    if (name === 'testsuite') this.#suites.push(attributes['name'] ?? '');
    else if (name === 'testcase') this.#beginCase(attributes);
    else if (this.#case !== undefined) this.#within(this.#case, name, attributes);
    else if (FAILED.has(name)) {
      // A failure of the whole suite, or of all suites, such as of their set-up.
      this.#case = { ...emptyCase(), path: this.#suites, name: '(suite)' };
      this.#within(this.#case, name, attributes);
    }
  }

  #root(name: string): void {
    if (name !== 'testsuites' && name !== 'testsuite') {
      throw new PermanentError(`it is no JUnit report: it begins with <${name.slice(0, 40)}>, not <testsuites>`);
    }
  }

  #count({ failures, errors }: SaxesTagPlain['attributes']): void {
    this.#counting.push({ counted: count(failures) + count(errors), before: this.#failed });
  }

  /** A failure that is counted and not named would be lost. */
  #compare(): void {
    const { counted = 0, before = 0 } = this.#counting.pop() ?? {};
    const named = this.#failed - before;
    if (counted <= named) return;
    const of = named === 0 ? 'none of them' : `only ${named}`;
    throw new PermanentError(`it contradicts itself: it counts ${counted} failures, and names ${of}`);
  }

  #beginCase({ name = '', classname = '', time, status = '', result = '' }: SaxesTagPlain['attributes']): void {
    if (this.#case !== undefined) throw new PermanentError('it has a <testcase> within another');
    const seconds = time === undefined ? 0 : Number(time.replaceAll(',', ''));
    this.#case = {
      ...emptyCase(),
      path: NO_CLASS.includes(classname) ? [...this.#suites] : [classname],
      name,
      ms: seconds * 1000,
      failed: [status, result].some((said) => FAILED_STATUS.has(said.toLowerCase())),
      skipped: SKIPPED_STATUS.has(status.toLowerCase()),
    };
  }

  #within(open: OpenCase, name: string, attributes: SaxesTagPlain['attributes']): void {
    const { message } = attributes;
    if (FAILED.has(name)) {
      open.failed = true;
      open.failures += 1;
    } else if (RERUN.has(name)) open.failed = true;
    else if (FLAKY.has(name)) open.flaky = true;
    else if (SKIPPED.has(name)) open.skipped = true;
    else if (name === 'property' && attributes['name'] === 'criterion') {
      open.criteria.push(...(attributes['value'] ?? '').split(/[\s,]+/));
      if (attributes['value'] === undefined) this.#text = '';
    }
    if (!FAILED.has(name) && !FLAKY.has(name)) return;
    open.message ??= message;
    if (open.text === undefined) this.#text = '';
  }

  #end(name: string): void {
    this.#open.pop();
    if (name === 'testsuite' || name === 'testsuites') this.#compare();
    const open = this.#case;
    const text = this.#text;
    if (open !== undefined && text !== undefined && TEXTS.has(name)) {
      if (name === 'property') open.criteria.push(...text.trim().split(/[\s,]+/));
      else open.text = text;
      this.#text = undefined;
    }
    this.#endElement(name, open);
  }

  #endElement(name: string, open: OpenCase | undefined): void {
    if (open !== undefined && (name === 'testcase' || (open.name === '(suite)' && FAILED.has(name)))) {
      this.#case = undefined;
      this.#text = undefined;
      if (open.failed) this.#failed += Math.max(1, open.failures);
      this.#cases.add(reported(open));
    }
    if (name === 'testsuite') this.#suites.pop();
  }
}

function emptyCase(): Omit<OpenCase, 'path' | 'name'> {
  return { failed: false, failures: 0, flaky: false, skipped: false, criteria: [] };
}

function reported({ path, name, ms, failed, flaky, skipped, message, text, criteria }: OpenCase): ReportedCase {
  const state = failed ? 'failed' : skipped ? 'skipped' : flaky ? 'flaky' : 'passed';
  return { path, name, state, ms, message: message ?? text, stack: text, criteria };
}

/** A name without the prefix of its namespace. */
function local(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}

function count(attribute: string | undefined): number {
  const value = Number(attribute ?? 0);
  return Number.isFinite(value) ? value : 0;
}
