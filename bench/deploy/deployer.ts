import type { BenchStack } from './stacks.ts';

/** The result of one run of a deployer. */
export interface Deployed {
  /** Duration in milliseconds. */
  readonly wallMs: number;
  /** Times at which it noticed that stacks were complete, in epoch milliseconds. */
  readonly noticed: ReadonlyMap<string, number>;
  /** Reason of the failure; absent when it completed. */
  readonly failure?: string;
}

/** A tool that deploys many stacks. */
export interface Deployer {
  readonly name: string;
  /** Prepares everything that a user has in place before a deployment. This is not measured. */
  open(endpoint: string): Promise<void>;
  deploy(stacks: readonly BenchStack[]): Promise<Deployed>;
  /** Ends it with SIGKILL, in the middle of a deployment. */
  kill(): void;
  /** Does what a user would do after the kill. */
  again(stacks: readonly BenchStack[]): Promise<Deployed>;
  close(): Promise<void>;
}
