import * as codeBuild from '@aws-sdk/client-codebuild';
import * as codePipeline from '@aws-sdk/client-codepipeline';
import { JsonCodec2, JsonShapeDeserializer2 } from '@smithy/core/protocols';
import { NormalizedSchema } from '@smithy/core/schema';
import { ModelCheck } from './check.ts';
import { botocoreData, readModel } from './model.ts';

type OperationSchema = typeof codePipeline.StartPipelineExecution$;

/** An operation's implementation: takes the SDK's input type, returns the SDK's output type. */
export type Handler = (input: never) => unknown;
export type Handlers = { readonly [operation: string]: Handler };

/** The two services, each with the prefix of its `X-Amz-Target`. */
const services = {
  codePipeline: { prefix: 'CodePipeline_20150709', module: codePipeline, model: 'codepipeline/2015-07-09' },
  codeBuild: { prefix: 'CodeBuild_20161006', module: codeBuild, model: 'codebuild/2016-10-06' },
} as const;

export type ServiceName = keyof typeof services;

/** One of the two services on the wire: awsJson1.1 by the SDK's own schemas. */
export interface Service {
  readonly name: ServiceName;
  readonly prefix: string;
  readonly check: ModelCheck;
  schema(operation: string): OperationSchema | undefined;
}

let loading: Promise<Service[]> | undefined;

/** Loads both services, once for the process. */
export function loadServices(): Promise<Service[]> {
  loading ??= loadAll();
  return loading;
}

async function loadAll(): Promise<Service[]> {
  const data = await botocoreData();
  const names: ServiceName[] = ['codePipeline', 'codeBuild'];
  return Promise.all(names.map((name) => load(name, data)));
}

async function load(name: ServiceName, data: string): Promise<Service> {
  const { prefix, module, model } = services[name];
  const exported: { readonly [name: string]: unknown } = module;
  return {
    name,
    prefix,
    check: new ModelCheck(await readModel(data, model)),
    schema: (operation) => exported[`${operation}$`] as OperationSchema | undefined,
  };
}

const OPERATION = 9;
const EPOCH_SECONDS = 7;
const settings = { jsonName: false, timestampFormat: { useTrait: true, default: EPOCH_SECONDS } } as const;
const codec = new JsonCodec2(settings);
const deserializer = new JsonShapeDeserializer2(settings);

/** True for the schema of an operation: the SDK exports those of structures and errors under names of the same form. */
export function isOperation(schema: OperationSchema | undefined): schema is OperationSchema {
  return schema?.[0] === OPERATION;
}

/** @param json the parsed body */
export function readInput(schema: OperationSchema, json: unknown): unknown {
  return deserializer.readObject(NormalizedSchema.of(refOf(schema[4])), json as never) as unknown;
}

/** The body of an answer; empty for an operation that answers nothing. */
export function writeOutput(schema: OperationSchema, value: unknown): Buffer {
  const output = NormalizedSchema.of(refOf(schema[5]));
  if (output.isUnitSchema()) return Buffer.alloc(0);
  const serializer = codec.createSerializer();
  serializer.write(output, value);
  const { buffer, byteOffset, byteLength } = serializer.flush();
  return Buffer.from(buffer, byteOffset, byteLength);
}

function refOf(ref: OperationSchema[4]): Parameters<typeof NormalizedSchema.of>[0] {
  return typeof ref === 'function' ? ref() : ref;
}
