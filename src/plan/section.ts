import type { z } from 'zod';
import type { Task } from './model.ts';
import type { Problem } from './problems.ts';

/** Keys and indices from the playbook's root to a value. */
export type Path = readonly PropertyKey[];

/** Receives the problems of a playbook, each with the path to the key that it is about. */
export interface PlaybookProblems {
  error(code: string, path: Path, message: string, hints?: PlaybookHints): void;
  finding(code: string, path: Path, message: string, hints?: PlaybookHints): void;
}

export type PlaybookHints = Pick<Problem, 'expected' | 'suggestion' | 'blocks'>;

/** The keys of every environment. Sections add keys of their own. */
export interface Environment {
  readonly region: string;
  /** ARN of the role to assume there, or a reference to it. Absent: the worker's own credentials. */
  readonly role?: string | undefined;
  /** The environment's own role, where `role` is an agent's: for steps before the agent's role is there. */
  readonly ownRole?: string | undefined;
  readonly protected: boolean;
  readonly [ofSections: string]: unknown;
}

/** Everything that a section may use when it is bound. */
export interface SectionContext {
  /** Phase folder name, `phase-4`. */
  readonly phase: string;
  readonly environments: { readonly [name: string]: Environment };
  /** Text of every file that the sections name, by its path in the phase folder; `null` where it is missing. */
  readonly files: { readonly [path: string]: string | null };
  readonly problems: PlaybookProblems;
}

/** A task as a section sees it. */
export interface SectionTask {
  readonly task: Task;
  /** True when some of its steps could not be read, so that their outputs are unknown. */
  readonly incomplete: boolean;
}

/**
 * A part of the playbook that a capability owns: one top-level key, with entries that the capability's steps and checks refer to by name.
 * References find the outputs of an entry under `<key>.<entry>`: `{{stacks.network.VpcId}}`.
 */
export interface Section<Given = unknown, Bound = unknown> {
  /** Top-level key in the playbook: `stacks`. */
  readonly key: string;
  /** Word for one entry: `stack`. */
  readonly noun: string;
  /** Shape of the value under the key, with a default for a playbook without the key. */
  readonly shape: z.ZodType<Given>;
  /** Keys of an entry, for suggestions. */
  readonly entryKeys: readonly string[];
  /** Keys that the section adds to every environment. */
  readonly environment: z.ZodRawShape;
  /** A rule for combinations of keys in one environment. */
  readonly environmentRule?: { readonly holds: (environment: Environment) => boolean; readonly message: string };
  /** Paths of the files that entries name, within the phase folder. `value` comes straight from the playbook and may have any shape. */
  files(value: unknown): readonly string[];
  /** Reads the entries, and reports their problems. */
  bind(given: Given, context: SectionContext): Bound;
  /** Reports problems that show only in the tasks that use the entries. */
  report(bound: Bound, tasks: readonly SectionTask[], context: SectionContext): void;
  /** Other entries of the section that an entry depends on. */
  needs(bound: Bound, entry: string): readonly string[];
  /** Names of the outputs of an entry; `undefined` when they are not known. */
  outputs(bound: Bound, entry: string): readonly string[] | undefined;
}

/** The bound sections of a playbook. */
export class BoundSections {
  private readonly bound: ReadonlyMap<Section, unknown>;

  constructor(sections: readonly Section[], playbook: { readonly [key: string]: unknown }, context: SectionContext) {
    this.bound = new Map(sections.map((section) => [section, section.bind(playbook[section.key], context)]));
  }

  /** @throws TypeError when the compilation does not know the section */
  of<Given, Bound>(section: Section<Given, Bound>): Bound {
    if (!this.bound.has(section)) throw new TypeError(`there is no section ${section.key}`);
    return this.bound.get(section) as Bound;
  }

  report(tasks: readonly SectionTask[], context: SectionContext): void {
    for (const [section, bound] of this.bound) section.report(bound, tasks, context);
  }

  /** The entries that the entry at an address (`stacks.network`) depends on. */
  needs(address: string): { readonly address: string; readonly name: string; readonly noun: string }[] {
    const found = this.at(address);
    if (found === undefined) return [];
    const { section, bound, entry } = found;
    const { key, noun } = section;
    return section.needs(bound, entry).map((name) => ({ address: `${key}.${name}`, name, noun }));
  }

  /** Names of the outputs of the entry at an address, and the entry in words: `stack network`. `undefined` when they are not known. */
  outputs(address: string): { readonly names: readonly string[]; readonly what: string } | undefined {
    const found = this.at(address);
    const names = found?.section.outputs(found.bound, found.entry);
    return names === undefined ? undefined : { names, what: `${String(found?.section.noun)} ${String(found?.entry)}` };
  }

  private at(address: string): { section: Section; bound: unknown; entry: string } | undefined {
    const key = address.slice(0, address.indexOf('.'));
    const entry = address.slice(key.length + 1);
    for (const [section, bound] of this.bound) if (section.key === key) return { section, bound, entry };
    return undefined;
  }
}
