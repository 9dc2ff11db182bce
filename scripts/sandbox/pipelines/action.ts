/** One run of one action of a pipeline execution. Plain JSON: it is on disk before the provider is called. */
export interface ActionRun {
  readonly pipeline: string;
  readonly executionId: string;
  readonly stage: string;
  readonly action: string;
  readonly actionExecutionId: string;
  /** CodePipeline's own names: category `Build`, owner `AWS`, provider `CodeBuild`. */
  readonly type: {
    readonly category: string;
    readonly owner: string;
    readonly provider: string;
    readonly version: string;
  };
  readonly region: string;
  readonly roleArn?: string;
  /** With all `#{...}` resolved. */
  readonly configuration: { readonly [key: string]: string };
  /** Of a `Commands` action. */
  readonly commands?: readonly string[];
  readonly environmentVariables?: readonly { readonly name: string; readonly value: string; readonly type?: string }[];
  /** Zip files, by artifact name. */
  readonly inputs: readonly { readonly name: string; readonly file: string }[];
  /** Artifacts to make: their names, and for Commands the files in each. */
  readonly outputs: readonly { readonly name: string; readonly files?: readonly string[] }[];
  readonly outputVariables?: readonly string[];
  /** Asked for at start (`sourceRevisions`): only for source actions. */
  readonly revision?: { readonly type: string; readonly value: string };
  readonly timeoutMinutes?: number;
  /** Folder of this run alone. What the provider needs to adopt its own work after a restart lies here. */
  readonly folder: string;
}

export interface ActionOutcome {
  readonly status: 'Succeeded' | 'Failed';
  readonly summary?: string;
  readonly externalExecutionId?: string;
  readonly externalExecutionUrl?: string;
  readonly externalExecutionSummary?: string;
  readonly logStreamARN?: string;
  readonly error?: { readonly code: string; readonly message: string };
  readonly variables?: { readonly [name: string]: string };
  /** Zip files that were made, by artifact name. */
  readonly artifacts?: { readonly [name: string]: string };
  /** Of a source action: what it has taken. */
  readonly revision?: { readonly revisionId: string; readonly revisionSummary?: string; readonly revisionUrl?: string };
}

export interface ActionProvider {
  readonly type: { readonly category: string; readonly owner: string; readonly provider: string };
  /**
   * Carries the run out. Called again with the same run after a restart of the stand-in: it then adopts what it had begun, and does
   * nothing twice. `signal` aborts when the execution is stopped and abandoned; the provider then ends its processes.
   * @param started tells the external id (a build's id) as soon as it is known
   */
  run(
    run: ActionRun,
    tools: {
      readonly signal: AbortSignal;
      started(external: Pick<ActionOutcome, 'externalExecutionId' | 'externalExecutionUrl' | 'logStreamARN'>): void;
    },
  ): Promise<ActionOutcome>;
}
