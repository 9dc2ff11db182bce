/** Choices of `--break`. */
export const breakages = ['drift', 'alarm', 'template', 'defect', 'flaky', 'hang', 'kills'] as const;
export type Breakage = (typeof breakages)[number];

/** The options of `npm run demo`, as commander reads them. */
export interface Options {
  readonly manual?: boolean;
  readonly keep?: boolean;
  readonly break?: readonly Breakage[];
  readonly dayLength: string;
  readonly workflowId: string;
  readonly temporalPort?: string;
  readonly uiPort?: string;
  readonly emulatorPort?: string;
}

/** The phase that is run: a folder of phases/. */
export const PHASE = 'phase-4';
/** The phase that it starts with its hand-over. */
export const NEXT_PHASE = 'phase-5';
