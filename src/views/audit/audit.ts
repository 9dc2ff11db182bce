/** The auditor's page: what the verification of a record has proved, and what people and checks have decided, whole. */
import type { Standing } from '../../contract/standing.ts';
import type { LedgerEntry } from '../../gates/ledger.ts';
import { reviewOf } from '../../gates/messages/override.ts';
import { type Block, paragraph, type Report, table } from '../page/blocks.ts';
import { subjectOf, type Subject } from '../report/subject.ts';
import { duties } from './duties.ts';
import { gateAudits } from './gates.ts';

/** What the verification says. */
export interface Proved {
  /** A sentence for each thing that was proved, with what it was proved by. */
  readonly proved: readonly string[];
  /** A sentence for each thing that is left unproved, and what would prove it. */
  readonly unproved: readonly string[];
}

/** Rows of evidence. */
const EVIDENCE = 2_000;

/** @param standing of the record that was verified */
export function auditReport(standing: Standing, { proved, unproved }: Proved): Report {
  const subject = subjectOf(standing);
  const { plan, workflowId, ledger, at } = standing;
  const { dates } = subject;
  return {
    title: `Phase ${plan.number}: ${plan.title}: audit`,
    lead: `The record of the workflow ${workflowId} holds: ${unproved.length === 0 ? 'nothing is left unproved' : 'what is left unproved is listed below'}.`,
    sections: [
      { title: 'What was proved', blocks: list(proved) },
      { title: 'What was not proved', blocks: list(unproved) },
      { title: 'Gates', blocks: gateAudits(subject) },
      { title: 'Overrides and their reviews', blocks: overrides(subject) },
      { title: 'Separation of duties', blocks: duties(subject) },
      { title: 'Evidence', blocks: evidence(ledger) },
    ],
    foot: `The last event of the record is of ${dates.instant(at)} (${dates.zone}). The folder of the record is all that the verification needs: npm run verify -- FOLDER repeats it, without a network.`,
  };
}

function list(items: readonly string[]): Block[] {
  return items.length === 0 ? [] : [{ kind: 'list', items }];
}

/** Each override, and who has reviewed it. */
function overrides({ standing: { ledger }, dates }: Subject): Block[] {
  const rows = ledger
    .filter(({ what, code }) => what === 'override' && code === 'ACCEPTED')
    .map((entry) => {
      const { number, at, by = '', on = '', reason } = entry;
      const criterion = reviewOf(entry);
      const review = ledger.findLast(
        ({ what, code, criteria = [] }) =>
          what === 'approve' && code === 'ACCEPTED' && criterion !== undefined && criteria.includes(criterion),
      );
      const reviewed =
        review === undefined
          ? `${criterion ?? 'no criterion'}, by nobody yet`
          : `${criterion ?? ''}, by ${review.by ?? ''}, ${dates.instant(review.at)}, entry ${String(review.number)}`;
      return [on, `${by}, ${dates.instant(at)}, entry ${String(number)}`, reason, reviewed];
    });
  if (rows.length === 0) return paragraph('No gate was cleared by an override.');
  return table('Overrides', ['Gate', 'By', 'Reason', 'Reviewed in'], rows);
}

function evidence(ledger: readonly LedgerEntry[]): Block[] {
  const rows = ledger.flatMap(({ number, on = '', what, evidence: given }) => {
    if (given === undefined) return [];
    const { where, sha256 = 'none' } = typeof given === 'string' ? { where: given } : given;
    return [[String(number), `${what} ${on}`.trim(), where, sha256]];
  });
  if (rows.length === 0) return paragraph('No entry of the ledger names evidence.');
  return [
    ...table('Evidence by entry of the ledger', ['Entry', 'For', 'Where', 'SHA-256'], rows.slice(0, EVIDENCE)),
    ...paragraph(rows.length > EVIDENCE ? `${String(EVIDENCE)} of ${String(rows.length)} are shown.` : ''),
  ];
}
