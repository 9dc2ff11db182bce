import type { Build, CreateProjectInput } from '@aws-sdk/client-codebuild';
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { codeBuild, type Operations } from '../../../../scripts/sandbox/pipelines/builds/operations.ts';

/** CodeBuild's operations on a state folder of a test's own. */
export class CodeBuildHere {
  readonly stateDir: string;
  readonly operations: Operations;

  private constructor(stateDir: string) {
    this.stateDir = stateDir;
    this.operations = codeBuild({ stateDir });
  }

  static async create(stateDir?: string): Promise<CodeBuildHere> {
    return new CodeBuildHere(stateDir ?? (await mkdtemp(join(tmpdir(), 'phasegate-builds-'))));
  }

  async remove(): Promise<void> {
    // What a failed test has left running would keep this process alive.
    const { ids = [] } = await this.ask<{ ids?: string[] }>('ListBuilds', {});
    for (const id of ids) await this.ask('StopBuild', { id });
    await rm(this.stateDir, { recursive: true, force: true });
  }

  async ask<Answer>(operation: string, input: object): Promise<Answer> {
    return (await this.operations[operation]!(input)) as Answer;
  }

  /** Creates a project without a source, whose buildspec has these phases. */
  async project(name: string, buildspec: object, more: Partial<CreateProjectInput> = {}): Promise<void> {
    const environment = {
      type: 'LINUX_CONTAINER',
      image: 'aws/codebuild/standard:7.0',
      computeType: 'BUILD_GENERAL1_SMALL',
    };
    await this.ask('CreateProject', {
      name,
      source: { type: 'NO_SOURCE', buildspec: spec(buildspec) },
      artifacts: { type: 'NO_ARTIFACTS' },
      environment,
      serviceRole: 'arn:aws:iam::000000000000:role/build',
      ...more,
    });
  }

  async start(projectName: string, more: object = {}): Promise<string> {
    const { build } = await this.ask<{ build: Build }>('StartBuild', { projectName, ...more });
    return build.id!;
  }

  async build(id: string): Promise<Build> {
    const { builds } = await this.ask<{ builds: Build[] }>('BatchGetBuilds', { ids: [id] });
    return builds[0] ?? assert.fail(`no build ${id}`);
  }

  /** Waits for a state of a build. */
  async until(id: string, isThere: (build: Build) => boolean): Promise<Build> {
    for (;;) {
      const build = await this.build(id);
      if (isThere(build)) return build;
      await delay(50);
    }
  }

  ended(id: string): Promise<Build> {
    return this.until(id, ({ buildComplete }) => buildComplete === true);
  }

  async run(projectName: string, more: object = {}): Promise<Build> {
    return this.ended(await this.start(projectName, more));
  }
}

/** A buildspec as text; JSON is YAML. */
export function spec(parts: object): string {
  return JSON.stringify({ version: 0.2, ...parts }, undefined, 1);
}

/** `PHASE STATUS` of each phase. */
export function phasesIn(build: Build): string[] {
  return (build.phases ?? []).map(({ phaseType = '', phaseStatus }) => `${phaseType} ${phaseStatus ?? '-'}`);
}

export function contextOf(build: Build, phase: string): { statusCode?: string | undefined; message: string } {
  const found = build.phases?.find(({ phaseType }) => phaseType === phase)?.contexts?.[0];
  return { statusCode: found?.statusCode, message: found?.message ?? '' };
}

/** True while a process runs. A zombie, which waits for its parent, has ended. */
export async function isRunning(pid: number): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '');
  return status !== '' && !/\) [ZX] /.test(status);
}
