import type { Verified } from '../../src/record/verify.ts';

/** What was found right, for people. */
export function verifiedLines({
  workflowId,
  phase,
  entries,
  messages,
  signed,
  heads,
  gates,
  beforehand,
  handover,
  head,
  afterwards,
  resets,
}: Verified): string {
  const late = afterwards > 0 ? `; ${String(afterwards)} more came after the end` : '';
  return [
    `${workflowId === '' || workflowId === phase ? phase : `${workflowId} (${phase})`}: the ledger holds.`,
    `  ${String(entries)} entries in one chain, head ${head}`,
    `  ${String(messages)} messages, each in a history and in the ledger${late}`,
    ...(signed === 0 ? [] : [`  ${String(signed)} signatures, each verified again`]),
    `  ${String(heads)} heads that were written down elsewhere fit`,
    ...(resets === 0
      ? []
      : [`  ${String(resets)} resets; what a run did after the point of its reset is in that run alone`]),
    `  ${String(gates)} gates cleared with their policy met`,
    ...(beforehand.length === 0
      ? []
      : [`  counted as cleared before the phase, unproved: ${beforehand.map(saidBy).join(', ')}`]),
    ...(handover === 'as written' ? ['  the hand-over is the one that the phase wrote'] : []),
    ...(handover === 'absent' ? ['  the hand-over is not beside the record, so it was not looked at'] : []),
  ].join('\n');
}

function saidBy({ gate, by }: Verified['beforehand'][number]): string {
  return `${gate} (by ${by})`;
}
