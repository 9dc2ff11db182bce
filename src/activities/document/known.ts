import { createHash } from 'node:crypto';
import { z } from 'zod';
import { digestOf } from '../../base/digest.ts';
import { PermanentError } from '../../base/errors.ts';
import { isRecord } from '../../base/json.ts';
import type { DeliveryView } from '../../contract/delivery.ts';
import type { ActivityTools } from '../../contract/kinds.ts';
import type { DocumentName } from '../../store/documents.ts';
import type { Issue, IssuesState } from '../issues/model.ts';
import type { KeptResult, SuitesState } from '../suite/results.ts';
import type { UatState } from '../uat/model.ts';
import { factsOf } from './progress.ts';

/** What the phase knows of its tests: the state of its slices, and its criteria. */
export interface Known {
  readonly suites: SuitesState;
  readonly issues: IssuesState;
  readonly uat: UatState;
  readonly criteria: readonly KnownCriterion[];
  /** How far the phase is; there for the document that is about it. */
  readonly delivery?: DeliveryView;
}

export interface KnownCriterion {
  readonly id: string;
  readonly gate: string;
  readonly text: string;
  /** The same criterion of an earlier gate: cases may name either. */
  readonly sameAs?: string;
}

/** A case as the records have it. */
export interface StoredCase {
  readonly key: string;
  readonly title: string;
  readonly state: 'passed' | 'failed' | 'skipped' | 'flaky';
  readonly ms: number;
  readonly message?: string;
  readonly criteria?: readonly string[];
}

/** The latest run of a suite, with all of its cases. */
export interface LoadedRun {
  /** `component/testing` */
  readonly key: string;
  readonly result: KeptResult;
  readonly cases: readonly StoredCase[];
}

// The phase itself has made them; their parts are plain data of this version or an earlier one.
const slicesShape = z.object({
  suites: z.custom<SuitesState>((value) => isRecord(value) && isRecord(value['results'])),
  issues: z.custom<IssuesState>((value) => isRecord(value) && Array.isArray(value['issues'])),
  uat: z.custom<UatState>((value) => isRecord(value) && isRecord(value['sessions'])),
});

const criteriaShape = z.object({
  criteria: z.array(
    z.object({ id: z.string(), gate: z.string(), text: z.string(), sameAs: z.string().exactOptional() }),
  ),
});

const deliveryShape = z.custom<DeliveryView>((value) => isRecord(value) && Array.isArray(value['milestones']));

/** Asks the phase what it knows, as far as the document is about it. */
export async function readKnown(name: DocumentName, { ask }: Pick<ActivityTools, 'ask'>): Promise<Known> {
  const isProgress = name === 'implementation-progress';
  const [slices, criteria, delivery] = await Promise.all([
    ask('slices'),
    ask('criteria'),
    isProgress ? ask('delivery') : undefined,
  ]);
  return {
    ...slicesShape.parse(slices),
    ...criteriaShape.parse(criteria),
    ...(isProgress ? { delivery: deliveryShape.parse(delivery) } : {}),
  };
}

/** @throws TypeError when it was not asked for */
export function deliveryIn({ delivery }: Known): DeliveryView {
  if (delivery === undefined) throw new TypeError('the phase was not asked how far it is');
  return delivery;
}

/** Digest of what a document is drawn from: when it changes, the document is out of date. */
export function stateOf(name: DocumentName, known: Known): string {
  const { suites, issues, uat, criteria } = known;
  const { results, history } = suites;
  switch (name) {
    case 'test-results':
      return digestOf([results, history, sessionsIn(uat), issues.issues.map(asReferred)]);
    case 'traceability':
      return digestOf([results, sessionsIn(uat), criteria]);
    case 'issue-log':
      return digestOf([issues.issues, issues.dropped]);
    case 'test-cases':
      return digestOf([
        results,
        sessionsIn(uat),
        issues.issues.map(({ id, resolution }) => [id, resolution?.cases ?? []]),
      ]);
    case 'implementation-progress':
      return digestOf(deliveryIn(known).milestones.map(factsOf));
  }
}

/** What documents say of sessions: not which steps have opened them, nor when they have last, or a session that is told again would be another. */
export function sessionsIn({ sessions }: UatState): { readonly [environment: string]: unknown } {
  return Object.fromEntries(
    Object.entries(sessions).map(([environment, { at: _at, tasks: _tasks, suites: _suites, ...session }]) => [
      environment,
      session,
    ]),
  );
}

/** What test results say of an issue. */
function asReferred({ id, found, state }: Issue): unknown {
  return [id, found ?? null, state];
}

const storedShape = z.object({
  cases: z.array(
    z.object({
      key: z.string(),
      title: z.string(),
      state: z.enum(['passed', 'failed', 'skipped', 'flaky']),
      ms: z.number(),
      message: z.string().exactOptional(),
      criteria: z.array(z.string()).exactOptional(),
    }),
  ),
});

/**
 * Reads the whole result of each suite from the records.
 *
 * @throws PermanentError when one is gone, or is not what the phase was told
 */
export async function loadRuns({ suites }: Known, { records }: Pick<ActivityTools, 'records'>): Promise<LoadedRun[]> {
  const runs: LoadedRun[] = [];
  // One after the other: a result may have 60 MB.
  for (const key of Object.keys(suites.results).toSorted()) {
    const result = suites.results[key];
    if (result === undefined) continue;
    const { where, sha256 } = result.result;
    const text = await records.read(where);
    if (text === undefined) throw new PermanentError(`the result ${where} of ${key} is missing from the records`);
    if (createHash('sha256').update(text).digest('hex') !== sha256) {
      throw new PermanentError(`the result ${where} of ${key} has been changed since it was written`);
    }
    runs.push({ key, result, cases: storedShape.parse(JSON.parse(text)).cases });
  }
  return runs;
}
