import { isRecord } from '../../plan/record.ts';
/** What stands for one thing: its name, number or ARN. */
const references = ['Ref', 'Fn::GetAtt', 'Fn::ImportValue'];

/** What a reference may become: anything but a wildcard, which only ARNs of log groups end with. */
const thing = String.raw`(?:[^*?]*:log-group:[^*?]+:\*|[^*?]*)`;

/**
 * Whether a live value is one that a template's value may have become. A reference that nobody has filled in may be any one thing,
 * but never several: `*` is wider than whatever CloudFormation computes. Other functions may be anything, and everything that is
 * written out has to be as it is written.
 */
export function mayBe(planned: unknown, live: unknown): boolean {
  if (isRecord(planned)) {
    const [name, argument] = functionOf(planned) ?? [];
    if (name === 'Fn::If') return branchesOf(argument).some((branch) => mayBe(branch, live));
    if (name === 'Fn::Sub') return typeof live === 'string' && substitution(argument).test(live);
    if (name === 'Fn::Join') return typeof live === 'string' && joined(argument).test(live);
    if (name !== undefined && references.includes(name)) return [live].flat().every(isThing);
    if (name !== undefined) return live !== undefined;
    if (!isRecord(live)) return false;
    const kept = Object.entries(planned).filter(([, value]) => !isNoValue(value));
    const isSame = kept.every(([key, value]) => key in live && mayBe(value, live[key]));
    return isSame && Object.keys(live).every((key) => key in planned);
  }
  // IAM takes a single value for a list of one, in either direction.
  if (Array.isArray(planned) || Array.isArray(live)) return mayBeList([planned].flat(), [live].flat());
  return String(planned) === String(live) || isRootOf(String(planned), String(live));
}

/** IAM writes an account's number as the ARN of its root. */
function isRootOf(planned: string, live: string): boolean {
  return /^\d{12}$/.test(planned) && live.endsWith(`:iam::${planned}:root`);
}

/** Lists of policies have no order: each live item is one of the planned ones, and the other way about. */
function mayBeList(planned: readonly unknown[], live: readonly unknown[]): boolean {
  const items = planned.flatMap(flatBranches);
  return (
    live.every((one) => items.some((item) => mayBe(item, one))) &&
    items.every((item) => isOptional(item) || live.some((one) => mayBe(item, one)))
  );
}

/** An item of a list that is there or not, or is a list itself, according to a condition. */
function flatBranches(item: unknown): unknown[] {
  const [name, argument] = isRecord(item) ? (functionOf(item) ?? []) : [];
  return name === 'Fn::If'
    ? branchesOf(argument)
        .flat()
        .map((branch) => ({ 'Fn::If': ['', branch, noValue] }))
    : [item];
}

const noValue = { Ref: 'AWS::NoValue' };

function isOptional(item: unknown): boolean {
  return isRecord(item) && 'Fn::If' in item;
}

function isNoValue(value: unknown): boolean {
  return isRecord(value) && value['Ref'] === 'AWS::NoValue';
}

function branchesOf(argument: unknown): unknown[] {
  return Array.isArray(argument) ? (argument as unknown[]).slice(1).filter((branch) => !isNoValue(branch)) : [];
}

/** `{Ref: X}` and the like: one key that names a function. */
function functionOf(value: { readonly [key: string]: unknown }): [string, unknown] | undefined {
  const [first, second] = Object.entries(value);
  return first !== undefined && second === undefined && /^(Ref|Fn::\w+)$/.test(first[0]) ? first : undefined;
}

/** `arn:${AWS::Partition}:s3:::${Bucket}/*` as what it may become. */
function substitution(argument: unknown): RegExp {
  const text = Array.isArray(argument) ? (argument as unknown[])[0] : argument;
  return around(String(text).split(/\$\{[^}]*\}/), thing);
}

/** A list of texts and references, put together. */
function joined(argument: unknown): RegExp {
  const [delimiter, parts] = Array.isArray(argument) ? (argument as unknown[]) : [];
  if (typeof delimiter !== 'string' || !Array.isArray(parts)) return /^/;
  const written = parts.map((part) => (isRecord(part) ? thing : escaped(String(part))));
  return new RegExp(`^${written.join(escaped(delimiter))}$`);
}

function around(parts: readonly string[], gap: string): RegExp {
  return new RegExp(`^${parts.map(escaped).join(gap)}$`);
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

function isThing(live: unknown): boolean {
  if (typeof live === 'string') return new RegExp(`^${thing}$`).test(live);
  return typeof live === 'number' || typeof live === 'boolean';
}
