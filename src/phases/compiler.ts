import { createHash } from 'node:crypto';
import { compilePlan, type Compilation } from '../plan/compile.ts';
import type { Kinds } from '../plan/kinds.ts';
import { loadPhase, type PhaseSources } from './folder.ts';

/**
 * Compiles phases for a worker, which is asked again and again: at start, at every gate, for every brief. As long as a phase's
 * files hold the same, it answers with the same compilation.
 */
export class PhaseCompiler {
  private readonly phasesDir: string;
  private readonly kinds: Kinds;
  private readonly last = new Map<string, { readonly digest: string; readonly compilation: Compilation }>();

  constructor(phasesDir: string, kinds: Kinds) {
    this.phasesDir = phasesDir;
    this.kinds = kinds;
  }

  /** @throws PhaseError when there is no such phase within the phases directory. */
  async compile(name: string): Promise<Compilation> {
    const sources = await loadPhase(this.phasesDir, name);
    const digest = createHash('sha256').update(JSON.stringify(sources)).digest('hex');
    const known = this.last.get(name);
    if (known?.digest === digest) return known.compilation;
    const compilation = compileSources(name, sources, this.kinds);
    this.last.set(name, { digest, compilation });
    return compilation;
  }
}

/** Compiles what a phase folder holds. */
export function compileSources(name: string, { plan, playbook, templates }: PhaseSources, kinds: Kinds): Compilation {
  return playbook === undefined ? compilePlan(plan) : compilePlan(plan, { ...playbook, phase: name, templates, kinds });
}
