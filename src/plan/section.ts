import type { z } from 'zod';
import type { Task } from './model.ts';
import type { Problem } from './problems.ts';

/** Keys and indices from the playbook's root to a value. */
export type Path = readonly PropertyKey[];

/** Takes what is wrong with a playbook, each at the key that a path leads to. */
export interface PlaybookProblems {
  error(code: string, path: Path, message: string, hints?: PlaybookHints): void;
  finding(code: string, path: Path, message: string, hints?: PlaybookHints): void;
}

export type PlaybookHints = Pick<Problem, 'expected' | 'suggestion' | 'blocks'>;

/** What every environment has; sections add keys of their own. */
export interface Environment {
  readonly region: string;
  /** ARN of the role in which to act there. Absent: as the worker itself. */
  readonly role?: string | undefined;
  readonly protected: boolean;
  readonly [ofSections: string]: unknown;
}

/** What a section is bound with. */
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
  /** Some of its steps could not be read: what they would publish is unknown. */
  readonly incomplete: boolean;
}

/**
 * A part of the playbook that a capability owns: one top-level key, whose entries the capability's steps and checks refer to by name.
 * What an entry publishes is found by references under `<key>.<entry>`: `{{stacks.network.VpcId}}`.
 */
export interface Section<Given = unknown, Bound = unknown> {
  /** `stacks` */
  readonly key: string;
  /** One entry, in words: `stack`. */
  readonly noun: string;
  /** Shape of the value under the key; has a default for a playbook without it. */
  readonly shape: z.ZodType<Given>;
  /** Keys of an entry, for suggestions. */
  readonly entryKeys: readonly string[];
  /** Keys that it adds to every environment. */
  readonly environment: z.ZodRawShape;
  /** What an environment must not say at the same time. */
  readonly environmentRule?: { readonly holds: (environment: Environment) => boolean; readonly message: string };
  /** Paths in the phase folder of the files that entries name. The value is as it stands in the playbook, of whatever shape. */
  files(value: unknown): readonly string[];
  /** Reads the entries, and reports what is wrong with them. */
  bind(given: Given, context: SectionContext): Bound;
  /** Reports what only shows from the tasks that use the entries. */
  report(bound: Bound, tasks: readonly SectionTask[], context: SectionContext): void;
  /** Entries of the section that have to be there before an entry. */
  needs(bound: Bound, entry: string): readonly string[];
  /** Names of what an entry publishes, where that is known. */
  outputs(bound: Bound, entry: string): readonly string[] | undefined;
}

/** The sections of a playbook, bound. */
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

  /** What has to be there before what stands at an address: `stacks.network`. */
  needs(address: string): { readonly address: string; readonly name: string; readonly noun: string }[] {
    const found = this.at(address);
    if (found === undefined) return [];
    const { section, bound, entry } = found;
    const { key, noun } = section;
    return section.needs(bound, entry).map((name) => ({ address: `${key}.${name}`, name, noun }));
  }

  /** Names of what stands at an address, with what it is in words; nothing where that is not known. */
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
