import { GetPipelineStateCommand, type StageState } from '@aws-sdk/client-codepipeline';
import { actionsOf } from './actions.ts';
import type { PipelineAddress } from './address.ts';
import { disabledAfter, type Observation, observeActions, observeStages } from './blocked.ts';
import type { PipelineDefinition } from './definition.ts';

/** Looks where an execution is. It never says how the execution has ended. */
export class Observer {
  readonly #address: PipelineAddress;
  readonly #definition: PipelineDefinition;
  readonly #id: string;
  readonly #onRequest: () => void;

  /** @param onRequest called before each request to AWS */
  constructor(
    address: PipelineAddress,
    definition: PipelineDefinition,
    id: string,
    onRequest: () => void = () => undefined,
  ) {
    this.#address = address;
    this.#definition = definition;
    this.#id = id;
    this.#onRequest = onRequest;
  }

  /** @returns `undefined` when AWS does not show it, for example without the permission: the release goes on without it. */
  async look(): Promise<Observation | undefined> {
    try {
      if (this.#definition.mode === 'PARALLEL') return await this.#lookByActions();
      return observeStages(await this.#stages(), this.#id, this.#definition.approvals);
    } catch {
      this.#address.signal.throwIfAborted();
      return undefined;
    }
  }

  /** In mode PARALLEL the state of the pipeline tells nothing but transitions, which matter when nothing runs. */
  async #lookByActions(): Promise<Observation> {
    this.#onRequest();
    const actions = await actionsOf(this.#address, this.#id, 1);
    const observation = observeActions(actions);
    if (!observation.mayHaveEnded) return observation;
    const blocked = disabledAfter(actions[0]?.stageName, await this.#stages());
    return { ...observation, ...(blocked === undefined ? {} : { blocked }) };
  }

  async #stages(): Promise<readonly StageState[]> {
    this.#onRequest();
    const { client, pipeline, signal } = this.#address;
    const answer = await client.send(new GetPipelineStateCommand({ name: pipeline }), { abortSignal: signal });
    return answer.stageStates ?? [];
  }
}
