import type { Anchors } from '../../src/record/anchors.ts';
import type { UsedKey } from '../../src/record/signatures.ts';
import { counted, plainLine } from '../../src/base/text.ts';
import type { GateBy, NeverStarted, Verified } from '../../src/record/findings.ts';
import type { Proved } from '../../src/views/audit/audit.ts';

/** The findings of a record that holds, for people. */
export function verifiedLines(found: Verified, anchors: Anchors = {}): string {
  const { workflowId, phase } = found;
  const unproved = unprovedBy(found, anchors);
  return [
    `${workflowId === '' || workflowId === phase ? phase : `${workflowId} (${phase})`}: the record holds.`,
    ...provedLines(found, anchors),
    ...(unproved.length === 0 ? [] : [`  unproved: ${unproved.join(', ')}`]),
  ].join('\n');
}

/** The same for the auditor's page, one sentence each. */
export function findings(found: Verified, anchors: Anchors): Proved {
  return { proved: provedLines(found, anchors).map((line) => line.trim()), unproved: unprovedBy(found, anchors) };
}

function provedLines(found: Verified, anchors: Anchors): string[] {
  const { entries, messages, head, afterwards, resets, gates } = found;
  const late = afterwards > 0 ? `; ${String(afterwards)} more came after ${endOf(found)}` : '';
  return [
    ...cutOff(found),
    ...replayed(found),
    `  ${counted(entries, 'entry', 'entries')} in one chain, head ${head}`,
    `  ${counted(messages, 'message')}, each in a history and in the ledger${late}`,
    ...signatures(found, anchors),
    ...answers(found),
    ...(resets === 0
      ? []
      : [`  ${counted(resets, 'reset')}; what a run did after the point of its reset is in that run alone`]),
    `  ${counted(gates, 'gate')} cleared with their policy met`,
    ...listed('cleared by an override, with criteria unmet', found.overridden),
    ...listed('counted as cleared before the phase, unproved', found.beforehand),
    ...amended(found),
    ...lacking(found),
    ...(found.handover === 'as written' ? ['  the hand-over is the one that the phase wrote'] : []),
    ...(found.handover === 'absent' ? ['  the hand-over is not beside the record, so it was not looked at'] : []),
    ...sources(found, anchors).map(({ what, given = 'taken from the record' }) => `  ${what}: ${given}`),
  ];
}

/** What is left unproved, and the option that would prove it. */
function unprovedBy(found: Verified, anchors: Anchors): string[] {
  return sources(found, anchors).flatMap(({ given, option, proves }) =>
    given === undefined ? [`${proves} (${option})`] : [],
  );
}

interface Source {
  readonly what: string;
  /** What of it was compared with what others keep; absent: it was taken from the record. */
  readonly given?: string | undefined;
  readonly option: string;
  readonly proves: string;
}

/** What a record may be compared with. */
function sources(
  { anchored, entries, keys, sealed }: Verified,
  { plan, playbook, providerKeys, workerKeys }: Anchors,
): Source[] {
  const covered = anchored === entries ? 'all entries' : `the entries up to ${String(anchored)}, and none after it`;
  const vouched = keys.some(({ method }) => method === 'oidc');
  const ofProvider = {
    what: "the provider's keys",
    given: providerKeys && 'those given',
    option: '--jwks',
    proves: 'that the keys are the provider’s',
  };
  const ofWorkers = {
    what: "workers' keys",
    given: workerKeys && 'those given',
    option: '--worker-key',
    proves: 'that your workers gave the answers',
  };
  return [
    {
      what: 'plan, playbook and templates',
      given: plan && 'those given',
      option: '--phase',
      proves: 'that plan and policies are yours',
    },
    {
      what: "people's keys",
      given: playbook && 'those of the playbook given',
      option: '--playbook',
      proves: 'that the keys are theirs',
    },
    ...(vouched ? [ofProvider] : []),
    ...(sealed === undefined ? [] : [ofWorkers]),
    {
      what: 'head',
      given: anchored === undefined ? undefined : `the one given, which covers ${covered}`,
      option: '--head',
      proves: sealed === undefined ? REST : REST_OF_SEALED,
    },
  ];
}

/** What only a head from elsewhere proves: whoever writes a whole record anew computes it as the phase would. */
const REST = 'that unsigned messages, results of activities and times are those of then, and the end is not cut off';

