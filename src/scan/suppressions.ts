import { z } from 'zod';
import { readYaml } from '../plan/yaml-text.ts';
import type { Finding } from './model.ts';

const suppression = z.strictObject({
  tool: z.enum(['cfn-lint', 'cfn-guard', 'checkov']),
  rule: z.string().min(1),
  /** Templates, `infra/audit.yaml`, or resources of them, `infra/audit.yaml#Archive`. */
  where: z.array(z.string().min(1)).min(1),
  /** Absent: in all. */
  environments: z.array(z.string()).min(1).optional(),
  reason: z.string().min(10, 'a sentence that convinces a reviewer'),
  /** Who answers for it: an agent, a role or a person. */
  owner: z.string().min(1),
  /** The last day on which it counts. */
  until: z.iso.date('a day such as 2027-06-30'),
});

export type Suppression = z.infer<typeof suppression>;

const file = z.strictObject({ suppressions: z.array(suppression) });

/** Reads the reviewed file; a sentence says where it is not as it must be. */
export function readSuppressions(text: string): { suppressions: Suppression[] } | { problem: string } {
  const { value, errors, lines } = readYaml(text);
  const [error] = errors;
  if (error !== undefined) return { problem: `${error.message}, in line ${lines.linePos(error.offset).line}` };
  const parsed = file.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  return { problem: `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not as expected'}` };
}

export interface Judged {
  /** Findings that nothing excuses. */
  readonly open: readonly Finding[];
  readonly suppressed: readonly Finding[];
  /** Suppressions that would excuse a finding, and no longer count. */
  readonly expired: readonly Suppression[];
  /** Suppressions that excuse nothing: what they were for is mended. */
  readonly unused: readonly Suppression[];
}

/** @param today `2026-11-25`, in UTC */
export function judge(findings: readonly Finding[], suppressions: readonly Suppression[], today: string): Judged {
  const valid = suppressions.filter(({ until }) => until >= today);
  const excusing = (finding: Finding) => valid.filter((one) => excuses(one, finding));
  const open = findings.filter((finding) => excusing(finding).length === 0);
  const used = new Set(findings.flatMap(excusing));
  return {
    open,
    suppressed: findings.filter((finding) => !open.includes(finding)),
    expired: suppressions.filter((one) => !valid.includes(one) && open.some((finding) => excuses(one, finding))),
    unused: valid.filter((one) => !used.has(one)),
  };
}

function excuses({ tool, rule, where, environments }: Suppression, finding: Finding): boolean {
  if (tool !== finding.tool || rule !== finding.rule) return false;
  const { template, resource, environment } = finding;
  const isThere = where.includes(template) || (resource !== undefined && where.includes(`${template}#${resource}`));
  return isThere && (environments === undefined || (environment !== undefined && environments.includes(environment)));
}
