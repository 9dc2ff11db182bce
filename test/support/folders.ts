import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** Files of one phase by their path in its folder. */
export type PhaseFiles = { readonly [path: string]: string };

/** A phases directory of a test's own, with the folders given, and a records directory. */
export class Folders {
  readonly root: string;

  private constructor(root: string) {
    this.root = root;
  }

  static async create(phases: { readonly [name: string]: PhaseFiles }): Promise<Folders> {
    const folders = new Folders(await mkdtemp(join(tmpdir(), 'phasegate-test-')));
    for (const [name, files] of Object.entries(phases)) {
      for (const [path, text] of Object.entries(files)) await folders.write(name, path, text);
    }
    return folders;
  }

  get phasesDir(): string {
    return join(this.root, 'phases');
  }

  get recordsDir(): string {
    return join(this.root, 'records');
  }

  async write(phase: string, path: string, text: string): Promise<void> {
    const file = join(this.phasesDir, phase, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }

  async remove(): Promise<void> {
    await rm(this.root, { recursive: true, force: true });
  }
}
