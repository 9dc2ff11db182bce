import type {
  BatchGetBuildsInput,
  BatchGetProjectsInput,
  CreateProjectInput,
  DeleteProjectInput,
  ListBuildsForProjectInput,
  ListBuildsInput,
  ListProjectsInput,
  Project,
  RetryBuildInput,
  SortOrderType,
  StartBuildInput,
  StopBuildInput,
  UpdateProjectInput,
} from '@aws-sdk/client-codebuild';
import { digestOf } from '../../../../src/base/digest.ts';
import { AwsFault } from '../fault.ts';
import { openState, regionOf, type StandInContext } from './open.ts';
import { orderOf } from './order.ts';
import type { BuildOrder, BuildRecord } from './record.ts';
import { shownBuild } from './shown.ts';

const PAGE = 100;
/** Time for which CodeBuild remembers an idempotency token, in milliseconds. */
const TOKEN_MS = 5 * 60_000;

/** Operations by name. Requests and answers have the SDK's types; the protocol has validated the request. */
export type Operations = { readonly [operation: string]: (input: unknown) => Promise<unknown> };

/** CodeBuild's operations, as far as the stand-in has them. They throw `AwsFault`. */
export function codeBuild(context: StandInContext): Operations {
  const { builds, projects } = openState(context);
  const region = regionOf();
  const shown = (record: BuildRecord) => shownBuild(record, builds.pathsOf(record.id));

  const find = async (id: string) => {
    const record = await builds.find(await idOf(id));
    return record?.order.hidden === true ? undefined : record;
  };
  /** Takes `project:uuid` and ARNs. */
  const idOf = async (id: string) => {
    await builds.open();
    return id.startsWith('arn:') ? id.slice(id.indexOf('/') + 1) : id;
  };
  const require = async (id: string) => {
    const record = await find(id);
    if (record === undefined) throw new AwsFault('ResourceNotFoundException', `Build cannot be found: ${id}`);
    return record;
  };
  const start = async (order: BuildOrder, token: string | undefined, request: unknown) => {
    const key =
      token === undefined ? undefined : { key: `token:${token}`, request: digestOf(request), validMs: TOKEN_MS };
    return { build: shown(await builds.start(order, key)) };
  };
  const idsOf = async (sortOrder: SortOrderType | undefined, wanted: (record: BuildRecord) => boolean) => {
    await builds.open();
    const ids = builds
      .all()
      .filter((record) => record.order.hidden !== true && wanted(record))
      .map(({ id }) => id);
    return sortOrder === 'ASCENDING' ? ids : ids.reverse();
  };

  return operations({
    async CreateProject(input: CreateProjectInput) {
      return { project: await projects.create(input, region) };
    },
    async UpdateProject(input: UpdateProjectInput) {
      return { project: await projects.update(input) };
    },
    async DeleteProject({ name = '' }: DeleteProjectInput) {
      await projects.delete(name);
      return {};
    },
    async BatchGetProjects({ names = [] }: BatchGetProjectsInput) {
      const found = await Promise.all(names.map((name) => projects.find(name)));
      return {
        projects: found.flatMap((project) => project ?? []),
        ...listOf(
          'projectsNotFound',
          names.filter((_, index) => found[index] === undefined),
        ),
      };
    },
    async ListProjects({ sortBy = 'NAME', sortOrder, nextToken }: ListProjectsInput) {
      const names = (await projects.all()).sort(by(sortBy)).map(({ name = '' }) => name);
      const { page, next } = pageOf(sortOrder === 'DESCENDING' ? names.reverse() : names, nextToken);
      return { ...listOf('projects', page), ...next };
    },
    async StartBuild(input: StartBuildInput) {
      const { idempotencyToken, ...request } = input;
      const project = await projects.require(input.projectName ?? '');
      return start(orderOf(project, input, region), idempotencyToken, request);
    },
    async RetryBuild({ id = '', idempotencyToken }: RetryBuildInput) {
      const { order } = await require(id);
      if (order.source.type === 'CODEPIPELINE') {
        throw new AwsFault('InvalidInputException', 'a build that a pipeline has started is retried by the pipeline');
      }
      return start(order, idempotencyToken, { retry: id });
    },
    async StopBuild({ id = '' }: StopBuildInput) {
      const record = await require(id);
      return { build: shown(await builds.stop(record.id)) };
    },
    async BatchGetBuilds({ ids = [] }: BatchGetBuildsInput) {
      const found = await Promise.all(ids.map((id) => find(id)));
      return {
        builds: found.flatMap((record) => (record === undefined ? [] : [shown(record)])),
        ...listOf(
          'buildsNotFound',
          ids.filter((_, index) => found[index] === undefined),
        ),
      };
    },
    async ListBuilds({ sortOrder, nextToken }: ListBuildsInput) {
      const { page, next } = pageOf(await idsOf(sortOrder, () => true), nextToken);
      return { ...listOf('ids', page), ...next };
    },
    async ListBuildsForProject({ projectName = '', sortOrder, nextToken }: ListBuildsForProjectInput) {
      const { name } = await projects.require(projectName);
      const { page, next } = pageOf(await idsOf(sortOrder, ({ order }) => order.project === name), nextToken);
      return { ...listOf('ids', page), ...next };
    },
  });
}

/** Erases the types of the requests, which the protocol has validated. */
function operations<Typed extends { readonly [operation: string]: (input: never) => Promise<unknown> }>(
  typed: Typed,
): Operations {
  return typed as unknown as Operations;
}

function by(member: 'NAME' | 'CREATED_TIME' | 'LAST_MODIFIED_TIME') {
  const keys = { NAME: 'name', CREATED_TIME: 'created', LAST_MODIFIED_TIME: 'lastModified' } as const;
  const key = keys[member];
  return (a: Project, b: Project): number => ((a[key] ?? '') < (b[key] ?? '') ? -1 : 1);
}

/** By CodeBuild's model these lists have at least one member, so an empty one is left out. */
function listOf(member: string, list: readonly string[]): { readonly [member: string]: readonly string[] } {
  return list.length === 0 ? {} : { [member]: list };
}

/** A token is the last name of its page, so a page begins in the right place also when names come and go. */
function pageOf(names: readonly string[], token: string | undefined): { page: string[]; next: { nextToken?: string } } {
  const after = token === undefined ? 0 : names.indexOf(Buffer.from(token, 'base64url').toString()) + 1;
  if (token !== undefined && after === 0) throw new AwsFault('InvalidInputException', 'the nextToken is not valid');
  const page = names.slice(after, after + PAGE);
  const last = page.at(-1);
  const isLast = after + PAGE >= names.length || last === undefined;
  return { page, next: isLast ? {} : { nextToken: Buffer.from(last).toString('base64url') } };
}
