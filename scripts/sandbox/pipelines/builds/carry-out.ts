import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makeArtifact, artifactFolder } from './artifacts.ts';
import { saveCache } from './build-cache.ts';
import type { Caches } from './caches.ts';
import { exists, readJson, readText, writeJson } from './files.ts';
import { keep, type KeptEnd } from './keeper.ts';
import { phasesOf } from './phases.ts';
import { prepare, PreparationError, type BuildPaths, type PreparedArtifact, type PreparedBuild } from './prepare.ts';
import type { ArtifactRecord, BuildRecord, BuildStatus, PhaseRecord } from './record.ts';

/** A build that is carried out, with its state. */
export interface CarriedBuild {
  readonly paths: BuildPaths;
  readonly caches: Caches;
  /** Name of its processes. */
  readonly name: string;
  get(): BuildRecord;
  save(changed: Partial<BuildRecord>): Promise<void>;
}

/** Carries a build out to its end. After a restart it goes on where the build was; a script that has begun is adopted. */
export async function carryOut(build: CarriedBuild): Promise<BuildRecord> {
  if (build.get().stage !== 'ready') {
    const problem = await begin(build);
    if (problem !== undefined) return finish(build, problem);
  }
  return conclude(build, await runScript(build));
}

/** @returns the status of a build that ends before its script */
async function begin(build: CarriedBuild): Promise<BuildStatus | undefined> {
  const now = Date.now();
  const { stopping, from, order, stage } = build.get();
  const earlier = build.get().phases.slice(0, stage === 'queued' ? undefined : 2);
  const [submitted, queued] = earlier as [PhaseRecord, PhaseRecord];
  const leave = (status: BuildStatus): PhaseRecord => ({ ...queued, status, to: queued.to ?? now });
  if (stopping === true) {
    await build.save({ phases: [submitted, leave('STOPPED')] });
    return 'STOPPED';
  }
  if (stage === 'queued' && now - from > order.queuedTimeoutMinutes * 60_000) {
    await build.save({ phases: [submitted, leave('TIMED_OUT')] });
    return 'TIMED_OUT';
  }
  const provisioned = { type: 'PROVISIONING', status: 'SUCCEEDED', from: now, to: now } as const;
  const before = [submitted, leave('SUCCEEDED'), provisioned];
  const downloading: PhaseRecord = { type: 'DOWNLOAD_SOURCE', from: now };
  await build.save({ stage: 'preparing', phases: [...before, downloading] });
  try {
    const prepared = await prepare(build.get(), build.paths, build.caches);
    await writeJson(preparedFile(build), prepared);
    const deadline = Date.now() + order.timeoutMinutes * 60_000;
    const downloaded: PhaseRecord = { ...downloading, status: 'SUCCEEDED', to: Date.now() };
    await build.save({ stage: 'ready', plan: prepared.plan, deadline, phases: [...before, downloaded] });
    return undefined;
  } catch (error) {
    const { message } = error as Error;
    const [status, statusCode] =
      error instanceof PreparationError ? (['FAILED', error.code] as const) : (['FAULT', 'INTERNAL_ERROR'] as const);
    const failed: PhaseRecord = { ...downloading, status, to: Date.now(), contexts: [{ statusCode, message }] };
    await build.save({ phases: [...before, failed] });
    return status;
  }
}

async function runScript(build: CarriedBuild): Promise<KeptEnd> {
  const { paths, name } = build;
  const { stopping, deadline = 0 } = build.get();
  const hasBegun = await exists(join(paths.run, 'keeper.json'));
  if (stopping === true && !hasBegun) return { signal: 'SIGTERM', at: Date.now() };
  const { env } = await preparedOf(build);
  return keep({ folder: paths.run, name, script: paths.script, cwd: paths.source, env, log: paths.log, deadline });
}

