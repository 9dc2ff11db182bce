import { z } from 'zod';
import { quoteAll, singleLine } from '../../../../src/base/text.ts';
import { readYaml } from '../../../../src/base/yaml.ts';

/** The phases of a buildspec, in the order in which they run. */
export const buildspecPhases = ['install', 'pre_build', 'build', 'post_build'] as const;

export type BuildspecPhase = (typeof buildspecPhases)[number];

/** A buildspec that cannot be used. CodeBuild's code for it is `YAML_FILE_ERROR`. */
export class BuildspecError extends Error {}

/** The commands of one phase. */
export interface PhaseCommands {
  readonly commands: readonly string[];
  /** Commands that run after the others, also when one of them has failed. */
  readonly finally: readonly string[];
  /** `ABORT` ends the build when the phase fails, `CONTINUE` goes on with the next phase. Absent: CodeBuild's usual order. */
  readonly onFailure?: 'ABORT' | 'CONTINUE' | undefined;
}

/** The files that become one artifact. */
export interface ArtifactFiles {
  readonly files: readonly string[];
  readonly excluded: readonly string[];
  readonly baseDirectory: string;
  readonly discardPaths: boolean;
  readonly name?: string | undefined;
}

/** The files that builds with the same key hand on. */
export interface BuildspecCache {
  /** May hold `$(codebuild-hash-files PATTERN ...)`. */
  readonly key: string;
  readonly paths: readonly string[];
  /** Absent: both. */
  readonly action?: 'restore' | 'save' | undefined;
}

/** A buildspec of version 0.2, as far as it is executed. */
export interface Buildspec {
  readonly variables: { readonly [name: string]: string };
  /** Names of parameters, by variable. */
  readonly parameterStore: { readonly [name: string]: string };
  /** `secret-id:json-key:version-stage:version-id`, by variable. */
  readonly secretsManager: { readonly [name: string]: string };
  readonly exportedVariables: readonly string[];
  readonly phases: { readonly [phase in BuildspecPhase]?: PhaseCommands };
  readonly artifacts?: ArtifactFiles | undefined;
  readonly secondaryArtifacts: { readonly [identifier: string]: ArtifactFiles };
  /** Absent: none with a key. */
  readonly cache?: BuildspecCache | undefined;
  /** Parts that are accepted and not acted on: `reports`, `runtime-versions`, `cache` without a key. */
  readonly ignored: readonly string[];
}

const COMMANDS = 500;
const COMMAND_CHARACTERS = 100_000;

const text = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const variableName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be the name of a variable');
const variables = z.record(variableName, text);
const command = z
  .union([z.string(), z.number(), z.boolean()], 'must be a text; quote a command that holds ": "')
  .transform(String)
  .pipe(z.string().min(1).max(COMMAND_CHARACTERS));
/** One text is accepted as a list with one text. */
const commands = z
  .preprocess(
    (given) => (typeof given === 'string' ? [given] : given),
    z.array(command, 'must be a list of commands').max(COMMANDS).nullish(),
  )
  .transform((list) => list ?? []);
const yesOrNo = z
  .union([z.enum(['yes', 'no']), z.boolean()])
  .optional()
  .transform((value) => value === true || value === 'yes');

const phase = z.strictObject({
  'run-as': z.undefined('is not in the stand-in: all commands run as the user of the stand-in').optional(),
  'runtime-versions': z.record(z.string(), z.unknown()).optional(),
  'on-failure': z.enum(['ABORT', 'CONTINUE'], 'must be ABORT or CONTINUE; RETRY is not in the stand-in').optional(),
  commands,
  finally: commands,
});

const fileNames = z.union([
  z.array(z.string().min(1)).min(1).max(1_000),
  z
    .string()
    .min(1)
    .transform((one) => [one]),
]);
const artifact = z.strictObject({
  files: fileNames,
  name: z.string().optional(),
  'base-directory': z.string().default('.'),
  'discard-paths': yesOrNo,
  'exclude-paths': fileNames.optional(),
  'enable-symlinks': z.undefined('is not in the stand-in: artifacts hold no symbolic links').optional(),
  's3-prefix': z.undefined('is not in the stand-in').optional(),
});

