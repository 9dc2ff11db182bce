import type { CreateProjectInput, Project, UpdateProjectInput } from '@aws-sdk/client-codebuild';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { AwsFault } from '../fault.ts';
import { readJson, writeJson } from './files.ts';
import { arnOf } from './record.ts';

/** Projects that one stand-in holds. */
export const PROJECTS_KEPT = 500;

/** CodeBuild's projects, one file each. */
export class Projects {
  readonly #folder: string;

  constructor(stateDir: string) {
    this.#folder = join(resolve(stateDir), 'projects');
  }

  /** @param name name or ARN of a project */
  async find(name: string): Promise<Project | undefined> {
    const stored = await readJson<Project>(this.#fileOf(nameOf(name)));
    if (stored === undefined) return undefined;
    const { created, lastModified, ...project } = stored;
    // JSON holds dates as texts.
    return { ...project, created: dateOf(created), lastModified: dateOf(lastModified) };
  }

  /** Sorted by name. */
  async all(): Promise<Project[]> {
    await mkdir(this.#folder, { recursive: true });
    const names = (await readdir(this.#folder)).filter((name) => name.endsWith('.json')).sort();
    const found = await Promise.all(names.map((name) => this.find(name.slice(0, -'.json'.length))));
    return found.flatMap((project) => project ?? []);
  }

  async create(input: CreateProjectInput, region: string): Promise<Project> {
    const name = input.name ?? '';
    const arn = arnOf(region, 'project', name);
    if ((await this.find(name)) !== undefined) {
      throw new AwsFault('ResourceAlreadyExistsException', `Project already exists: ${arn}`);
    }
    if ((await this.all()).length >= PROJECTS_KEPT) {
      throw new AwsFault('AccountLimitExceededException', `the stand-in holds at most ${PROJECTS_KEPT} projects`);
    }
    const now = new Date();
    return this.#save({
      timeoutInMinutes: 60,
      queuedTimeoutInMinutes: 480,
      cache: { type: 'NO_CACHE' },
      encryptionKey: `arn:aws:kms:${region}:000000000000:alias/aws/s3`,
      ...membersOf(input),
      name,
      arn,
      created: now,
      lastModified: now,
    });
  }

  /** Replaces the members that are given. */
  async update(input: UpdateProjectInput): Promise<Project> {
    const known = await this.require(input.name ?? '');
    return this.#save({ ...known, ...membersOf(input), lastModified: new Date() });
  }

  /** @throws AwsFault when there is no such project */
  async require(name: string): Promise<Project> {
    const project = await this.find(name);
    if (project !== undefined) return project;
    throw new AwsFault('ResourceNotFoundException', `Project cannot be found: ${name}`);
  }

  /** Harmless when there is no such project, as on AWS. */
  async delete(name: string): Promise<void> {
    await rm(this.#fileOf(nameOf(name)), { force: true });
  }

  async #save(project: Project): Promise<Project> {
    await writeJson(this.#fileOf(project.name ?? ''), project);
    return project;
  }

  #fileOf(name: string): string {
    return join(this.#folder, `${encodeURIComponent(name)}.json`);
  }
}

function membersOf({ badgeEnabled, ...input }: CreateProjectInput | UpdateProjectInput): Partial<Project> {
  const given = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));
  return { ...(given as Partial<Project>), ...(badgeEnabled === undefined ? {} : { badge: { badgeEnabled } }) };
}

function nameOf(name: string): string {
  return name.startsWith('arn:') ? name.slice(name.indexOf('/') + 1) : name;
}

function dateOf(stored: unknown): Date {
  return new Date(String(stored));
}
