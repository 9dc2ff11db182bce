import { deployStack, type DeployOptions } from '../../../../../src/activities/stacks/engine/deploy.ts';
import type { StackDeployment, StackSettings } from '../../../../../src/activities/stacks/engine/deployment.ts';
import { sha256 } from '../../../../../src/base/digest.ts';
import { Folders } from '../../../../support/folders.ts';
import { FakeServer } from './server.ts';
import type { FakeStack } from './state.ts';
import type { Behaviour, TemplateResource } from './template.ts';

export const NAME = 'phase-4-production-net';
/** Milliseconds between looks: the fake's time passes with each look, not with the clock. */
export const QUICK: DeployOptions = { shortestPauseMs: 2 };

/** A bucket that behaves as told; `value` is a property by which versions of it differ. */
export function bucket(behaviour: Behaviour = {}, value: unknown = 'v'): TemplateResource {
  return { Type: 'AWS::S3::Bucket', Properties: { Value: value }, Metadata: { Fake: behaviour } };
}

/** A thing without data. */
export function topic(behaviour: Behaviour = {}, value: unknown = 'v'): TemplateResource {
  return { ...bucket(behaviour, value), Type: 'AWS::SNS::Topic' };
}

export function templateOf(resources: { readonly [name: string]: TemplateResource }, more: object = {}): string {
  return JSON.stringify({ Resources: resources, ...more });
}

/** The fake with deployments to it. */
export class FakeAccount {
  readonly fake: FakeServer;
  readonly #folders: Folders;
  #deployments = 0;

  private constructor(fake: FakeServer, folders: Folders) {
    this.fake = fake;
    this.#folders = folders;
  }

  static async open(): Promise<FakeAccount> {
    return new FakeAccount(await FakeServer.start(), await Folders.create({}));
  }

  async close(): Promise<void> {
    await this.fake.stop();
    await this.#folders.remove();
  }

  /** Writes the template and describes its deployment, with an identity of its own. */
  async deployment(
    template: string,
    settings: StackSettings = {},
    more: Partial<StackDeployment> = {},
  ): Promise<StackDeployment> {
    this.#deployments += 1;
    const path = `template-${this.#deployments}.json`;
    await this.#folders.write('phase', path, template);
    return {
      client: this.fake.client(),
      region: 'eu-west-1',
      stackName: NAME,
      signal: new AbortController().signal,
      identity: `run/1/4.1/a1/${this.#deployments}`,
      template: { folder: `${this.#folders.phasesDir}/phase`, path, digest: sha256(template) },
      parameters: {},
      capabilities: [],
      tags: {},
      protected: false,
      settings,
      ...more,
    };
  }

  async deploy(template: string, settings?: StackSettings, more?: Partial<StackDeployment>) {
    return deployStack(await this.deployment(template, settings, more), QUICK);
  }

  /** A stack that holds a template, in any status, as if it had always been there. */
  put(status: FakeStack['status'], template = templateOf({ A: topic() }), more: Partial<FakeStack> = {}): FakeStack {
    const { Resources } = JSON.parse(template) as { Resources: Record<string, TemplateResource> };
    const resources = Object.fromEntries(
      Object.entries(Resources).map(([name, { Type: type }]) => [name, { type, physicalId: `${NAME}-${name}` }]),
    );
    return this.fake.put({ name: NAME, status, template, resources, ...more });
  }

  get stack(): FakeStack {
    return this.fake.world.stack(NAME);
  }
}
