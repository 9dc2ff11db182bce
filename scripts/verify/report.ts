import type { Anchors, UsedKey } from '../../src/record/signatures.ts';
import { counted } from '../../src/base/text.ts';
import type { NeverStarted } from '../../src/record/never-started.ts';
import type { GateBy, Verified } from '../../src/record/verify.ts';

/** The findings of a record that holds, for people. */
export function verifiedLines(found: Verified, anchors: Anchors = {}): string {
  const { workflowId, phase, entries, messages, heads, head, afterwards, resets, gates } = found;
  const late = afterwards > 0 ? `; ${String(afterwards)} more came after ${endOf(found)}` : '';
  return [
    `${workflowId === '' || workflowId === phase ? phase : `${workflowId} (${phase})`}: the ledger holds.`,
    ...cutOff(found),
    `  ${counted(entries, 'entry', 'entries')} in one chain, head ${head}`,
    ...anchored(found),
    `  ${counted(messages, 'message')}, each in a history and in the ledger${late}`,
    ...signatures(found, anchors),
    `  ${counted(heads, 'head')} that ${heads === 1 ? 'was written down elsewhere fits' : 'were written down elsewhere fit'}`,
    ...(resets === 0
      ? []
      : [`  ${counted(resets, 'reset')}; what a run did after the point of its reset is in that run alone`]),
    `  ${counted(gates, 'gate')} cleared with their policy met`,
    ...listed('cleared by an override, with criteria unmet', found.overridden),
    ...listed('counted as cleared before the phase, unproved', found.beforehand),
    ...milestones(found),
    ...(found.handover === 'as written' ? ['  the hand-over is the one that the phase wrote'] : []),
    ...(found.handover === 'absent' ? ['  the hand-over is not beside the record, so it was not looked at'] : []),
  ].join('\n');
}

/** The answer for a phase that was refused when it was started. */
export function neverStartedLines({ workflowId, reason, messages }: NeverStarted): string {
  return [
    `${workflowId === '' ? 'the phase' : workflowId}: the phase never started, so there is no ledger to verify.`,
    `  it failed with: ${reason}`,
    ...(messages === 0
      ? []
      : [
          `  ${counted(messages, 'message')} came before that, and nobody has judged ${messages === 1 ? 'it' : 'them'}`,
        ]),
  ].join('\n');
}

function anchored({ anchored: count, entries }: Verified): string[] {
  if (count === undefined) return [];
  if (count === entries) return ['  its head is the one given'];
  return [`  the head given is that of entry ${String(count)}: it covers the entries up to there, and none after it`];
}

function signatures({ signed, keys }: Verified, { playbook, providerKeys }: Anchors): string[] {
  if (signed === 0) return [];
  const sources = { key: playbook === undefined, oidc: providerKeys === undefined };
  const line = ({ by, thumbprint, method }: UsedKey): string => {
    const whose = method === 'key' ? `${by}, key ${thumbprint}` : `${by}, vouched for by the provider's ${thumbprint}`;
    return `    ${whose}${sources[method] ? ', as the record lists it' : ''}`;
  };
  return [`  ${counted(signed, 'signature')}, each verified again`, ...keys.map(line)];
}

function listed(words: string, gates: readonly GateBy[]): string[] {
  if (gates.length === 0) return [];
  return [`  ${words}: ${gates.map(({ gate, by }) => `${gate} (by ${by})`).join(', ')}`];
}

/** The things that a record cannot show of a phase that has not ended by itself. */
function cutOff({ ended, beyond }: Verified): string[] {
  if (ended === 'completed' || ended === 'cancelled') return [];
  const what = ended === 'failed' ? 'failed' : ended === 'terminated' ? 'was terminated' : 'was ended by its time-out';
  const lost =
    beyond === 0
      ? ''
      : `; ${counted(beyond, 'head')} written down elsewhere ${beyond === 1 ? 'shows' : 'show'} that there were more entries`;
  return [`  the phase ${what}: its ledger goes as far as it was recorded, and what followed is in no history${lost}`];
}

function endOf({ ended }: Verified): string {
  if (ended === 'completed' || ended === 'cancelled') return 'the end';
  return 'the last entry that was recorded, and whether they were judged is in no history';
}

function milestones({ milestones: { seen, missing } }: Verified): string[] {
  const ends = 'begins and ends as the phase tells it';
  const told = missing.map(({ workflowId, runId, reason }) => {
    return `    ${workflowId}${runId === undefined ? '' : ` (run ${runId})`}: ${reason}`;
  });
  return [
    ...(seen === 0 ? [] : [`  ${counted(seen, 'history', 'histories')} of milestones, each of which ${ends}`]),
    ...(told.length === 0
      ? []
      : [`  ${counted(told.length, 'history', 'histories')} missing, and so not looked at:`, ...told]),
  ];
}
