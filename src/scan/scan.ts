import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { sha256 } from '../plan/digest.ts';
import { templateValue } from '../plan/templates.ts';
import { cfnGuard } from './cfn-guard.ts';
import { cfnLint } from './cfn-lint.ts';
import { checkov } from './checkov.ts';
import { inlineSuppressions } from './inline.ts';
import { ToolProblem, type Finding, type RenderedFile, type Subject, type ToolReport } from './model.ts';
import type { Place } from './places.ts';
import { renderTemplate } from './render.ts';
import type { Json } from '../plan/model.ts';

export interface ScanOptions {
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
  /** Of the tools that gave an answer. */
  readonly reports: readonly ToolReport[];
  /** Everything found, also by no tool. */
  readonly findings: readonly Finding[];
  /** Why a tool gave no answer. Not empty: this scan is no proof of anything. */
  readonly problems: readonly string[];
}

const TIMEOUT_MS = 300_000;

/** Hex SHA-256 of each template, by path within the phase folder; empty for one that cannot be read. */
export async function templateDigests({ phaseDir, places }: ScanOptions): Promise<Scan['templates']> {
  const read = await Promise.all(pathsOf(places).map((path) => readOne(phaseDir, path)));
  return Object.fromEntries(read.map(({ path, digest }) => [path, digest]));
}

function pathsOf(places: readonly Place[]): string[] {
  return [...new Set(places.map(({ template }) => template))].sort();
}

/** Runs every scanner once over all templates: as they are written, and as each environment has them. */
export async function scan({ phaseDir, places, signal, timeoutMs = TIMEOUT_MS }: ScanOptions): Promise<Scan> {
  // Tools tell real paths, and temporary folders are links on some systems.
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

/** checkov looks at files in parallel, and answers as they come. */
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

/** A tool that fails does not hide what the others have found. */
async function answerOf(run: () => Promise<ToolReport>): Promise<ToolReport | string> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof ToolProblem) return error.message;
    throw error;
  }
}
