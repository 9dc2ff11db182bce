import type { ActionProvider } from './action.ts';
import { Engine } from './engine.ts';
import { approvalOperations } from './operations/approvals.ts';
import { executionOperations } from './operations/executions.ts';
import { currentDefinition } from './operations/find.ts';
import { historyOperations } from './operations/history.ts';
import { pipelineOperations } from './operations/pipelines.ts';
import { stageOperations } from './operations/stages.ts';
import { startOperations } from './operations/start.ts';
import { stateOperations } from './operations/state.ts';
import { stopOperations } from './operations/stop.ts';
import { tagOperations } from './operations/tags.ts';
import { transitionOperations } from './operations/transitions.ts';
import { Faults } from './protocol/faults.ts';
import { serveHttp, type HttpServer } from './protocol/http.ts';
import { loadServices, type Handlers } from './protocol/service.ts';
import type { RuleProvider } from './rules/rule.ts';
import { Store } from './store.ts';

export interface ServerOptions {
  /** 0 chooses a free port. */
  readonly port: number;
  readonly stateDir: string;
  /** Action providers, or what makes them of what the pipelines say. */
  readonly providers: readonly ActionProvider[] | ((pipelines: Pipelines) => readonly ActionProvider[]);
  readonly rules: readonly RuleProvider[] | ((providers: readonly ActionProvider[]) => readonly RuleProvider[]);
  /** Operations of CodeBuild. */
  readonly codeBuild?: Handlers;
  /** Further operations of CodePipeline, such as those with which functions report on their jobs. */
  readonly jobs?: Handlers;
  /** Default `us-east-1`. */
  readonly region?: string;
  /** Milliseconds that a minute of a definition takes. Default 60,000. */
  readonly minute?: number;
  /** Executions of a pipeline that are kept. Default 200. */
  readonly kept?: number;
  /** Starts an execution of each new pipeline, as AWS does. Default false. */
  readonly startOnCreate?: boolean;
  /** Checks each answer against botocore's model; a wrong one becomes an error 500. Default false. */
  readonly strict?: boolean;
  /** Told after each change of a pipeline's state. */
  readonly onTurn?: () => void;
}

/** What action providers may ask about pipelines. */
export interface Pipelines {
  /** The bucket of the pipeline's artifact store; undefined where there is no such pipeline. */
  artifactBucket(pipeline: string): string | undefined;
}

/** Starts CodePipeline, and CodeBuild where its operations are given, on one port of 127.0.0.1. */
export async function serve(options: ServerOptions): Promise<HttpServer> {
  const { port, stateDir, region = 'us-east-1', minute = 60_000, kept = 200 } = options;
  const services = await loadServices();
  const pipelines: Pipelines = { artifactBucket: (name) => artifactBucketOf(engine, name) };
  const providers = typeof options.providers === 'function' ? options.providers(pipelines) : options.providers;
  const rules = typeof options.rules === 'function' ? options.rules(providers) : options.rules;
  const engine: Engine = new Engine({
    ...{ store: new Store(stateDir), providers, rules, region, minute, kept },
    ...(options.onTurn ? { onTurn: options.onTurn } : {}),
  });
  const faults = new Faults();
  const codePipeline: Handlers = {
    ...pipelineOperations(engine, options.startOnCreate ?? false),
    ...startOperations(engine),
    ...executionOperations(engine, faults),
    ...historyOperations(engine, faults),
    ...stateOperations(engine),
    ...stopOperations(engine),
    ...stageOperations(engine),
    ...approvalOperations(engine),
    ...transitionOperations(engine),
    ...tagOperations(engine),
    ...options.jobs,
  };
  const server = await serveHttp(port, {
    services,
    handlers: { codePipeline, codeBuild: options.codeBuild ?? {} },
    faults,
    strict: options.strict ?? false,
  });
  // Once the port is held: a second process on it would begin every run again before it fails.
  engine.resume();
  return {
    url: server.url,
    async stop() {
      engine.stop();
      await server.stop();
    },
  };
}

function artifactBucketOf(engine: Engine, name: string): string | undefined {
  if (!engine.has(name)) return undefined;
  const { artifactStore, artifactStores } = currentDefinition(engine.pipeline(name));
  const store = artifactStore ?? artifactStores?.[engine.options.region];
  return store?.location;
}
