import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { AwsFault } from '../fault.ts';
import { Caches } from './caches.ts';
import { carryOut, clean } from './carry-out.ts';
import { readJson, writeJson } from './files.ts';
import { stop } from './keeper.ts';
import { phasesOf } from './phases.ts';
import { pathsOf, type BuildPaths } from './prepare.ts';
import { folderName, type BuildOrder, type BuildRecord } from './record.ts';

/** Bounds of the builds of a stand-in. */
export interface BuildBounds {
  /** Builds that run at once; the others are queued. */
  readonly atOnce: number;
  /** Builds that may wait; a further one is refused. */
  readonly queued: number;
  /** Builds that are kept; the oldest that have ended are deleted. */
  readonly kept: number;
}

const usual: BuildBounds = { atOnce: 2, queued: 50, kept: 200 };

/** Identity of an order: a second order with the same key is the same build. */
export interface OrderKey {
  readonly key: string;
  /** Digest of what was asked for. A second order with another digest is refused. */
  readonly request?: string;
  /** Time for which the key counts, in milliseconds. Default: as long as the build is kept. */
  readonly validMs?: number;
}

/** All builds of a stand-in: their states on disk, the queue, and the builds that run. */
export class Builds {
  readonly folder: string;
  readonly #bounds: BuildBounds;
  readonly #caches: Caches;
  readonly #records = new Map<string, BuildRecord>();
  readonly #ended = new Map<string, Promise<BuildRecord>>();
  readonly #waiting: { readonly id: string; readonly go: () => void }[] = [];
  #running = 0;
  #opened: Promise<void> | undefined;
  #ordering: Promise<unknown> = Promise.resolve();

  constructor(stateDir: string, bounds: BuildBounds = usual, caches = new Caches(join(stateDir, 'caches'))) {
    this.#bounds = bounds;
    this.#caches = caches;
    this.folder = join(resolve(stateDir), 'builds');
  }

  /**
   * Reads the builds from disk, and adopts those that have not ended. The first request does it, when the stand-in holds its port: a second
   * stand-in on the same folder must not adopt them. Harmless when repeated.
   */
  open(): Promise<void> {
    this.#opened ??= this.#read();
    return this.#opened;
  }

  /** Builds that have not been deleted, oldest first. */
  all(): BuildRecord[] {
    return [...this.#records.values()].sort((a, b) => a.from - b.from || a.number - b.number);
  }

  /** A build with its phases up to this moment; `undefined` when there is none. */
  async find(id: string): Promise<BuildRecord | undefined> {
    const record = this.#records.get(id);
    if (record?.stage !== 'ready' || record.plan === undefined) return record;
    const paths = pathsOf(this.folder, id);
    return { ...record, phases: [...record.phases, ...(await phasesOf(paths.run, record.plan, paths.log))] };
  }

  /** Takes an order. When this resolves, the order is on disk. */
  async start(order: BuildOrder, key?: OrderKey): Promise<BuildRecord> {
    await this.open();
    // One after the other: of two orders with the same key, the second must find the first.
    const taken = this.#ordering.then(() => this.#take(order, key));
    this.#ordering = taken.catch(() => undefined);
    return taken;
  }

  /** Waits for the end of a build. */
  async end(id: string): Promise<BuildRecord> {
    const record = await (this.#ended.get(id) ?? this.#records.get(id));
    if (record === undefined) throw new AwsFault('ResourceNotFoundException', `there is no build ${id}`);
    return record;
  }

  /** Stops a build. Resolves when all of its processes have ended. */
  async stop(id: string): Promise<BuildRecord> {
    const record = this.#records.get(id);
    if (record === undefined) throw new AwsFault('ResourceNotFoundException', `there is no build ${id}`);
    if (record.stage === 'done') return record;
    await this.#save({ ...record, stopping: true });
    const waiting = this.#waiting.findIndex((one) => one.id === id);
    if (waiting >= 0) this.#go(waiting);
    let hasEnded = false;
    const ended = this.end(id).finally(() => (hasEnded = true));
    // Repeated: the script may be starting at this moment.
    while (!hasEnded) {
      await stop({ name: nameOf(id), folder: this.pathsOf(id).run });
      await Promise.race([ended, delay(200)]);
    }
    return ended;
  }

  /** Stops every build that has not ended, also those that wait. */
  async stopAll(): Promise<void> {
    await this.open();
    await Promise.all(this.all().map(({ id }) => this.stop(id)));
  }

  pathsOf(id: string): BuildPaths {
    return pathsOf(this.folder, id);
  }

  async #read(): Promise<void> {
    await mkdir(this.folder, { recursive: true });
    for (const name of await readdir(this.folder)) {
      const record = await readJson<BuildRecord>(join(this.folder, name, 'build.json'));
      if (record !== undefined) this.#records.set(record.id, record);
    }
    for (const record of this.all()) {
      if (record.stage === 'done') await clean(this.pathsOf(record.id));
      else this.#begin(record);
    }
  }

  async #take(order: BuildOrder, key: OrderKey | undefined): Promise<BuildRecord> {
    const known = key === undefined ? undefined : this.#withKey(key);
    if (known !== undefined) {
      if (known.request === key?.request) return known;
      throw new AwsFault('InvalidInputException', 'the idempotency token was used with other parameters before');
    }
    if (this.#waiting.length >= this.#bounds.queued) {
      throw new AwsFault('AccountLimitExceededException', `the stand-in queues at most ${this.#bounds.queued} builds`);
    }
    const ofProject = this.all().filter(({ order: { project } }) => project === order.project);
    const now = Date.now();
    const record: BuildRecord = {
      id: `${order.project}:${randomUUID()}`,
      number: Math.max(0, ...ofProject.map(({ number }) => number)) + 1,
      order,
      ...(key === undefined ? {} : { key: key.key, request: key.request }),
      stage: 'queued',
      status: 'IN_PROGRESS',
      from: now,
      phases: [
        { type: 'SUBMITTED', status: 'SUCCEEDED', from: now, to: now },
        { type: 'QUEUED', from: now },
      ],
      exported: [],
      artifacts: [],
    };
    await this.#save(record);
    this.#begin(record);
    await this.#prune();
    return record;
  }

