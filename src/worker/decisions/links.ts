import type { Notice } from '../../contract/notice.ts';
import type { GateId } from '../../plan/gate-model.ts';
import type { Plan } from '../../plan/model.ts';

/** Query of the page of a gate. */
export function gateQuery(workflowId: string, gate: GateId): string {
  return new URLSearchParams({ phase: workflowId, gate }).toString();
}

/** In characters. Two links have to fit into one text of Slack. */
const LONGEST_LINK = 1400;

/**
 * Links of a notice to the page on which the gate is decided. They lead to the page only: whoever has them decides nothing without signing in.
 *
 * @param url public address of the page; absent: it is off
 */
export function decisionLinks(
  url: string | undefined,
  { kind, phase, gate }: Notice,
  { oidc }: Pick<Plan, 'oidc'>,
): Pick<Notice, 'decide'> {
  const isOpen = kind === 'opened' || kind === 'reminder' || kind === 'escalated';
  if (url === undefined || oidc === undefined || gate === undefined || !isOpen) return {};
  const page = `${url}/gate?${gateQuery(phase, gate)}`;
  // Only a workflow id of hundreds of characters makes it so long.
  if (page.length > LONGEST_LINK) return {};
  return { decide: { approve: `${page}&verdict=approve`, reject: `${page}&verdict=reject` } };
}
