import { type Document, isNode } from 'yaml';
import { z } from 'zod';
import { isRecord, type Json } from '../../base/json.ts';
import { readYaml } from '../../base/yaml.ts';
import type { Finding } from './model.ts';

const suppression = z.strictObject({
  tool: z.enum(['cfn-lint', 'cfn-guard', 'checkov']),
  rule: z.string().min(1),
  /** Templates, `infra/audit.yaml`, or resources of them, `infra/audit.yaml#Archive`. */
  where: z.array(z.string().min(1)).min(1),
  /** Absent: in all. */
  environments: z.array(z.string()).min(1).optional(),
  reason: z.string().min(10, 'a sentence that convinces a reviewer'),
  /** The agent, role or person who answers for it. */
  owner: z.string().min(1),
  /** The last day on which it counts. */
  until: z.iso.date('a day such as 2027-06-30'),
});

export type Suppression = z.infer<typeof suppression>;

const file = z.strictObject({ suppressions: z.array(suppression) });

/** Something in the file that is not as it must be. Line and column count from 1. */
export interface SuppressionFault {
  readonly message: string;
  readonly line: number;
  readonly column: number;
}

/** Reads the reviewed file; a sentence says where it is not as it must be. */
export function readSuppressions(text: string): { suppressions: Suppression[] } | { problem: string } {
  const read = parse(text);
  if ('suppressions' in read) return read;
  const [fault] = read.faults;
  return { problem: `${fault?.message ?? 'not as expected'}, in line ${fault?.line ?? 1}` };
}

/** Everything that is wrong with the file's form; nothing where it can be read. */
export function suppressionFaults(text: string): readonly SuppressionFault[] {
  const read = parse(text);
  return 'faults' in read ? read.faults : [];
}

function parse(text: string): { suppressions: Suppression[] } | { faults: SuppressionFault[] } {
  const { document, value, errors, lines } = readYaml(text);
  const fault = (message: string, offset: number): SuppressionFault => {
    const { line, col } = lines.linePos(offset);
    // An empty file has no line yet.
    return { message, line: line || 1, column: col || 1 };
  };
  if (errors.length > 0) return { faults: errors.map(({ message, offset }) => fault(message, offset)) };
  const parsed = file.safeParse(value);
  if (parsed.success) return parsed.data;
  return {
    faults: parsed.error.issues.map(({ path, message }) =>
      fault(`${path.join('.') || 'the file'}: ${message}`, offsetOf(document, path)),
    ),
  };
}

/** Position of the innermost existing part on a path. */
function offsetOf(document: Document | undefined, path: readonly PropertyKey[]): number {
  for (let length = path.length; length >= 0; length -= 1) {
    const node: unknown = document?.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return 0;
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

/** Keys of a template's metadata that make tools ignore findings. */
const KEYS = ['cfn-lint', 'checkov', 'guard', 'cfn_nag'];

/** Exceptions in a template itself, which have not been reviewed and never expire. */
export function inlineSuppressions(template: string, value: Json): Finding[] {
  if (!isRecord(value)) return [];
  const resources = isRecord(value['Resources']) ? Object.entries(value['Resources']) : [];
  const places: (readonly [string | undefined, Json])[] = [[undefined, value], ...resources];
  return places.flatMap(([resource, holder]) => {
    const metadata = isRecord(holder) ? holder['Metadata'] : undefined;
    const used = isRecord(metadata) ? KEYS.filter((key) => Object.hasOwn(metadata, key)) : [];
    return used.map((key): Finding => ({
      tool: 'phasegate',
      rule: 'inline-suppression',
      template,
      ...(resource === undefined ? {} : { resource }),
      message: `Metadata "${key}" would silence a tool; exceptions stand in the suppressions file`,
    }));
  });
}
