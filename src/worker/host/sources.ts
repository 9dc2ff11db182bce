import { compilePlan } from '../../plan/compile.ts';
import type { Kinds } from '../../plan/kinds.ts';
import type { Compilation, Source } from '../../plan/source.ts';

/** The texts that a phase is compiled from. */
export interface PhaseSources {
  readonly plan: Source;
  readonly playbook?: Source;
  /** Text by path within the phase folder; `null` when a template is missing. */
  readonly templates: { readonly [path: string]: string | null };
}

/** Compiles the sources of a phase. */
export function compileSources(name: string, { plan, playbook, templates }: PhaseSources, kinds: Kinds): Compilation {
  return playbook === undefined ? compilePlan(plan) : compilePlan(plan, { ...playbook, phase: name, templates, kinds });
}
