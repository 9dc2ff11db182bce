import canonicalize from 'canonicalize';
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { sha256 } from '../../base/digest.ts';
import type { Json } from '../../base/json.ts';
import { renderTemplate } from '../stacks/render.ts';
import { templateValue } from '../stacks/template.ts';
import { cfnGuard } from './cfn-guard.ts';
import { cfnLint } from './cfn-lint.ts';
import { checkov } from './checkov.ts';
import { type Finding, type Place, type RenderedFile, type Subject, ToolProblem, type ToolReport } from './model.ts';
import { inlineSuppressions, judge, type Judged, readSuppressions, type Suppression } from './suppressions.ts';

interface ScanOptions {
  /** Absolute path of the phase folder. */
  readonly phaseDir: string;
  readonly places: readonly Place[];
  readonly signal: AbortSignal;
  /** Milliseconds that one tool may take. Default: 5 min. */
  readonly timeoutMs?: number;
}

export interface Scan {
  /** Hex SHA-256 by path within the phase folder. */
  readonly templates: { readonly [path: string]: string };
  /** Tools that gave an answer. */
  readonly reports: readonly ToolReport[];
  /** Findings of the tools, and of the scan itself. */
  readonly findings: readonly Finding[];
  /** Reasons why tools gave no answer. A scan with any proves nothing. */
  readonly problems: readonly string[];
}

const TIMEOUT_MS = 300_000;

/** Hex SHA-256 of each template, by path within the phase folder; empty for a template that cannot be read. */
async function templateDigests({ phaseDir, places }: ScanOptions): Promise<Scan['templates']> {
  const read = await Promise.all(pathsOf(places).map((path) => readOne(phaseDir, path)));
  return Object.fromEntries(read.map(({ path, digest }) => [path, digest]));
}

function pathsOf(places: readonly Place[]): string[] {
  return [...new Set(places.map(({ template }) => template))].sort();
}

/** Runs every scanner once over all templates, as they are written and as each environment has them. */
export async function scan({ phaseDir, places, signal, timeoutMs = TIMEOUT_MS }: ScanOptions): Promise<Scan> {
  // Tools answer with real paths, and temporary folders are links on some systems.
  const renderedDir = await realpath(await mkdtemp(join(tmpdir(), 'phasegate-scan-')));
  try {
    const paths = pathsOf(places);
    const read = await Promise.all(paths.map((path) => readOne(phaseDir, path)));
    const unread = read.flatMap(({ problem }) => problem ?? []);
    const templates = Object.fromEntries(read.map(({ path, digest }) => [path, digest]));
    if (unread.length > 0) return { templates, reports: [], findings: [], problems: unread };
    const values = new Map(read.map(({ path, value }) => [path, value]));
    const rendered = await Promise.all(
      places.map((place) => write(renderedDir, place, values.get(place.template) ?? null)),
    );
    const regions = [...new Set(places.map(({ region }) => region))];
    const subject: Subject = { phaseDir, templates: paths, regions, renderedDir, rendered, signal, timeoutMs };
    const answers = await Promise.all([cfnLint, cfnGuard, checkov].map((tool) => answerOf(() => tool(subject))));
    const reports = answers.filter((one) => typeof one !== 'string').map(inOrder);
    const inline = read.flatMap(({ path, value }) => inlineSuppressions(path, value));
    return {
      templates,
      reports,
      findings: [...inline, ...reports.flatMap((report) => report.findings)],
      problems: answers.filter((one) => typeof one === 'string'),
    };
  } finally {
    await rm(renderedDir, { recursive: true, force: true });
  }
}

/** Sorts findings, since checkov reads files in parallel and answers in any order. */
function inOrder(report: ToolReport): ToolReport {
  const key = ({ template, environment = '', resource = '', rule, message }: Finding) =>
    [template, environment, resource, rule, message].join('\n');
  return { ...report, findings: report.findings.toSorted((a, b) => (key(a) < key(b) ? -1 : 1)) };
}

interface ReadTemplate {
  readonly path: string;
  readonly digest: string;
  readonly value: Json;
  readonly problem?: string;
}

async function readOne(phaseDir: string, path: string): Promise<ReadTemplate> {
  const text = await readFile(join(phaseDir, path), 'utf8').catch(() => undefined);
  if (text === undefined) return { path, digest: '', value: null, problem: `${path} cannot be read` };
  const read = templateValue(text);
  if ('problem' in read) return { path, digest: sha256(text), value: null, problem: `${path}: ${read.problem}` };
  return { path, digest: sha256(text), value: read.value as Json };
}

async function write(renderedDir: string, place: Place, template: Json): Promise<RenderedFile> {
  const file = join(place.environment ?? 'account', `${place.stack}.json`);
  await mkdir(dirname(join(renderedDir, file)), { recursive: true });
  await writeFile(join(renderedDir, file), JSON.stringify(renderTemplate(template, place.parameters), null, 1));
  return { file, place };
}

/** Runs a tool. Its failure is an answer in words, which does not hide the findings of the other tools. */
async function answerOf(run: () => Promise<ToolReport>): Promise<ToolReport | string> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof ToolProblem) return error.message;
    throw error;
  }
}

/** The file of reviewed suppressions, in the phase folder. Without it no finding is excused. */
export const SUPPRESSIONS = 'suppressions.yaml';

export interface PhaseScan {
  readonly scan: Scan;
  readonly judged: Judged;
  /** Reasons why the scan proves nothing; empty for a scan that is proof. */
  readonly problems: readonly string[];
  /** Hex SHA-256 of the whole result: two scans of the same templates by the same rules have the same digest. */
  readonly digest: string;
}

/**
 * The latest scan that is proof. Several gates ask for it within minutes. The same files and tools give the same findings, and tools do
 * not change while the process runs.
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
