import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { provideNpmTool } from '../../scripts/sandbox/npm-tool.ts';
import { root } from '../../scripts/sandbox/paths.ts';
import { templateValue } from '../../src/activities/stacks/template.ts';
import type { Deployed, Deployer } from './deployer.ts';
import { runTool, type ToolRun } from './tool.ts';
import type { BenchStack } from './stacks.ts';

/** Only the bench needs it, so it is no dependency of the project. */
const tool = { what: 'the CDK CLI', manifest: join(root, 'bench', 'deploy', 'aws-cdk') };
/** Account of the emulator. */
const ACCOUNT = '000000000000';

/** The CDK CLI with a cloud assembly that the bench writes: CDK deploys, but does not synthesize. */
export class Cdk implements Deployer {
  readonly name = 'CDK CLI';
  #endpoint = '';
  #folder = '';
  #cli = '';
  #run: ToolRun | undefined;

  async open(endpoint: string): Promise<void> {
    this.#endpoint = endpoint;
    this.#cli = join(await provideNpmTool(tool), 'node_modules', 'aws-cdk', 'bin', 'cdk');
    this.#folder = await mkdtemp(join(tmpdir(), 'phasegate-cdk-'));
  }

  async deploy(stacks: readonly BenchStack[]): Promise<Deployed> {
    const assembly = join(this.#folder, 'assembly');
    await writeAssembly(assembly, stacks);
    const noticed = new Map<string, number>();
    const began = Date.now();
    this.#run = runTool(
      this.#endpoint,
      [
        ...[this.#cli, 'deploy', '--all', '--app', assembly, '--output', assembly],
        ...['--concurrency', '12', '--require-approval', 'never', '--progress', 'events'],
        ...['--no-notices', '--no-version-reporting', '--no-path-metadata', '--ci'],
        ...stacks.flatMap(parameterArguments),
      ],
      (line) => {
        const [, name] = /✅ +(\S+)/.exec(line) ?? [];
        if (name !== undefined) noticed.set(name, Date.now());
      },
    );
    const { code, tail } = await this.#run.ended;
    const wallMs = Date.now() - began;
    return { wallMs, noticed, ...(code === 0 ? {} : { failure: reason(tail) }) };
  }

  kill(): void {
    this.#run?.child.kill('SIGKILL');
  }

  again(stacks: readonly BenchStack[]): Promise<Deployed> {
    return this.deploy(stacks);
  }

  async close(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** Writes a cloud assembly like that of "cdk synth", without the parts that need a bootstrapped account: assets, roles, its version. */
async function writeAssembly(folder: string, stacks: readonly BenchStack[]): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const { stackName, template } of stacks) {
    const read = templateValue(template);
    if ('problem' in read) throw new Error(`${stackName}: ${read.problem}`);
    await writeFile(join(folder, `${stackName}.template.json`), JSON.stringify(read.value));
  }
  const artifacts = stacks.map(({ stackName, region, needs }) => [
    stackName,
    {
      type: 'aws:cloudformation:stack',
      environment: `aws://${ACCOUNT}/${region}`,
      displayName: stackName,
      dependencies: needs,
      properties: { stackName, templateFile: `${stackName}.template.json`, validateOnSynth: false },
    },
  ]);
  const manifest = { version: '36.0.0', artifacts: Object.fromEntries(artifacts) as object };
  await writeFile(join(folder, 'manifest.json'), JSON.stringify(manifest));
}

/** Parameters are passed as arguments, because the CLI ignores the parameters of an assembly. */
function parameterArguments({ stackName, parameters }: BenchStack): string[] {
  return Object.entries(parameters).flatMap(([name, value]) => ['--parameters', `${stackName}:${name}=${value}`]);
}

function reason(tail: readonly string[]): string {
  const said = tail.filter((line) => line.trim() !== '');
  return (said.find((line) => line.includes('❌')) ?? said.at(-1) ?? 'it said nothing').trim();
}
