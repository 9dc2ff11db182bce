import type { Verdict } from '../../gates/ledger.ts';
import { type Block, paragraph, table } from '../page/blocks.ts';
import { attribute, html } from '../page/escape.ts';
import { htmlFrame, sectionsInHtml } from '../page/html.ts';
import { verdictText } from '../verdict.ts';
import { FORM_STYLE } from './style.ts';

/** Small print of every page. */
export const FOOT =
  'A decision counts only with an ID token that the provider has issued to you for this decision. The phase verifies it.';

/** A decision as its pages tell it. */
export interface ToldDecision {
  readonly verdict: string;
  readonly sub: string;
  readonly phase: string;
  readonly gate: string;
  readonly round: number;
  readonly criterion?: string | number | undefined;
  readonly reason?: string | undefined;
  readonly rework?: readonly string[] | undefined;
  readonly note?: string | undefined;
}

/** A page that only tells something, with a link to go on. */
export function messagePage(
  title: string,
  text: string,
  link?: { readonly href: string; readonly text: string },
): string {
  const main =
    link === undefined ? '' : `<p><a href="${attribute(link.href)}" rel="noreferrer">${html(link.text)}</a></p>`;
  return htmlFrame({ title, lead: text, foot: FOOT }, { main, style: FORM_STYLE });
}

/** The page between the decision and the provider. The answer's Refresh header leads on; the link does so where a browser ignores that. */
export function signInPage(url: string): string {
  return messagePage('Sign in to decide', `You go on to ${new URL(url).host}, which vouches for your decision.`, {
    href: url,
    text: 'Go on to sign in',
  });
}

/** What the person has decided and signed in for, and the form that sends it. */
export function confirmPage(decision: ToldDecision, form: { readonly action: string; readonly csrf: string }): string {
  const { verdict, gate, phase, sub } = decision;
  const main = `${sectionsInHtml([{ title: 'Your decision', blocks: decisionTable(decision) }])}
<form method="post" action="${attribute(form.action)}">
<input type="hidden" name="csrf" value="${attribute(form.csrf)}">
<p class="hint">Nothing has been sent yet.</p>
<button type="submit">Send: ${html(verdict)} ${html(gate)}</button>
</form>`;
  const lead = `You are signed in as ${sub}. Send your decision, or close this page.`;
  return htmlFrame({ title: `${verdict} ${gate} of ${phase}?`, lead, foot: FOOT }, { main, style: FORM_STYLE });
}

/** What the phase made of the decision. */
export function verdictPage(decision: ToldDecision, verdict: Verdict, back: string): string {
  const counted = verdict.code === 'ACCEPTED' || verdict.code === 'PRE_APPROVED';
  const [lead = '', ...rest] = verdictText(verdict).split('\n');
  const sections = [
    { title: 'Where the gate stands', blocks: rest.flatMap(paragraph) },
    { title: 'Your decision', blocks: decisionTable(decision) },
  ];
  const main = `${sectionsInHtml(sections)}\n<p><a href="${attribute(back)}">Look at the gate</a></p>`;
  const title = counted ? 'Your decision counts' : 'Your decision does not count';
  return htmlFrame({ title, lead, foot: FOOT }, { main, style: FORM_STYLE });
}

function decisionTable(decision: ToldDecision): Block[] {
  const { verdict, sub, phase, gate, round, criterion, reason, rework, note } = decision;
  const rows: [string, string | undefined][] = [
    ['Decision', verdict],
    ['By', sub],
    ['Phase', phase],
    ['Gate', `${gate}, round ${String(round)}`],
    ['Criterion', criterion === undefined ? 'everything that you may decide' : String(criterion)],
    ['Reason', reason],
    ['To do again', rework?.join(', ')],
    ['Note', note],
  ];
  const said = rows.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
  return table('Your decision', ['What', 'Value'], said);
}
