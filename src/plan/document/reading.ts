import type { RootContent } from 'mdast';
import { type HeadingKind, headingKind, headings, misspeltHeading } from './headings.ts';
import type { Note } from '../model.ts';
import { markdownBelow, markdownOf, type Section } from './outline.ts';
import type { Point, ProblemCollector } from '../problems.ts';
import { splitLines } from '../../base/text.ts';

/** The sections below one heading, by kind; those of one kind are in document order. */
export type SortedSections<Kind extends HeadingKind> = { readonly [K in Kind]: readonly Section[] };

/** State of reading one plan document: its text, the problems found so far, and the prose that is kept as notes. */
export class Reading {
  readonly text: string;
  readonly lines: readonly string[];
  readonly problems: ProblemCollector;
  readonly notes: Note[] = [];

  constructor(text: string, problems: ProblemCollector) {
    this.text = text;
    this.lines = splitLines(text);
    this.problems = problems;
  }

  /** Sorts the sections below a heading by kind. Unknown sections become notes; misplaced and misspelt ones are errors. */
  sort<Kind extends HeadingKind>(sections: readonly Section[], allowed: readonly Kind[]): SortedSections<Kind> {
    const sorted = Object.fromEntries(allowed.map((kind) => [kind, [] as Section[]])) as { [K in Kind]: Section[] };
    for (const section of sections) {
      const kind = headingKind(section.title);
      const taken = allowed.find((one) => one === kind);
      if (taken !== undefined) sorted[taken].push(section);
      else this.#keepUnknown(section, kind, allowed);
    }
    return sorted;
  }

  /** Returns the first section of a kind, and reports any further one as an error. */
  only(sections: readonly Section[]): Section | undefined {
    const [first, ...more] = sections;
    for (const section of more) {
      this.problems.error('heading-repeated', `"${section.title}" appears here a second time.`, section.point, {
        expected: `one such heading; the first is on line ${first?.point.line ?? 1}`,
      });
    }
    return first;
  }

  /** Keeps prose that the format does not read, as a note. */
  keep(heading: string, nodes: readonly RootContent[], line: number): void {
    const text = markdownOf(this.text, nodes);
    if (text !== '') this.notes.push({ heading, text, line });
  }

  /** Keeps the nodes of a section that were not read. Headings of the format do not belong below such a section and are errors. */
  keepRest(section: Section, isRead: (node: RootContent) => boolean): void {
    this.keep(
      section.title,
      section.content.filter((node) => !isRead(node)),
      section.point.line,
    );
    this.sort(section.sections, []);
  }

  /** Finds words on the line of a point, from the point on. Returns the point itself when the line does not contain them. */
  locate(words: string, from: Point): Point {
    const at = (this.lines[from.line - 1] ?? '').indexOf(words, from.column - 1);
    return at < 0 || words === '' ? from : { line: from.line, column: at + 1 };
  }

  #keepUnknown(section: Section, kind: HeadingKind | undefined, allowed: readonly HeadingKind[]): void {
    const { title, point } = section;
    if (kind !== undefined) {
      this.problems.error('heading-misplaced', `"${title}" does not belong here.`, point, {
        expected: `this heading ${headings[kind].place}`,
      });
      return;
    }
    const meant = misspeltHeading(title, allowed);
    if (meant !== undefined) {
      this.problems.error('heading-misspelt', `The heading "${title}" is not known.`, point, {
        expected: `"${headings[meant].form}"`,
        suggestion: `Did you mean "${headings[meant].form}"?`,
      });
    }
    this.notes.push({ heading: title, text: markdownBelow(this.text, section), line: point.line });
  }
}
