import { randomUUID } from 'node:crypto';
import { cloudFormation } from '../../src/aws/clients.ts';
import type { StackDeployment } from '../../src/activities/stacks/engine/deployment.ts';
import { sha256 } from '../../src/base/digest.ts';
import { Folders } from './folders.ts';

const region = 'eu-west-1';

/** A template that creates so many parameters of Systems Manager, one after the other. */
export function chain(length: number, value = 'first'): string {
  const resources = Array.from({ length }, (_, index) => ({
    Type: 'AWS::SSM::Parameter',
    ...(index === 0 ? {} : { DependsOn: `Link${index}` }),
    Properties: { Type: 'String', Value: `${value} ${index + 1}` },
  }));
  return JSON.stringify({
    Parameters: { Word: { Type: 'String', Default: 'none' } },
    Resources: Object.fromEntries(resources.map((resource, index) => [`Link${index + 1}`, resource])),
    Outputs: { Word: { Value: { Ref: 'Word' } }, First: { Value: { Ref: 'Link1' } } },
  });
}

/** A stack of a test's own, and the folder that its template lies in. */
export class TestStack {
  readonly stackName = `test-${randomUUID()}`;
  readonly #folders: Folders;

  private constructor(folders: Folders) {
    this.#folders = folders;
  }

  static async create(): Promise<TestStack> {
    return new TestStack(await Folders.create({}));
  }

  /** Writes the template and describes its deployment. */
  async deployment(template: string, more: Partial<StackDeployment> = {}): Promise<StackDeployment> {
    await this.#folders.write('phase', 'stack.json', template);
    return {
      client: cloudFormation(region),
      region,
      stackName: this.stackName,
      signal: new AbortController().signal,
      identity: randomUUID(),
      template: { folder: `${this.#folders.phasesDir}/phase`, path: 'stack.json', digest: sha256(template) },
      parameters: {},
      capabilities: [],
      tags: {},
      protected: false,
      ...more,
    };
  }

  async remove(): Promise<void> {
    await this.#folders.remove();
  }
}
