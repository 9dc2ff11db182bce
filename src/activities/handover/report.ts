import { isRecord, type JsonObject } from '../../base/json.ts';
import { counted } from '../../base/text.ts';
import type { HandoverDocument, Provided } from '../../contract/handover.ts';
import { type Block, paragraph, table } from '../../views/page/blocks.ts';
import { htmlPage } from '../../views/page/html.ts';
import { gateInWords } from '../../views/report/subject.ts';

/** Rows of the longer tables; the hand-over beside the report has all. */
const ROWS = 200;

/**
 * Draws the final report of a phase from its hand-over: one HTML page, for stakeholders, that needs no other file. Text from outside is
 * escaped; nothing in it runs or is loaded.
 */
export function finalReport(document: HandoverDocument): string {
  const { phase, milestones, provides, slices = {}, ledger, workflowId } = document;
  const gates = [...new Set(provides.map(({ gate = '' }) => gate))].filter((gate) => gate !== '');
  const states = milestones.map(({ number, title, state }) => [`${number} ${title}`, state]);
  return htmlPage({
    title: `Phase ${phase.number}: ${phase.title}`,
    lead: conclusion(document, gates.length),
    sections: [
      { title: 'Milestones', blocks: table('Milestones and their states', ['Milestone', 'State'], states) },
      {
        title: 'What had to be true, and how it was met',
        blocks: gates.flatMap((gate) => criteriaOf(gate, provides)),
      },
      { title: 'Tests', blocks: testsOf(slices['suites']) },
      { title: 'Issues', blocks: issuesOf(slices['issues']) },
      { title: 'The system', blocks: endpointsOf(document) },
      { title: 'What comes next', blocks: paragraph(nextOf(document)) },
      { title: 'Evidence', blocks: evidenceOf(document) },
    ],
    foot: `Final report. The record of ${workflowId} has ${textOf(ledger?.length ?? 0)} entries: "npm run verify" checks it, and "npm run report" draws the schedule and all decisions from it.`,
  });
}

function conclusion({ completedAt, milestones, provides, slices = {} }: HandoverDocument, gates: number): string {
  const exceptions = provides.filter(isException).length;
  const without =
    exceptions === 0 ? 'without an exception' : `with ${counted(exceptions, 'exception')}, which is marked below`;
  const { found = 0, deferred = [] } = (slices['issues'] ?? {}) as { found?: number; deferred?: readonly unknown[] };
  const issues =
    slices['issues'] === undefined
      ? ''
      : ` Testing found ${counted(found, 'issue')}; ${deferred.length === 0 ? 'all are closed' : `${deferred.length} of them deferred`}.`;
  const done = counted(milestones.length, 'milestone');
  return `Completed on ${completedAt.slice(0, 10)}: ${done} done, and ${counted(provides.length, 'criterion', 'criteria')} of ${counted(gates, 'gate')} met ${without}.${issues}`;
}

function criteriaOf(gate: string, provides: readonly Provided[]): Block[] {
  const rows = provides.filter((one) => one.gate === gate);
  const marked = rows.map((one) => [`${isException(one) ? '⚠ ' : ''}${one.text}`, one.met ?? '']);
  const title = gateInWords(gate);
  return [{ kind: 'heading', text: title }, ...table(`${title}: criteria`, ['Criterion', 'How it was met'], marked)];
}

/** Waived and overridden criteria were never met. */
function isException({ met = '' }: Provided): boolean {
  return /^(waived|overridden|before the phase)/.test(met);
}

function testsOf(suites: JsonObject | undefined): Block[] {
  if (suites === undefined) return [];
  const rows = Object.entries(suites).map(([key, value]) => {
    const { cases, revision } = (isRecord(value) ? value : {}) as { cases?: JsonObject; revision?: string };
    const { total = 0, passed = 0, failed = 0, flaky = 0, skipped = 0 } = cases ?? {};
    return [
      key,
      `${textOf(passed)} of ${textOf(total)}`,
      `${textOf(failed)}, ${textOf(flaky)}, ${textOf(skipped)}`,
      (revision ?? '').slice(0, 12),
    ];
  });
  const head = ['Suite and environment', 'Cases passed', 'Failed, flaky, skipped', 'Revision'];
  return table('Last results of the test suites', head, rows);
}

function issuesOf(issues: JsonObject | undefined): Block[] {
  if (issues === undefined) return paragraph('None was found.');
  const { found = 0, closed = 0, deferred } = issues;
  const list = (Array.isArray(deferred) ? deferred : []) as readonly { readonly [key: string]: unknown }[];
  const rows = list.map((one) => ['id', 'severity', 'title', 'by', 'reason'].map((key) => textOf(one[key])));
  return [
    ...paragraph(`${textOf(found)} found, ${textOf(closed)} closed, ${rows.length} deferred.`),
    ...table('Deferred issues', ['Issue', 'Severity', 'What', 'Deferred by', 'Why'], rows),
  ];
}

/** Addresses that tasks have published. */
function endpointsOf({ outputs = {} }: HandoverDocument): Block[] {
  const all = Object.entries(outputs).flatMap(([environment, addresses]) =>
    Object.values(addresses).flatMap((published) =>
      Object.entries(published).flatMap(([name, value]) =>
        /^https?:\/\//.test(value) ? [[`${environment}: ${name}`, value]] : [],
      ),
    ),
  );
  const unique = new Map(all.map((row) => [row.join('\n'), row]));
  return table('Addresses', ['Where', 'Address'], [...unique.values()].slice(0, ROWS));
}

function nextOf({ next, workflowId }: HandoverDocument): string {
  const name =
    next?.number === undefined
      ? 'The next phase'
      : `Phase ${next.number}${next.title === undefined ? '' : `, ${next.title}`},`;
  return `${name} begins with the hand-over of ${workflowId}, which is the file beside this report.`;
}

function evidenceOf({ evidence }: HandoverDocument): Block[] {
  const rows = evidence.slice(0, ROWS).map((one) => {
    const { where = one, sha256 = '' } = (isRecord(one) ? one : {}) as { where?: unknown; sha256?: string };
    return [textOf(where), sha256];
  });
  if (rows.length === 0) return [];
  const summary = `${counted(rows.length, 'piece', 'pieces')} that checks have looked at`;
  return [{ kind: 'details', summary, blocks: table('Evidence', ['Where', 'SHA-256'], rows) }];
}

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
