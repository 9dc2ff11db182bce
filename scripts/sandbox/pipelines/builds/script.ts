import { buildspecPhases, type Buildspec, type BuildspecPhase } from './buildspec.ts';

/** One command of the script; its index names its `begin` and `exit` files. */
export interface PlannedCommand {
  readonly index: number;
  readonly command: string;
}

/** One phase of the script, in the order in which it runs. */
export interface PlannedPhase {
  readonly phase: BuildspecPhase;
  readonly commands: readonly PlannedCommand[];
}

/** The commands of a buildspec with their indices. */
export function planOf(phases: Buildspec['phases']): PlannedPhase[] {
  let index = 0;
  return buildspecPhases.map((phase) => {
    const given = phases[phase];
    const all = [...(given?.commands ?? []), ...(given?.finally ?? [])];
    return { phase, commands: all.map((command) => ({ index: index++, command })) };
  });
}

export interface ScriptOptions {
  /** Folder for the exit-code files. */
  readonly folder: string;
  readonly phases: Buildspec['phases'];
  readonly exported: readonly string[];
  /** Names of artifacts, by their file below the folder. They may contain variables of the build. */
  readonly names: { readonly [file: string]: string };
}

/**
 * Writes the bash script of a build. Each command runs in a subshell, so that `exit` and `set -e` end the command alone. Its working
 * directory and exported variables are carried to the next command, as in buildspec 0.2. For each command, `N.begin` holds its start
 * time, and `N.exit` holds its exit code and end time.
 */
export function scriptOf({ folder, phases, exported, names }: ScriptOptions): string {
  const plan = planOf(phases);
  return [
    // The keeper reads one stream, so lines of both streams keep their order.
    'exec 2>&1 </dev/null',
    `pg_dir=${quoted(folder)}`,
    'pg_next=1 pg_all=1',
    'export CODEBUILD_BUILD_SUCCEEDING=1',
    ...plan.flatMap(({ phase, commands }) => phaseLines(phase, commands, phases[phase])),
    'mkdir -p "$pg_dir/exported"',
    ...exported.map((name) => `[ -z "\${${name}+x}" ] || printf '%s' "$${name}" > "$pg_dir/exported/${name}"`),
    ...Object.entries(names).map(
      ([file, name]) =>
        `( eval ${quoted(`printf '%s' "${name.replaceAll('"', '\\"')}"`)} ) > "$pg_dir/"${quoted(file)}`,
    ),
    '[ "$pg_all" = 1 ]',
    '',
  ].join('\n');
}

/** Seconds and microseconds since 1970; bash 3.2, which macOS has, knows seconds only. */
const NOW = '"${EPOCHREALTIME:-$(date +%s)}"';

function phaseLines(
  phase: BuildspecPhase,
  planned: readonly PlannedCommand[],
  given: Buildspec['phases'][BuildspecPhase],
): string[] {
  const ordinary = planned.slice(0, given?.commands.length ?? 0);
  const last = planned.slice(ordinary.length);
  const upper = phase.toUpperCase();
  return [
    '',
    'if [ "$pg_next" = 1 ]; then',
    `printf '%s\\n' ${NOW} > "$pg_dir/${upper}.begin"`,
    `echo '[Container] Entering phase ${upper}'`,
    'pg_ok=1',
    ...ordinary.flatMap((one) => commandLines(one, 'pg_ok')),
    'pg_final=1',
    ...last.flatMap((one) => commandLines(one, 'pg_final')),
    '[ "$pg_final" = 1 ] || pg_ok=0',
    `printf '%s %s\\n' "$pg_ok" ${NOW} > "$pg_dir/${upper}.exit"`,
    `[ "$pg_ok" = 1 ] || { pg_all=0 CODEBUILD_BUILD_SUCCEEDING=0 pg_next=${goesOn(phase, given?.onFailure) ? 1 : 0}; }`,
    `[ "$pg_ok" = 1 ] && pg_state=SUCCEEDED || pg_state=FAILED`,
    `echo "[Container] Phase complete: ${upper} State: $pg_state"`,
    'fi',
  ];
}

/** After a failure CodeBuild goes on after `build` alone: `post_build` runs, unless `on-failure` says otherwise. */
function goesOn(phase: BuildspecPhase, onFailure: 'ABORT' | 'CONTINUE' | undefined): boolean {
  return onFailure === 'CONTINUE' || (onFailure === undefined && phase === 'build');
}

function commandLines({ index, command }: PlannedCommand, flag: string): string[] {
  const shown = quoted(command);
  return [
    `if [ "$${flag}" = 1 ]; then`,
    `printf '%s\\n' ${NOW} > "$pg_dir/${index}.begin"`,
    `printf '[Container] Running command %s\\n' ${shown}`,
    '(',
    // `export -p` in the trap: the state is also carried on when the command ends with `exit`.
    `trap 'pg_code=$?; { export -p; printf "cd %q\\n" "$PWD"; } > "$pg_dir/state"; exit $pg_code' EXIT`,
    `eval ${shown}`,
    ')',
    'pg_code=$?',
    '[ ! -f "$pg_dir/state" ] || . "$pg_dir/state" 2>/dev/null',
    `printf '%s %s\\n' "$pg_code" ${NOW} > "$pg_dir/${index}.exit"`,
    `if [ "$pg_code" != 0 ]; then`,
    `printf '[Container] Command did not exit successfully %s exit status %s\\n' ${shown} "$pg_code"`,
    `${flag}=0`,
    'fi',
    'fi',
  ];
}

/** Quotes a text for the shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