async function conclude(build: CarriedBuild, end: KeptEnd): Promise<BuildRecord> {
  const { paths } = build;
  const { plan = [], stopping = false, order, phases: before } = build.get();
  const status = statusOf(end, stopping);
  const message = messageOf(end, stopping);
  const phases = [...before, ...(await phasesOf(paths.run, plan, paths.log, { status, at: end.at, message }))];
  const exported = await exportedIn(join(paths.run, 'exported'));
  const last = phases.at(-1);
  // As on AWS, a build whose commands have failed still uploads what post_build has left in good order.
  const uploads = last?.type === 'POST_BUILD' && last.status === 'SUCCEEDED';
  const artifacts: ArtifactRecord[] = [];
  let result = status;
  if (uploads) {
    const from = Date.now();
    try {
      const { artifacts: planned } = await preparedOf(build);
      for (const [index, one] of planned.entries()) {
        const zip = join(await artifactFolder(paths.folder), `${index}.zip`);
        artifacts.push(await makeArtifact(await named(one, paths.run), paths.source, zip, order));
      }
      phases.push({ type: 'UPLOAD_ARTIFACTS', status: 'SUCCEEDED', from, to: Date.now() });
    } catch (error) {
      if (result === 'SUCCEEDED') result = 'FAILED';
      const contexts = [{ statusCode: 'CLIENT_ERROR', message: (error as Error).message }];
      phases.push({ type: 'UPLOAD_ARTIFACTS', status: 'FAILED', from, to: Date.now(), contexts });
    }
  }
  if (!uploads && result === 'SUCCEEDED') result = 'FAILED';
  return finish(build, result, { phases, exported, artifacts });
}

async function finish(build: CarriedBuild, status: BuildStatus, made: Partial<BuildRecord> = {}): Promise<BuildRecord> {
  const now = Date.now();
  const phases: PhaseRecord[] = [
    ...(made.phases ?? build.get().phases),
    { type: 'FINALIZING', status: 'SUCCEEDED', from: now, to: now },
    { type: 'COMPLETED', from: now },
  ];
  // One write: after a restart, either all of it has happened or the artifacts are made once more from the same files.
  await build.save({ ...made, stage: 'done', status, to: now, phases });
  if (status === 'SUCCEEDED') await saveCache(build.caches, (await preparedOf(build)).cache, build.paths);
  await clean(build.paths);
  return build.get();
}

/** Deletes what a build that has ended does not need: its files, and the environment, which holds credentials. Harmless when repeated. */
export async function clean({ work, run }: BuildPaths): Promise<void> {
  for (const path of [work, join(run, 'prepared.json'), join(run, 'run.json'), join(run, 'state')]) {
    await rm(path, { recursive: true, force: true });
  }
}

function statusOf({ code, timedOut = false, problem }: KeptEnd, stopping: boolean): BuildStatus {
  if (timedOut) return 'TIMED_OUT';
  if (code === 0) return 'SUCCEEDED';
  if (stopping) return 'STOPPED';
  return problem === undefined ? 'FAILED' : 'FAULT';
}

function messageOf({ code, signal, timedOut = false, problem }: KeptEnd, stopping: boolean): string {
  if (timedOut) return 'Build has timed out.';
  if (stopping) return 'Build was stopped.';
  return problem ?? `the shell of the build has ended with ${signal ?? `exit status ${code}`} before its commands`;
}

async function named({ identifier, target, files, nameFile }: PreparedArtifact, folder: string) {
  if (files === undefined) {
    const what = identifier === undefined ? 'artifacts section' : `artifact "${identifier}" in its artifacts section`;
    throw new Error(`the buildspec has no ${what}`);
  }
  return { identifier, target, files, name: await readText(join(folder, nameFile)) };
}

async function exportedIn(folder: string): Promise<BuildRecord['exported']> {
  if (!(await exists(folder))) return [];
  const names = (await readdir(folder)).sort();
  return Promise.all(names.map(async (name) => ({ name, value: (await readText(join(folder, name))) ?? '' })));
}

function preparedFile({ paths }: CarriedBuild): string {
  return join(paths.run, 'prepared.json');
}

async function preparedOf(build: CarriedBuild): Promise<PreparedBuild> {
  const prepared = await readJson<PreparedBuild>(preparedFile(build));
  if (prepared === undefined) throw new Error(`${preparedFile(build)} is missing`);
  return prepared;
}
