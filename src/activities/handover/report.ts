import { isRecord, type JsonObject } from '../../base/json.ts';
import { counted, plainLine } from '../../base/text.ts';
import type { HandoverDocument, Provided } from '../../contract/handover.ts';

/** Rows of the longer tables; the hand-over beside the report has all. */
const ROWS = 200;

/**
 * Draws the final report of a phase from its hand-over: one HTML page, for stakeholders, that needs no other file. Text from outside is
 * escaped; nothing in it runs or is loaded.
 */
export function finalReport(document: HandoverDocument): string {
  const { phase, milestones, provides, slices = {} } = document;
  const title = `Phase ${phase.number}: ${phase.title}`;
  const gates = [...new Set(provides.map(({ gate = '' }) => gate))].filter((gate) => gate !== '');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${html(title)} – final report</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${html(title)}</h1>
<p class="lead">${html(conclusion(document, gates.length))}</p>
${section(
  'Milestones',
  table(
    ['Milestone', 'State'],
    milestones.map(({ number, title: name, state }) => [`${number} ${name}`, state]),
  ),
)}
${section('What had to be true, and how it was met', gates.map((gate) => criteriaOf(gate, provides)).join('\n'))}
${section('Tests', testsOf(slices['suites']))}
${section('Issues', issuesOf(slices['issues']))}
${section('The system', endpointsOf(document))}
${section('What comes next', `<p>${html(nextOf(document))}</p>`)}
${section('Evidence', evidenceOf(document))}
</main>
</body>
</html>
`;
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

function criteriaOf(gate: string, provides: readonly Provided[]): string {
  const rows = provides.filter((one) => one.gate === gate);
  const marked = rows.map((one) => [`${isException(one) ? '⚠ ' : ''}${one.text}`, one.met ?? '']);
  return `<h3>${html(gateInWords(gate))}</h3>\n${table(['Criterion', 'How it was met'], marked)}`;
}

/** Waived and overridden criteria were never met. */
function isException({ met = '' }: Provided): boolean {
  return /^(waived|overridden|before the phase)/.test(met);
}

function gateInWords(gate: string): string {
  const [milestone = '', kind] = gate.split('/');
  if (kind === undefined) return milestone === 'entry' ? 'Start of the phase' : 'Completion of the phase';
  const words: { readonly [kind: string]: string } = { entry: 'start', exit: 'end of the work', quality: 'quality' };
  return `Milestone ${milestone}: ${words[kind] ?? gate.slice(milestone.length + 1)}`;
}

function testsOf(suites: JsonObject | undefined): string {
  if (suites === undefined) return '';
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
  return table(['Suite and environment', 'Cases passed', 'Failed, flaky, skipped', 'Revision'], rows);
}

function issuesOf(issues: JsonObject | undefined): string {
  if (issues === undefined) return '<p>None was found.</p>';
  const { found = 0, closed = 0, deferred } = issues;
  const list = (Array.isArray(deferred) ? deferred : []) as readonly { readonly [key: string]: unknown }[];
  const rows = list.map((one) => ['id', 'severity', 'title', 'by', 'reason'].map((key) => textOf(one[key])));
  const counts = `<p>${html(`${textOf(found)} found, ${textOf(closed)} closed, ${rows.length} deferred.`)}</p>`;
  return rows.length === 0 ? counts : `${counts}\n${table(['Issue', 'Severity', 'What', 'Deferred by', 'Why'], rows)}`;
}

/** Addresses that tasks have published. */
function endpointsOf({ outputs = {} }: HandoverDocument): string {
  const all = Object.entries(outputs).flatMap(([environment, addresses]) =>
    Object.values(addresses).flatMap((published) =>
      Object.entries(published).flatMap(([name, value]) =>
        /^https?:\/\//.test(value) ? [[environment, name, value]] : [],
      ),
    ),
  );
  const unique = new Map(all.map((row) => [row.join('\n'), row]));
  return unique.size === 0 ? '' : table(['Where', 'Name', 'Address'], [...unique.values()].slice(0, ROWS));
}

function nextOf({ next, workflowId }: HandoverDocument): string {
  const name =
    next?.number === undefined
      ? 'The next phase'
      : `Phase ${next.number}${next.title === undefined ? '' : `, ${next.title}`},`;
  return `${name} begins with the hand-over of ${workflowId}, which is the file beside this report.`;
}

function evidenceOf({ evidence, ledger, workflowId }: HandoverDocument): string {
  const rows = evidence.slice(0, ROWS).map((one) => {
    const { where = one, sha256 = '' } = (isRecord(one) ? one : {}) as { where?: unknown; sha256?: string };
    return [textOf(where), sha256];
  });
  const record = `The record of ${workflowId} has ${textOf(ledger?.length ?? 0)} entries; "npm run verify" checks it.`;
  return `<p>${html(record)}</p>\n<details><summary>${html(counted(rows.length, 'piece', 'pieces'))} that checks have looked at</summary>\n${table(['Where', 'SHA-256'], rows)}</details>`;
}

function section(title: string, body: string): string {
  return body === '' ? '' : `<section>\n<h2>${html(title)}</h2>\n${body}\n</section>`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = (row: readonly string[], tag: string) => row.map((one) => `<${tag}>${html(one)}</${tag}>`).join('');
  const body = rows.map((row) => `<tr>${cells(row, 'td')}</tr>`).join('\n');
  return `<div class="scroll"><table>\n<thead><tr>${cells(head, 'th scope="col"').replaceAll('</th scope="col">', '</th>')}</tr></thead>\n<tbody>\n${body}\n</tbody>\n</table></div>`;
}

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

function html(text: string): string {
  const entities: { readonly [character: string]: string } = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return plainLine(text, Infinity).replace(/[&<>"']/g, (character) => entities[character] ?? character);
}

const STYLE = `
:root { color-scheme: light dark; --line: #c8ccd2; --soft: #59616c; }
@media (prefers-color-scheme: dark) { :root { --line: #454c55; --soft: #a3abb6; } }
body { margin: 0; font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 1.5rem; }
h1 { font-size: 1.7rem; } h2 { font-size: 1.25rem; margin-top: 2rem; } h3 { font-size: 1rem; margin-bottom: .3rem; }
.lead { font-size: 1.1rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .92rem; }
th, td { text-align: left; vertical-align: top; padding: .35rem .6rem; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
th { color: var(--soft); font-weight: 600; }
summary { cursor: pointer; }
@media print { main { padding: 0; max-width: none; } section { break-inside: avoid-page; } @page { size: A4; margin: 15mm; } }
`;
