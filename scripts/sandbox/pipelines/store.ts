import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../../command-line.ts';
import type { Definition, Execution, Pipeline } from './machine/state.ts';

/** A pipeline with all that is kept of it. */
export interface World {
  readonly pipeline: Pipeline;
  readonly versions: Map<number, Definition>;
  /** In the order in which they were started. */
  readonly executions: Map<string, Execution>;
}

/**
 * The state on disk: `pipelines/NAME/pipeline.json`, `versions/1.json`, `executions/ID.json`, and the folders of runs in `runs/ID`.
 * Each file is written beside its place and renamed, so that a killed process leaves the old one or the new one.
 */
export class Store {
  readonly #root: string;

  constructor(stateDir: string) {
    this.#root = join(stateDir, 'pipelines');
    mkdirSync(this.#root, { recursive: true });
  }

  load(): World[] {
    return readdirSync(this.#root).flatMap((folder) => {
      const path = join(this.#root, folder);
      // Without this file the pipeline was being created or deleted.
      const isWhole = existsSync(join(path, 'pipeline.json'));
      if (!isWhole) rmSync(path, { recursive: true });
      return isWhole ? [loadWorld(path)] : [];
    });
  }

  writePipeline(pipeline: Pipeline): void {
    write(join(this.#folder(pipeline.name), 'pipeline.json'), pipeline);
  }

  writeVersion(pipeline: string, version: number, definition: Definition): void {
    const folder = join(this.#folder(pipeline), 'versions');
    mkdirSync(folder, { recursive: true });
    mkdirSync(join(this.#folder(pipeline), 'executions'), { recursive: true });
    write(join(folder, `${version}.json`), definition);
  }

  writeExecution(execution: Execution): void {
    write(this.#execution(execution.pipeline, execution.id), execution);
  }

  removeExecution(pipeline: string, id: string): void {
    rmSync(this.#execution(pipeline, id), { force: true });
    rmSync(join(this.#folder(pipeline), 'runs', id), { recursive: true, force: true });
  }

  removeVersion(pipeline: string, version: number): void {
    rmSync(join(this.#folder(pipeline), 'versions', `${version}.json`), { force: true });
  }

  removePipeline(name: string): void {
    rmSync(join(this.#folder(name), 'pipeline.json'), { force: true });
    rmSync(this.#folder(name), { recursive: true, force: true });
  }

  /** Folder of one run of an action. */
  runFolder(pipeline: string, execution: string, run: string): string {
    return join(this.#folder(pipeline), 'runs', execution, run);
  }

  #folder(name: string): string {
    // Names may be "." and "..".
    return join(this.#root, name.replace(/^\./, '%2E'));
  }

  #execution(pipeline: string, id: string): string {
    return join(this.#folder(pipeline), 'executions', `${id}.json`);
  }
}

function loadWorld(folder: string): World {
  const pipeline = read(join(folder, 'pipeline.json')) as Pipeline;
  const versions = jsonFiles(join(folder, 'versions')).map(
    (file) => [Number.parseInt(file), read(join(folder, 'versions', file)) as Definition] as const,
  );
  const executions = jsonFiles(join(folder, 'executions'))
    .map((file) => read(join(folder, 'executions', file)) as Execution)
    .sort((one, other) => one.number - other.number);
  return {
    pipeline,
    versions: new Map(versions),
    executions: new Map(executions.map((execution) => [execution.id, execution])),
  };
}

function jsonFiles(folder: string): string[] {
  return readdirSync(folder).filter((file) => file.endsWith('.json'));
}

function read(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UserError(`The stand-in cannot read its state in ${file}: ${reason}. Delete the pipeline's folder.`);
  }
}

function write(file: string, value: unknown): void {
  const draft = `${file}.draft`;
  writeFileSync(draft, JSON.stringify(value));
  renameSync(draft, file);
}