const buildspec = z.strictObject({
  version: z.union([z.literal(0.2), z.literal('0.2')], 'must be 0.2'),
  env: z
    .strictObject({
      shell: z
        .enum(['bash', '/bin/sh', 'sh'], 'must be bash or /bin/sh; other shells are not in the stand-in')
        .optional(),
      variables: variables.nullish(),
      'parameter-store': variables.nullish(),
      'secrets-manager': variables.nullish(),
      'exported-variables': z.array(variableName).max(100).nullish(),
      'git-credential-helper': z.unknown().optional(),
    })
    .nullish(),
  phases: z.strictObject({
    install: phase.nullish(),
    pre_build: phase.nullish(),
    build: phase.nullish(),
    post_build: phase.nullish(),
  }),
  reports: z.record(z.string(), z.unknown()).nullish(),
  artifacts: artifact
    .partial({ files: true })
    .extend({ 'secondary-artifacts': z.record(z.string(), artifact).optional() })
    .nullish(),
  cache: z
    .strictObject({
      key: z.string().min(1).max(1_000).optional(),
      'fallback-keys': z.array(z.string()).max(5).optional(),
      action: z.enum(['restore', 'save']).optional(),
      paths: fileNames.optional(),
    })
    .nullish(),
});

/**
 * Reads a buildspec.
 *
 * @throws BuildspecError that names every fault
 */
export function readBuildspec(source: string): Buildspec {
  const { value, errors } = readYaml(source);
  const [error] = errors;
  if (error !== undefined) throw new BuildspecError(`the buildspec is not YAML: ${singleLine(error.message)}`);
  const parsed = buildspec.safeParse(value);
  if (!parsed.success) throw new BuildspecError(parsed.error.issues.slice(0, 5).map(describe).join('; '));
  const { env, phases, artifacts, reports, cache } = parsed.data;
  const known = buildspecPhases.flatMap((name) => {
    const given = phases[name];
    if (given === undefined || given === null) return [];
    return [[name, { commands: given.commands, finally: given.finally, onFailure: given['on-failure'] }] as const];
  });
  if (known.length === 0) throw new BuildspecError('the buildspec has no phase; write at least phases.build.commands');
  const hasRuntimes = buildspecPhases.some((name) => phases[name]?.['runtime-versions'] !== undefined);
  const keyed = cacheOf(cache);
  return {
    variables: env?.variables ?? {},
    parameterStore: env?.['parameter-store'] ?? {},
    secretsManager: env?.['secrets-manager'] ?? {},
    exportedVariables: env?.['exported-variables'] ?? [],
    phases: Object.fromEntries(known),
    artifacts: artifacts?.files === undefined ? undefined : filesOf({ ...artifacts, files: artifacts.files }),
    secondaryArtifacts: Object.fromEntries(
      Object.entries(artifacts?.['secondary-artifacts'] ?? {}).map(([name, one]) => [name, filesOf(one)]),
    ),
    cache: keyed,
    ignored: [
      ...(reports === undefined || reports === null ? [] : ['reports']),
      ...(cache === undefined || cache === null || keyed !== undefined ? [] : ['cache']),
      ...(cache?.['fallback-keys'] === undefined ? [] : ['cache/fallback-keys']),
      ...(hasRuntimes ? ['runtime-versions'] : []),
    ],
  };
}

function filesOf(given: z.infer<typeof artifact>): ArtifactFiles {
  return {
    files: given.files,
    excluded: given['exclude-paths'] ?? [],
    baseDirectory: given['base-directory'],
    discardPaths: given['discard-paths'],
    name: given.name,
  };
}

/** Without a key a cache changes with every build, which the stand-in does not do. */
function cacheOf(given: z.infer<typeof buildspec>['cache']): BuildspecCache | undefined {
  const { key, paths, action } = given ?? {};
  return key === undefined || paths === undefined ? undefined : { key, paths, action };
}

function describe(issue: z.core.$ZodIssue): string {
  const where = issue.path.join('.');
  if (issue.code === 'unrecognized_keys') {
    // CodeBuild's own words for the most frequent fault.
    if (where === 'phases') {
      return `invalid buildspec phase name: ${issue.keys.join(', ')}. Expecting: install, pre_build, build, post_build`;
    }
    return `${where === '' ? 'the buildspec' : where} has unknown keys ${quoteAll(issue.keys)}`;
  }
  return `${where === '' ? 'the buildspec' : where}: ${issue.message}`;
}