  #withKey({ key, validMs = Infinity }: OrderKey): BuildRecord | undefined {
    return this.all().findLast((record) => record.key === key && Date.now() - record.from < validMs);
  }

  #begin(record: BuildRecord): void {
    const ended = this.#carry(record.id).finally(() => this.#ended.delete(record.id));
    // Whoever waits for the end gets the error.
    ended.catch(() => undefined);
    this.#ended.set(record.id, ended);
  }

  async #carry(id: string): Promise<BuildRecord> {
    await this.#place(id);
    try {
      return await carryOut({
        paths: pathsOf(this.folder, id),
        caches: this.#caches,
        name: nameOf(id),
        get: () => this.#get(id),
        save: (changed) => this.#save({ ...this.#get(id), ...changed }),
      });
    } finally {
      this.#running -= 1;
      while (this.#running < this.#bounds.atOnce && this.#waiting.length > 0) this.#go(0);
    }
  }

  /** Lets a build go that waits. Its place counts from now on. */
  #go(index: number): void {
    this.#running += 1;
    this.#waiting.splice(index, 1)[0]?.go();
  }

  /** Waits until the build may run. A build that runs already takes its place at once. */
  async #place(id: string): Promise<void> {
    const { stage, stopping = false } = this.#get(id);
    if (stage === 'queued' && !stopping && this.#running >= this.#bounds.atOnce) {
      await new Promise<void>((go) => this.#waiting.push({ id, go }));
    } else {
      this.#running += 1;
    }
  }

  #get(id: string): BuildRecord {
    const record = this.#records.get(id);
    if (record === undefined) throw new Error(`there is no build ${id}`);
    return record;
  }

  async #save(record: BuildRecord): Promise<void> {
    this.#records.set(record.id, record);
    await writeJson(join(pathsOf(this.folder, record.id).folder, 'build.json'), record);
  }

  async #prune(): Promise<void> {
    const ended = this.all().filter(({ stage }) => stage === 'done');
    for (const { id } of ended.slice(0, Math.max(0, this.#records.size - this.#bounds.kept))) {
      this.#records.delete(id);
      await rm(pathsOf(this.folder, id).folder, { recursive: true, force: true });
    }
  }
}

/** Name of the processes of a build. */
function nameOf(id: string): string {
  return `codebuild-${folderName(id)}`;
}