/** Heads of the ledger, which cover messages and times, stand in answers that workers have signed; the entries after the last one do not. */
const REST_OF_SEALED = 'that the end is not cut off, and the entries after the last signed answer are those of then';

/** The answer for a phase that was refused when it was started. */
export function neverStartedLines({ workflowId, refusal, messages }: NeverStarted): string {
  return [
    `${workflowId === '' ? 'the phase' : workflowId}: the phase never started, so there is no ledger to verify.`,
    `  it failed with: ${refusal}`,
    ...(messages === 0
      ? []
      : [
          `  ${counted(messages, 'message')} came before that, and nobody has judged ${messages === 1 ? 'it' : 'them'}`,
        ]),
  ].join('\n');
}

function replayed({ compared, milestones: { seen } }: Verified): string[] {
  const histories = seen === 0 ? 'the phase' : `the phase and ${counted(seen, 'run')} of milestones`;
  return [
    `  ${histories} replayed: ${counted(compared, 'content')} of events are what the workflows make of what they were told`,
  ];
}

function signatures({ signed, keys, unlisted }: Verified, { playbook, providerKeys }: Anchors): string[] {
  const refused = `  ${counted(unlisted, 'signature')} refused, of a key that the record lists for the person at another time`;
  const also = unlisted === 0 ? [] : [refused];
  if (signed === 0) return also;
  const sources = { key: playbook === undefined, oidc: providerKeys === undefined };
  const line = ({ by, thumbprint, method }: UsedKey): string => {
    const whose = method === 'key' ? `${by}, key ${thumbprint}` : `${by}, vouched for by the provider's ${thumbprint}`;
    return `    ${whose}${sources[method] ? ', as the record lists it' : ''}`;
  };
  return [`  ${counted(signed, 'signature')}, each verified again`, ...keys.map(line), ...also];
}

function answers({ sealed }: Verified): string[] {
  if (sealed === undefined) {
    return [
      '  answers of steps and checks are asserted: workers have signed none, so anybody in the namespace can have given them',
    ];
  }
  const { count, keys, denied } = sealed;
  return [
    `  ${counted(count, 'answer')} of activities signed by workers, over workflow, run, activity, input and result; each verified again`,
    ...keys.map((key) => `    key ${key}`),
    ...(denied.length === 0 ? [] : [`  ${counted(denied.length, 'answer')} denied, and never counted:`]),
    ...denied.slice(0, DENIED).map(({ event, of, reason, identity }) => {
      const who = identity === undefined ? '' : `; given by ${plainLine(identity, 100)}`;
      return `    event ${String(event)} of ${of}: ${reason}${who}`;
    }),
    ...(denied.length > DENIED ? [`    and ${String(denied.length - DENIED)} more`] : []),
  ];
}

/** Denied answers that are named. */
const DENIED = 20;

function listed(words: string, gates: readonly GateBy[]): string[] {
  if (gates.length === 0) return [];
  return [`  ${words}: ${gates.map(({ gate, by }) => `${gate} (by ${by})`).join(', ')}`];
}

function amended({ amended: all }: Verified): string[] {
  if (all.length === 0) return [];
  const each = all.map(({ entry, by }) => `entry ${String(entry)} (sent by ${by})`).join(', ');
  return [`  the plan was amended in ${each}; --phase compares the last one`];
}

/** The things that a record cannot show of a phase that has not ended by itself. */
function cutOff({ ended, beyond }: Verified): string[] {
  if (ended === 'completed' || ended === 'cancelled') return [];
  const what = ended === 'failed' ? 'failed' : ended === 'terminated' ? 'was terminated' : 'was ended by its time-out';
  const lost = beyond === 0 ? '' : `; the memo shows that there were ${counted(beyond, 'entry', 'entries')} more`;
  return [`  the phase ${what}: its ledger goes as far as it was recorded, and what followed is in no history${lost}`];
}

function endOf({ ended }: Verified): string {
  if (ended === 'completed' || ended === 'cancelled') return 'the end';
  return 'the last entry that was recorded, and whether they were judged is in no history';
}

function lacking({ milestones: { missing } }: Verified): string[] {
  if (missing.length === 0) return [];
  const told = missing.map(({ workflowId, runId, reason }) => {
    return `    ${workflowId}${runId === undefined ? '' : ` (run ${runId})`}: ${reason}`;
  });
  return [`  ${counted(told.length, 'history', 'histories')} missing, and so not looked at:`, ...told];
}
