import { decisionMessages } from '../../src/gates/messages/decisions.ts';
import { UserError } from '../command-line.ts';
import type { Decision } from './decision.ts';

/** The options of `npm run approve`, as commander reads them. */
export interface Options {
  readonly workflowId?: string;
  readonly gate?: string;
  readonly by?: string;
  readonly criterion?: string;
  readonly note?: string;
  readonly reject?: boolean;
  readonly waive?: boolean;
  readonly withdraw?: boolean;
  readonly override?: boolean;
  readonly reason?: string;
  readonly rework?: readonly string[];
  /** File with the private key to sign with. */
  readonly key?: string;
  /** Program and arguments that print it. */
  readonly keyCommand?: readonly string[];
  /** Environment variable that holds its passphrase. */
  readonly passphraseEnv?: string;
}

const choices = ['reject', 'waive', 'withdraw', 'override'] as const;

/** The decision that the options spell out; `undefined` when they name neither phase nor gate: then the person is asked. */
export function decisionFrom(options: Options): Decision | undefined {
  const { workflowId, gate, by, criterion, note, reason, rework } = options;
  if (workflowId === undefined && gate === undefined) return undefined;
  if (workflowId === undefined || gate === undefined || by === undefined) {
    const needed = { '--workflow-id': workflowId, '--gate': gate, '--by': by };
    const missing = Object.entries(needed).flatMap(([option, value]) => (value === undefined ? [option] : []));
    throw new UserError(
      `Missing: ${missing.join(' and ')}. A decision needs --workflow-id, --gate and --by. ` +
        'To be asked for it instead, leave out both --workflow-id and --gate.',
    );
  }
  const [name = 'approve', another] = choices.filter((choice) => options[choice]);
  if (another !== undefined) throw new UserError(`Choose one of --${name} and --${another}.`);
  if (name === 'override' && criterion !== undefined) {
    throw new UserError('--override clears the gate as a whole: leave --criterion out.');
  }
  if (decisionMessages[name].needs.includes('reason') && !reason) throw new UserError(`--${name} needs --reason.`);
  if (name !== 'reject' && rework) throw new UserError('--rework goes with --reject.');
  return {
    workflowId,
    name,
    message: {
      gate,
      by,
      ...(criterion === undefined ? {} : { criterion: /^\d+$/.test(criterion) ? Number(criterion) : criterion }),
      ...(note === undefined ? {} : { note }),
      ...(reason === undefined ? {} : { reason }),
      ...(rework === undefined ? {} : { rework }),
    },
  };
}
