import type { Evidence } from '../../gates/ledger.ts';
import type { OpenGate } from '../../contract/answers.ts';
import { second } from '../../gates/rules/waits.ts';
import { type Block, paragraph, type Section, table } from '../page/blocks.ts';
import { attribute, html } from '../page/escape.ts';
import { htmlFrame, sectionsInHtml } from '../page/html.ts';
import { evidenceInWords, needsInWords } from '../words.ts';
import { FOOT } from './pages.ts';
import { FORM_STYLE } from './style.ts';

/** What a person may do about a gate on its page. */
export interface GateForms {
  /** Path that takes the decision, with the phase and the gate in its query. */
  readonly action: string;
  /** Proves that a form is from this page. */
  readonly csrf: string;
  /** Who may be chosen as the person who decides; one where the proxy has told who is signed in. */
  readonly people: readonly string[];
  /** Stands first. */
  readonly first: 'approve' | 'reject';
}

/** The page of an open gate: round, criteria, evidence, who may decide, and the forms; or why there are none. */
export function gatePage(workflowId: string, gate: OpenGate, forms: GateForms | { readonly closed: string }): string {
  const { title, state, round, waits, stuck, openedAt, deadline, rejection } = gate;
  const times = [
    ...(openedAt === undefined ? [] : [`Open since ${second(openedAt)}.`]),
    ...(deadline === undefined ? [] : [`Deadline: ${second(deadline)}.`]),
    ...(waits.length === 0 ? [] : [`It also waits for: ${waits.join(', ')}.`]),
    ...(stuck === undefined ? [] : [`It cannot clear: ${stuck}.`]),
    ...(rejection === undefined ? [] : [`Rejected by ${rejection.by}: ${rejection.reason}.`]),
  ];
  const sections: Section[] = [
    { title: 'What is still missing', blocks: [...paragraph(times.join(' ')), ...unmetTable(gate)] },
    { title: 'What is met', blocks: metTable(gate) },
  ];
  const closed = 'closed' in forms ? `<h2>No decision here</h2>\n<p>${html(forms.closed)}</p>` : undefined;
  return htmlFrame(
    {
      title: `${workflowId}: ${title}`,
      lead: `Gate ${gate.gate} is ${state}, in round ${String(round)}.`,
      foot: FOOT,
    },
    {
      main: [sectionsInHtml(sections), closed ?? formsOf(gate, forms as GateForms)].join('\n'),
      style: FORM_STYLE,
    },
  );
}

function unmetTable({ title, unmet }: OpenGate): Block[] {
  const rows = unmet.map((criterion) => [
    `${String(criterion.number)} ${criterion.text}`,
    needsInWords(criterion),
    [...(criterion.changes === undefined ? [] : [evidenceInWords(criterion.changes)]), allInWords(criterion.evidence)]
      .filter((part) => part !== '')
      .join('; '),
  ]);
  return table(`${title}: criteria that are not met`, ['Criterion', 'Who or what it waits for', 'Evidence'], rows);
}

function metTable({ title, met }: OpenGate): Block[] {
  const rows = met.map(({ number, text, how, evidence }) => [`${String(number)} ${text}`, how, allInWords(evidence)]);
  return table(`${title}: criteria that are met`, ['Criterion', 'How', 'Evidence'], rows);
}

function allInWords(evidence: readonly Evidence[] = []): string {
  return evidence.map(evidenceInWords).join('; ');
}

function formsOf(gate: OpenGate, forms: GateForms): string {
  const both = { approve: approveForm(gate, forms), reject: rejectForm(gate, forms) };
  const { approve, reject } = both;
  return [`<h2>Your decision</h2>`, ...(forms.first === 'approve' ? [approve, reject] : [reject, approve])].join('\n');
}

function approveForm(gate: OpenGate, forms: GateForms): string {
  const options = gate.unmet.map(
    ({ number, text }) => `<option value="${String(number)}">${html(`${String(number)} ${text}`)}</option>`,
  );
  return formOf('approve', gate, forms, [
    '<label for="criterion">Criterion</label>',
    `<select id="criterion" name="criterion"><option value="">everything that I may approve</option>${options.join('')}</select>`,
    '<label for="note">Note (may be empty)</label>',
    '<textarea id="note" name="note" rows="2" maxlength="2000"></textarea>',
  ]);
}

function rejectForm(gate: OpenGate, forms: GateForms): string {
  return formOf('reject', gate, forms, [
    '<label for="reason">Reason</label>',
    '<textarea id="reason" name="reason" rows="2" maxlength="2000" required></textarea>',
    '<label for="rework">Tasks to do again, for example 4.1/b1 4.1/b2 (may be empty)</label>',
    '<input type="text" id="rework" name="rework" maxlength="4000" autocomplete="off">',
  ]);
}

function formOf(
  verdict: 'approve' | 'reject',
  { round, nonce = '', subject }: OpenGate,
  { action, csrf, people }: GateForms,
  fields: readonly string[],
): string {
  const word = verdict === 'approve' ? 'Approve' : 'Reject';
  const hidden = { csrf, verdict, round: String(round), nonce, subject };
  return `<form method="post" action="${attribute(action)}" aria-labelledby="${verdict}">
<h3 id="${verdict}">${word}</h3>
${Object.entries(hidden)
  .map(([name, value]) => `<input type="hidden" name="${name}" value="${attribute(value)}">`)
  .join('\n')}
${personField(verdict, people)}
${fields.join('\n')}
<p class="hint">You sign in next, and see once more what you decide before it is sent.</p>
<button type="submit">${word}, and sign in</button>
</form>`;
}

function personField(verdict: string, people: readonly string[]): string {
  const [only] = people;
  if (only !== undefined && people.length === 1) {
    return `<p>You decide as <strong>${html(only)}</strong>.</p><input type="hidden" name="by" value="${attribute(only)}">`;
  }
  const options = people.map((by) => `<option value="${attribute(by)}">${html(by)}</option>`).join('');
  const none = `<option value="">choose your name</option>`;
  return `<label for="${verdict}-by">Who you are</label>
<select id="${verdict}-by" name="by" required>${none}${options}</select>`;
}
