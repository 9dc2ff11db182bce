import assert from 'node:assert/strict';
import type { LiveEnvironment } from '../../../src/activities/live/environment.ts';
import { lookAtLogs } from '../../../src/activities/live/logs/look.ts';
import { emulator } from '../../support/emulator.ts';
import { StandIn } from '../../support/stand-in.ts';

const variable = 'AWS_ENDPOINT_URL_CLOUDWATCH_LOGS';
const names = ['one', 'two', 'three'];

interface Asked {
  readonly logGroupIdentifiers?: readonly string[];
  readonly logGroupNamePrefix?: string;
}

describe('a look at log groups, on what CloudWatch may answer', () => {
  let standIn: StandIn;
  before(async () => {
    await emulator();
    standIn = await StandIn.start(variable);
  });
  after(() => standIn.stop(variable));

  const environment: LiveEnvironment = {
    name: 'testing',
    region: 'logs-stand-in',
    stacks: [],
    signal: new AbortController().signal,
    resources: names.map((name) => ({ stack: 'app', logicalId: name, physicalId: name, type: 'AWS::Logs::LogGroup' })),
  };

  /** Without a retention, so that nothing is written to them. */
  const groups = (...existing: readonly string[]) => ({
    logGroups: existing.map((logGroupName) => ({ logGroupName })),
  });

  async function look(answer: (asked: Asked) => unknown): Promise<{ says: string[]; calls: number }> {
    standIn.asked.length = 0;
    standIn.answers = { DescribeLogGroups: answer };
    const says = (await lookAtLogs('probe')(environment)).map(({ subject, says }) => `${subject} ${says}`);
    return { says, calls: standIn.asked.length };
  }

  const all = names.map((name) => `testing/app ${name} keeps its lines for ever`);
  const gone = all.map((says, index) => (index === 1 ? 'testing/app two does not exist' : says));

  it('asks for all of them at once', async () => {
    const found = await look(({ logGroupIdentifiers = [] }) => groups(...logGroupIdentifiers));
    assert.deepEqual(found, { says: all, calls: 1 });
  });

  it('asks again for a group that was left out', async () => {
    const found = await look(({ logGroupNamePrefix }) =>
      logGroupNamePrefix === undefined ? groups('one', 'three') : groups('two-of-another'),
    );
    assert.deepEqual(found, { says: gone, calls: 2 });
  });

  it('asks for each by itself where the question is refused because of one of them', async () => {
    const refused = Object.assign(new Error(), { name: 'ResourceNotFoundException' });
    const found = await look(({ logGroupNamePrefix: name }) => {
      if (name === undefined) return refused;
      return name === 'two' ? groups() : groups(name);
    });
    assert.deepEqual(found, { says: gone, calls: 4 });
  });
});
