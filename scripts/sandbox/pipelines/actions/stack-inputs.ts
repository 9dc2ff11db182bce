import type { Parameter, Tag } from '@aws-sdk/client-cloudformation';
import { z } from 'zod';
import { isRecord } from '../../../../src/base/json.ts';
import type { ActionRun } from '../action.ts';
import { readFromZip } from '../builds/zips.ts';
import { ActionError, jsonSetting } from './outcome.ts';
import type { ArtifactStore } from './stored-artifact.ts';

/** Largest template in a request, in bytes of UTF-8. A larger one goes through the pipeline's artifact store. */
const LARGEST_BODY = 51_200;

/** What a stack is created or updated with. */
export interface StackInputs {
  readonly template: { readonly TemplateBody: string } | { readonly TemplateURL: string };
  readonly parameters: readonly Parameter[];
  readonly tags: readonly Tag[];
}

const configuration = z.strictObject({
  Parameters: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]).transform(String)).default({}),
  Tags: z.record(z.string(), z.string()).default({}),
  StackPolicy: z.unknown().optional(),
});

/**
 * Reads TemplatePath, TemplateConfiguration and ParameterOverrides of an action. The overrides replace the configuration's values.
 *
 * @throws ActionError for artifacts, files and keys that do not exist
 */
export async function stackInputs(run: ActionRun, store: ArtifactStore): Promise<StackInputs> {
  const { TemplatePath, TemplateConfiguration } = run.configuration;
  const body = await fileOf(run, 'TemplatePath', TemplatePath ?? '');
  const given = TemplateConfiguration
    ? await configurationOf(run, TemplateConfiguration)
    : { Parameters: {}, Tags: {} };
  const parameters = { ...given.Parameters, ...(await overridesOf(run, store)) };
  return {
    template:
      Buffer.byteLength(body) > LARGEST_BODY
        ? { TemplateURL: (await store.template(body)).url }
        : { TemplateBody: body },
    parameters: Object.entries(parameters).map(([ParameterKey, ParameterValue]) => ({ ParameterKey, ParameterValue })),
    tags: Object.entries(given.Tags).map(([Key, Value]) => ({ Key, Value })),
  };
}

async function configurationOf(run: ActionRun, path: string) {
  const text = await fileOf(run, 'TemplateConfiguration', path);
  const parsed = configuration.safeParse(parseJson(text, path));
  if (parsed.success) return parsed.data;
  throw new ActionError(
    'ConfigurationError',
    `${path} must hold {"Parameters": {…}, "Tags": {…}}: ${firstIssue(parsed.error)}`,
  );
}

async function overridesOf(run: ActionRun, store: ArtifactStore): Promise<Record<string, string>> {
  const overrides = jsonSetting(run, 'ParameterOverrides') ?? {};
  if (!isRecord(overrides)) throw new ActionError('ConfigurationError', 'ParameterOverrides must be a JSON object');
  const values: Record<string, string> = {};
  for (const [name, value] of Object.entries(overrides)) values[name] = await valueOf(run, store, name, value);
  return values;
}

async function valueOf(run: ActionRun, store: ArtifactStore, name: string, value: unknown): Promise<string> {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return String(value);
  const [call] = isRecord(value) ? Object.entries(value) : [];
  const [operation, args] = call ?? [];
  const texts = Array.isArray(args) && args.every((one) => typeof one === 'string') ? args : [];
  const [artifact = '', second = '', key = ''] = texts;
  if (operation === 'Fn::GetParam' && texts.length === 3) {
    const content = parseJson(await fileOf(run, 'Fn::GetParam', `${artifact}::${second}`), second);
    const found = isRecord(content) ? content[key] : undefined;
    if (found !== undefined) return typeof found === 'string' ? found : JSON.stringify(found);
    throw new ActionError(
      'ConfigurationError',
      `${artifact}::${second} has no key "${key}", which parameter ${name} needs`,
    );
  }
  if (operation === 'Fn::GetArtifactAtt' && texts.length === 2) {
    const { bucket, key: objectKey, url } = await store.artifact(artifact);
    const attributes: { readonly [name: string]: string } = { BucketName: bucket, ObjectKey: objectKey, URL: url };
    const found = Object.hasOwn(attributes, second) ? attributes[second] : undefined;
    if (found !== undefined) return found;
  }
  throw new ActionError(
    'ConfigurationError',
    `parameter ${name} in ParameterOverrides must be a text, {"Fn::GetParam": [artifact, file, key]} or ` +
      '{"Fn::GetArtifactAtt": [artifact, "BucketName", "ObjectKey" or "URL"]}',
  );
}

/** Reads a file that is named as `artifact::path`. */
async function fileOf({ inputs, action }: ActionRun, what: string, path: string): Promise<string> {
  const [, artifact, file] = /^(.+?)::(.+)$/.exec(path) ?? [];
  if (artifact === undefined || file === undefined) {
    throw new ActionError('ConfigurationError', `${what} of action "${action}" must be artifact::file, not "${path}"`);
  }
  const input = inputs.find(({ name }) => name === artifact);
  if (input === undefined)
    throw new ActionError('ConfigurationError', `action "${action}" has no input artifact "${artifact}"`);
  const text = await readFromZip(input.file, file);
  if (text === undefined)
    throw new ActionError('ConfigurationError', `input artifact "${artifact}" has no file ${file}`);
  return text;
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new ActionError('ConfigurationError', `${path} is not JSON`);
  }
}

function firstIssue({ issues: [issue] }: z.ZodError): string {
  return issue === undefined ? '' : `${issue.path.join('.')} ${issue.message}`.trim();
}
