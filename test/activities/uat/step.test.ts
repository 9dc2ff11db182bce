import assert from 'node:assert/strict';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readUatFact } from '../../../src/activities/uat/model.ts';
import { uatStep } from '../../../src/activities/uat/step.ts';
import { bindContext } from '../../support/bind-context.ts';
import { stepCall, toolsIn } from '../../support/tools.ts';

const cases = `
- key: place
  title: Place an order
  steps: [Open the shop, Pay]
- key: cancel
  title: Cancel it
  steps: Open the order
`;

const entry = { cases: 'uat.yaml', environment: 'testing', who: 'Product Owner' };
const slices = {
  uat: { sessions: {} },
  issues: {
    seen: {
      'component/testing': { at: 1, revision: 'old' },
      'api/testing': { at: 2, revision: 'new' },
      'api/production': { at: 3, revision: 'other' },
    },
  },
};

describe('the step of user acceptance', () => {
  let folder = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'uat-'));
    await writeFile(join(folder, 'uat.yaml'), cases);
  });
  after(() => rm(folder, { recursive: true }));

  const run = (input: object, known: unknown = slices) =>
    uatStep.run(stepCall('uat', { ...entry, ...input }), toolsIn(folder, { ask: () => Promise.resolve(known) }));

  it('opens a session at the revision that a suite has run against last', async () => {
    const { facts, note } = await run({});
    assert.equal(note, '2 cases for Product Owner in testing');
    const [fact] = facts ?? [];
    assert.deepEqual([fact?.topic, fact?.key], ['uat', 'testing']);
    const { at = '', ...told } = readUatFact(fact?.data) ?? {};
    assert.ok(Number.isFinite(Date.parse(at)));
    assert.deepEqual(told, {
      environment: 'testing',
      who: 'Product Owner',
      revision: 'new',
      cases: [
        { key: 'place', title: 'Place an order', steps: 'Open the shop; Pay' },
        { key: 'cancel', title: 'Cancel it', steps: 'Open the order' },
      ],
    });
    const stated = await run({ revision: 'r7', severity: 'critical' });
    assert.deepEqual([stated.facts?.[0]?.data['revision'], stated.facts?.[0]?.data['severity']], ['r7', 'critical']);
  });

  it('says what is wrong with its cases', async () => {
    const wrong = [
      ['none.yaml', undefined, /no such file/],
      ['list.yaml', 'a: 1', /cases list\.yaml/],
      ['tabs.yaml', '\t- {', /cases tabs\.yaml/],
      ['twice.yaml', `${cases}${cases}`, /two cases have the key place/],
      ['key.yaml', '- { key: "a/b", title: t, steps: s }', /0\.key letters, digits/],
    ] as const;
    for (const [file, text, told] of wrong) {
      if (text !== undefined) await writeFile(join(folder, file), text);
      await assert.rejects(run({ cases: file }), told);
    }
    await symlink('/etc/hostname', join(folder, 'link.yaml'));
    await assert.rejects(run({ cases: 'link.yaml' }), /must stay within the phase folder/);
    await assert.rejects(run({ cases: '../../etc/hostname' }), /must stay within|no such file/);
    await assert.rejects(run({ environment: 'staging' }), /no suite has run in staging yet/);
  });

  it('refuses the session of a sixth environment, and not those of the five', async () => {
    const sessions = { a: {}, b: {}, c: {}, d: {}, production: {} };
    const known = { ...slices, uat: { sessions } };
    const told =
      /sessions in 5 environments at most, and has them in a, b, c, d, production: there is no room for testing/;
    for (const input of [{}, { revision: 'r7' }]) await assert.rejects(run(input, known), told);
    assert.equal((await run({ environment: 'production' }, known)).facts?.length, 1);
  });

  it('refuses an environment that there is not', () => {
    const { context, problems } = bindContext();
    const [draft] = uatStep.expand({ ...entry, environment: 'developmnt' }, context);
    assert.deepEqual(problems, ['there is no environment "developmnt" Did you mean "development"?']);
    assert.equal(draft?.name, 'developmnt');
  });
});
