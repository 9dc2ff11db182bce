import { inert, paragraphs } from '../../base/markdown.ts';
import { clip, plainLine } from '../../base/text.ts';
import type { PhaseIdentity } from '../../contract/kinds.ts';

/** A standup or review before it is written down: headings with lines of plain text below them. */
export interface Drawn {
  readonly title: string;
  /** One sentence below the title. */
  readonly lead: string;
  readonly sections: readonly DrawnSection[];
}

export interface DrawnSection {
  readonly title: string;
  /** Default 2. */
  readonly level?: 2 | 3;
  /**
   * Each begins with something of the plan or with words of ours, never with what people have written: the beginning of a line is where
   * Markdown finds headings and lists.
   */
  readonly lines: readonly string[];
}

/** Lines below one heading; the rest is counted. */
const MOST_LINES = 40;
const LINE_CHARACTERS = 500;
/** Of a notice. What is longer stands in the document. */
const TEXT_CHARACTERS = 20_000;

/** As a Markdown document. What people have written is inert in it. */
export function asMarkdown({ title, lead, sections }: Drawn, phase: PhaseIdentity): string {
  return paragraphs(
    `# ${inert(title)}`,
    `For ${inert(phase.name)} (workflow ${inert(phase.workflowId)}, run ${inert(phase.firstRunId)}).`,
    `**${inert(lead)}**`,
    ...sections.flatMap(({ title: heading, level = 2, lines }) => [
      `${'#'.repeat(level)} ${inert(heading)}`,
      ...(lines.length === 0
        ? []
        : [
            bounded(lines)
              .map((one) => `- ${inert(one)}`)
              .join('\n'),
          ]),
    ]),
  );
}

/** As the plain text of a notice. */
export function asText({ lead, sections }: Drawn): string {
  const parts = sections.map(({ title, level = 2, lines }) =>
    [
      level === 2 ? plainLine(title, 200) : `${plainLine(title, 200)}:`,
      ...bounded(lines).map((one) => `- ${one}`),
    ].join('\n'),
  );
  return clip([plainLine(lead, LINE_CHARACTERS), ...parts].join('\n\n'), TEXT_CHARACTERS);
}

function bounded(lines: readonly string[]): string[] {
  const left = lines.length - MOST_LINES;
  const shown = lines.slice(0, MOST_LINES).map((one) => plainLine(one, LINE_CHARACTERS));
  return left > 0 ? [...shown, `and ${String(left)} more`] : shown;
}
