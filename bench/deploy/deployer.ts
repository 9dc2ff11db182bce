import type { BenchStack } from './stacks.ts';

/** How one run of a deployer went. */
export interface Deployed {
  /** Milliseconds that it took. */
  readonly wallMs: number;
  /** When it knew that a stack was done, in milliseconds of the wall clock. */
  readonly noticed: ReadonlyMap<string, number>;
  /** Why it gave up; absent when it completed. */
  readonly failure?: string;
}

/** Something that brings many stacks to what their templates say. */
export interface Deployer {
  readonly name: string;
  /** Makes everything ready that a person would have ready before asking it to deploy. */
  open(endpoint: string): Promise<void>;
  deploy(stacks: readonly BenchStack[]): Promise<Deployed>;
  /** Ends it with SIGKILL, in the middle of a deployment. */
  kill(): void;
  /** Whatever a person would do next after that. */
  again(stacks: readonly BenchStack[]): Promise<Deployed>;
  close(): Promise<void>;
}
