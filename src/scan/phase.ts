import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import canonicalize from 'canonicalize';
import { sha256 } from '../plan/digest.ts';
import type { Finding } from './model.ts';
import { scan, templateDigests, type Scan, type ScanOptions } from './scan.ts';
import { judge, readSuppressions, type Judged, type Suppression } from './suppressions.ts';

/** The reviewed file, in the phase folder. It may be missing: then nothing is excused. */
export const SUPPRESSIONS = 'suppressions.yaml';

export interface PhaseScan {
  readonly scan: Scan;
  readonly judged: Judged;
  /** Why the scan proves nothing; empty when it does. */
  readonly problems: readonly string[];
  /** Hex SHA-256 of everything that it says: two scans of the same things by the same rules have the same. */
  readonly digest: string;
}

/**
 * The latest scan that proves something. Several gates ask for it within minutes, and the same files by the same tools give the
 * same findings; the tools of a process do not change.
 */
let latest: { readonly key: string; readonly result: Scan } | undefined;

/** Scans a phase's templates and judges the findings by the phase's suppressions. */
export async function scanPhase(options: ScanOptions & { readonly today: string }): Promise<PhaseScan> {
  const { suppressions, problem } = await suppressionsOf(options.phaseDir);
  const key = canonicalize([options.phaseDir, options.places, await templateDigests(options)]) ?? '';
  const result = latest?.key === key ? latest.result : await scan(options);
  if (result.problems.length === 0) latest = { key, result };
  const judged = judge(result.findings, suppressions, options.today);
  const problems = [...result.problems, ...(problem === undefined ? [] : [problem])];
  const { templates, reports } = result;
  const digest = sha256(canonicalize({ templates, reports, judged, problems }) ?? '');
  return { scan: result, judged, problems, digest };
}

async function suppressionsOf(phaseDir: string): Promise<{ suppressions: Suppression[]; problem?: string }> {
  const text = await readFile(join(phaseDir, SUPPRESSIONS), 'utf8').catch(() => undefined);
  if (text === undefined) return { suppressions: [] };
  const read = readSuppressions(text);
  return 'problem' in read ? { suppressions: [], problem: `${SUPPRESSIONS} cannot be read: ${read.problem}` } : read;
}

/** `checkov CKV_AWS_18 infra/audit.yaml#Archive (production): Ensure …` */
export function findingLine({ tool, rule, template, resource, environment, message }: Finding): string {
  const where = resource === undefined ? template : `${template}#${resource}`;
  return `${tool} ${rule} ${where}${environment === undefined ? '' : ` (${environment})`}: ${message}`;
}

/** `cfn-lint 1.58.0, cfn-guard 3.1.1 (rules 1f2e3d4c), checkov 3.3.30`. */
export function toolsLine({ reports }: Scan): string {
  return reports.map(({ tool, version, rules }) => `${tool} ${version} (rules ${rules.slice(0, 8)})`).join(', ');
}
