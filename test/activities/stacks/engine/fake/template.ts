import type { FakeChange, FakeResource } from './state.ts';

/** How a resource behaves; see README.md. */
export interface Behaviour {
  readonly create?: string;
  readonly update?: string;
  readonly rollback?: string;
  readonly delete?: string;
  readonly replace?: 'True' | 'Conditional';
  readonly dynamic?: boolean;
  readonly invalid?: string;
}

export interface TemplateResource {
  readonly Type: string;
  readonly Properties?: Record<string, unknown>;
  readonly DeletionPolicy?: string;
  readonly Metadata?: { readonly Fake?: Behaviour };
}

export interface FakeTemplate {
  readonly Parameters?: Record<string, { readonly Type: string; readonly Default?: string; readonly NoEcho?: boolean }>;
  readonly Resources: Record<string, TemplateResource>;
  readonly Outputs?: Record<string, { readonly Value: unknown }>;
}

export const NESTED = 'AWS::CloudFormation::Stack';

export function readTemplate(text: string): FakeTemplate {
  return text === '' ? { Resources: {} } : (JSON.parse(text) as FakeTemplate);
}

export function behaviour(template: string, resource: string): Behaviour {
  return readTemplate(template).Resources[resource]?.Metadata?.Fake ?? {};
}

/** A value with its references to parameters replaced. */
export function resolved(value: unknown, parameters: Record<string, string>): string {
  return JSON.stringify(value ?? {}).replace(/\{"Ref":"(\w+)"\}/g, (whole, name: string) =>
    Object.hasOwn(parameters, name) ? JSON.stringify(parameters[name]) : whole,
  );
}

interface Contents {
  readonly template: string;
  readonly parameters: Record<string, string>;
}

/** Rows of a change set, in the order of the template; what is removed comes last. */
export function changesBetween(
  before: Contents,
  after: Contents,
  existing: Record<string, FakeResource>,
): FakeChange[] {
  const old = readTemplate(before.template).Resources;
  const wanted = readTemplate(after.template).Resources;
  const changes: FakeChange[] = [];
  for (const [resource, definition] of Object.entries(wanted)) {
    const type = definition.Type;
    const fake = definition.Metadata?.Fake ?? {};
    const values = resolved(definition.Properties, after.parameters);
    const known = existing[resource];
    if (known === undefined) {
      changes.push({ action: fake.dynamic === true ? 'Dynamic' : 'Add', resource, type, after: values });
      continue;
    }
    const was = resolved(old[resource]?.Properties, before.parameters);
    // A nested stack always appears: what its template holds is not known without looking.
    if (was === values && type !== NESTED) continue;
    changes.push({
      action: fake.dynamic === true ? 'Dynamic' : 'Modify',
      resource,
      type,
      physicalId: known.physicalId,
      replacement: fake.replace ?? 'False',
      ...(fake.replace === 'True' ? { policyAction: 'ReplaceAndDelete' } : {}),
      before: was,
      after: values,
    });
  }
  for (const [resource, { type, physicalId }] of Object.entries(existing)) {
    if (Object.hasOwn(wanted, resource)) continue;
    const policyAction = old[resource]?.DeletionPolicy === 'Retain' ? 'Retain' : 'Delete';
    changes.push({ action: 'Remove', resource, type, physicalId, policyAction });
  }
  return changes;
}
