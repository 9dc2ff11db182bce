import { sha256 } from '../../base/digest.ts';
import { inert, paragraphs } from '../../base/markdown.ts';
import type { PhaseIdentity } from '../../contract/kinds.ts';
import { type DocumentName, type FileBeside, fileOf, reportTitles } from '../../store/documents.ts';

/** A document as it is written: its text, and the files that it names with their digests. */
export interface DrawnDocument {
  readonly text: string;
  readonly beside: readonly FileBeside[];
  readonly verdict: string;
  readonly good: boolean;
}

/** What makes a document. */
export interface Draft {
  readonly name: DocumentName;
  readonly phase: PhaseIdentity;
  readonly verdict: string;
  readonly good: boolean;
  /** Parts of the text, after the title and the verdict. */
  readonly parts: readonly string[];
  /** What it is drawn from, for programs. */
  readonly data: object;
  /** An SVG, with what it shows in words. */
  readonly chart?: { readonly svg: string; readonly alt: string };
}

/** Puts a document together. It contains no times of its own, so the same tests give the same document. */
export function drawDocument({ name, phase, verdict, good, parts, data, chart }: Draft): DrawnDocument {
  const json = `${JSON.stringify({ document: name, phase: phase.name, verdict, good, ...data }, undefined, 2)}\n`;
  const dataFile = fileOf(name, json, 'json');
  const chartFile = chart === undefined ? undefined : fileOf(name, chart.svg, 'svg');
  const text = paragraphs(
    `# ${reportTitles[name]}`,
    `For ${inert(phase.name)} (workflow \`${codeOf(phase.workflowId)}\`, run \`${codeOf(phase.firstRunId)}\`).`,
    `**${inert(verdict)}**`,
    ...(chart === undefined || chartFile === undefined ? [] : [`![${inert(chart.alt)}](${chartFile})`]),
    ...parts,
    `Data: [${dataFile}](${dataFile}), SHA-256 \`${sha256(json)}\``,
    ...(chart === undefined || chartFile === undefined
      ? []
      : [`Chart: ${chartFile}, SHA-256 \`${sha256(chart.svg)}\``]),
  );
  const charts = chart === undefined || chartFile === undefined ? [] : [{ file: chartFile, text: chart.svg }];
  return { text, beside: [{ file: dataFile, text: json }, ...charts], verdict, good };
}

/** Text within backticks cannot be escaped. */
function codeOf(text: string): string {
  return text.replace(/[`\s]+/g, ' ');
}

/** `2026-11-30 08:00` of an instant. */
export function minuteOf(at: number | string): string {
  return new Date(at).toISOString().slice(0, 16).replace('T', ' ');
}

/** At most so many rows of a table, with what is left out in words. */
export function withRest<Row>(
  rows: readonly Row[],
  most: number,
  what: string,
): { rows: readonly Row[]; rest: string[] } {
  const left = rows.length - most;
  return { rows: rows.slice(0, most), rest: left > 0 ? [`And ${String(left)} more ${what}, in the data.`] : [] };
}
