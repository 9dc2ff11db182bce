import { own } from '../../base/json.ts';
import { match, meantBy, type Numbered } from '../../base/match.ts';
import type { KeptDocument, Reporting, Step } from '../model.ts';
import type { PlaybookCommunication } from '../playbook/communication-schema.ts';
import { type Meeting, reviewParts, standupParts } from '../reporting.ts';
import type { Path } from '../section.ts';
import { type Binding, contextFor } from './context.ts';

const PATH: Path = ['communication'];

/** Binds the lines of the communication plan to what carries them out. Without an entry they stay prose. */
export function bindCommunication(binding: Binding): { reporting?: Reporting } {
  const { communication: given } = binding.playbook;
  if (given === undefined) return {};
  const lines = linesOf(binding);
  const bound = new Map<number, Path>();
  const meeting = <Part extends string>(
    key: 'standups' | 'reviews',
    parts: readonly Part[],
    { at, to, covers }: { at: string; to: readonly string[]; covers: { readonly [line: string]: Part } },
  ): Meeting<Part> => {
    reportAudiences(binding, given, key, to);
    const covered = Object.entries(covers).flatMap(([wanted, part]) => {
      const line = lineOf(binding, lines, bound, wanted, [...PATH, key, 'covers', wanted]);
      return line === undefined ? [] : [{ part, number: line.number, line: line.text }];
    });
    const asked = covered.toSorted((one, other) => one.number - other.number).map(({ part, line }) => ({ part, line }));
    const rest = parts.filter((part) => !asked.some((one) => one.part === part)).map((part) => ({ part }));
    return { at, to, parts: [...asked, ...rest] };
  };
  const { standups, reviews, documents, audiences } = given;
  return {
    reporting: {
      ...calendarOf(binding, given),
      audiences,
      ...(standups === undefined ? {} : { standups: meeting('standups', standupParts, standups) }),
      ...(reviews === undefined
        ? {}
        : {
            reviews: {
              ...meeting('reviews', reviewParts, reviews),
              on: reviews.on,
              milestones: reviews.milestones,
            },
          }),
      documents: Object.entries(documents).flatMap(([wanted, entry]) => {
        const path = [...PATH, 'documents', wanted];
        const line = lineOf(binding, lines, bound, wanted, path);
        return line === undefined ? [] : bindDocument(binding, line, path, entry);
      }),
    },
  };
}

/** All lines below the heading of the communication plan. */
function linesOf({ plan }: Binding): Numbered[] {
  return plan.communication.flatMap(({ items }) => items).map((text, index) => ({ number: index + 1, text }));
}

function lineOf(
  { reader }: Binding,
  lines: readonly Numbered[],
  bound: Map<number, Path>,
  wanted: string,
  path: Path,
): Numbered | undefined {
  const matched = match(lines, wanted, 'lines of the communication plan');
  if (!('found' in matched)) {
    reader.error('line-unknown', path, matched.message, matched.hints);
    return undefined;
  }
  const { found } = matched;
  if (bound.has(found.number)) reader.finding('line-twice', path, `"${found.text}" is bound twice.`);
  bound.set(found.number, path);
  return found;
}

function calendarOf(
  { playbook: { calendars }, reader }: Binding,
  { calendar: name, standups, reviews }: PlaybookCommunication,
): Pick<Reporting, 'calendar'> {
  if (name === undefined) {
    if (standups === undefined && reviews === undefined) return {};
    reader.error('communication-calendar', PATH, 'Standups and reviews are on working days: "calendar" is missing.', {
      expected: 'the name of one of "calendars"',
    });
    return {};
  }
  const calendar = own(calendars, name);
  if (calendar !== undefined) return { calendar: { name, ...calendar } };
  const message = `There is no calendar "${name}".`;
  reader.error('calendar-unknown', [...PATH, 'calendar'], message, meantBy(name, Object.keys(calendars)));
  return {};
}

function reportAudiences(
  { reader }: Binding,
  { audiences }: PlaybookCommunication,
  key: string,
  to: readonly string[],
): void {
  const known = Object.keys(audiences);
  for (const [index, name] of to.entries()) {
    if (known.includes(name)) continue;
    reader.error(
      'audience-unknown',
      [...PATH, key, 'to', index],
      `There is no audience "${name}".`,
      meantBy(name, known),
    );
  }
}

/** `{document: issue-log}`: one step, of a kind that writes a document. */
function bindDocument(
  binding: Binding,
  { text, number }: Numbered,
  path: Path,
  entry: { readonly [kind: string]: unknown },
): KeptDocument[] {
  const { kinds, reader } = binding;
  const writing = kinds.steps.filter((one) => 'writes' in one);
  const [name = '', ...others] = Object.keys(entry);
  const kind = writing.find((one) => one.kind === name);
  if (kind === undefined || others.length > 0) {
    const message = `A document is written by one step, and "${[name, ...others].join('", "')}" is none that writes one.`;
    reader.error(
      'document-step',
      [...path, name],
      message,
      meantBy(
        name,
        writing.map((one) => one.kind),
      ),
    );
    return [];
  }
  const at = [...path, kind.kind];
  const parsed = kind.entry.safeParse(entry[kind.kind]);
  if (!parsed.success) {
    reader.shapeErrors(at, parsed.error.issues, kind.entry);
    return [];
  }
  const [draft] = kind.expand(parsed.data, contextFor(binding, at, {}));
  if (draft === undefined) return [];
  const step: Step = {
    id: `communication/${String(number)}/${draft.name}`,
    kind: kind.kind,
    label: draft.label,
    needs: [],
    profile: kind.profile,
    publishes: 'communication',
    input: draft.input,
  };
  return [{ line: text, step, drawnFrom: kind.drawnFrom?.(draft.input) ?? [] }];
}
