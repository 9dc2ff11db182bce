import assert from 'node:assert/strict';
import { CloudFormationClient, type StackEvent } from '@aws-sdk/client-cloudformation';
import { EventReader } from '../../../../src/activities/stacks/engine/events.ts';

const PAGE = 3;
const STACK = 'arn:aws:cloudformation:eu-west-1:000000000000:stack/network/1';

/** A client that knows nothing but the events of one stack, and counts the pages that it is asked for. */
class EventsOnly extends CloudFormationClient {
  /** Newest first, as AWS lists them. */
  readonly events: StackEvent[] = [];
  pages = 0;

  constructor() {
    super({ region: 'eu-west-1' });
    this.middlewareStack.add(
      () => async (args) => {
        this.pages += 1;
        const from = Number((args.input as { NextToken?: string }).NextToken ?? 0);
        const end = from + PAGE;
        const output = {
          $metadata: {},
          StackEvents: this.events.slice(from, end),
          ...(end < this.events.length ? { NextToken: String(end) } : {}),
        };
        return { output, response: undefined };
      },
      { step: 'initialize', priority: 'high' },
    );
  }

  happen(...statuses: readonly string[]): void {
    for (const status of statuses) {
      const [resource, ResourceStatus] = status.split(' ');
      const count = this.events.length;
      this.events.unshift({
        EventId: `event ${count}`,
        StackId: STACK,
        StackName: 'network',
        Timestamp: new Date(0),
        LogicalResourceId: resource,
        PhysicalResourceId: resource === 'network' ? STACK : resource,
        ResourceStatus,
      } as StackEvent);
    }
  }
}

describe('EventReader', () => {
  let client: EventsOnly;
  let reader: EventReader;
  const next = async () => (await reader.next()).map(({ resource, status }) => `${resource} ${status}`);

  beforeEach(() => {
    client = new EventsOnly();
    const signal = new AbortController().signal;
    reader = new EventReader({ client, region: 'eu-west-1', stackName: 'network', signal }, STACK);
  });

  it('goes back to the beginning of the latest operation, and not through the whole life of the stack', async () => {
    client.happen(
      'network CREATE_IN_PROGRESS',
      ...Array.from({ length: 50 }, (_, index) => `R${index} CREATE_COMPLETE`),
    );
    client.happen('network CREATE_COMPLETE', 'network UPDATE_IN_PROGRESS', 'R1 UPDATE_COMPLETE');
    assert.deepEqual(await next(), ['network UPDATE_IN_PROGRESS', 'R1 UPDATE_COMPLETE']);
    assert.equal(client.pages, 1);
  });

  it('then gives only what is new, in order, also when it fills several pages', async () => {
    client.happen('network CREATE_IN_PROGRESS');
    await next();
    assert.deepEqual(await next(), []);
    const fresh = Array.from({ length: 8 }, (_, index) => `R${index} CREATE_COMPLETE`);
    client.happen(...fresh);
    assert.deepEqual(await next(), fresh);
    assert.deepEqual(await next(), []);
  });
});
