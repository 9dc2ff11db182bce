import assert from 'node:assert/strict';
import { bound, compileWith, criterionOf, errorsIn, taskOf } from './bind-fixture.ts';

const arn = (name: string) => `arn:aws:iam::111122223333:role/${name}`;

const playbook = `environments:
  dev: { region: eu-west-1 }
  prod: { region: eu-west-1, role: '${arn('deployer')}' }
stacks:
  network: network.yaml
  keys: keys.yaml
agents:
  Infra Agent: { role: { dev: '${arn('infra-dev')}' } }
  Server Agent: { role: '${arn('server')}' }
milestones:
  '9.1':
    tasks:
      a1: { stacks: [network] }
      b1: { stacks: [keys] }
    exit:
      1: { check: drift, every: 10m }
`;

describe('roles of IAM in a playbook', () => {
  const plan = bound(playbook);
  const rolesOf = (task: string) =>
    taskOf(plan, task).steps.map(({ environment, input }) => [environment, input['role'] ?? 'none']);

  it("are the agent's in an environment, and else the environment's", () => {
    assert.deepEqual(rolesOf('9.1/a1'), [
      ['dev', arn('infra-dev')],
      ['prod', arn('deployer')],
    ]);
    assert.deepEqual(rolesOf('9.1/b1'), [
      ['dev', arn('server')],
      ['prod', arn('server')],
    ]);
  });

  it("are the environment's for checks, which are no agent's", () => {
    const [check] = criterionOf(plan, '9.1/exit/1').checks;
    const places = check?.input['places'] as { environment: string; role?: string }[];
    assert.deepEqual(
      places.filter(({ environment }) => environment === 'prod').map(({ role }) => role),
      [arn('deployer'), arn('deployer')],
    );
    assert.ok(places.every(({ environment, role }) => environment === 'prod' || role === undefined));
  });

  it('must be of agents and environments that there are', () => {
    assert.deepEqual(errorsIn(playbook.replace('Server Agent:', 'Severs Agent:')), ['agent-unknown 9:3']);
    assert.deepEqual(errorsIn(playbook.replace('{ dev: ', '{ development: ')), ['environment-unknown 8:26']);
  });

  it('are ARNs, never keys', () => {
    const [problem] = compileWith(playbook.replace(arn('deployer'), 'AKIAIOSFODNN7EXAMPLE')).problems;
    assert.equal(problem?.code, 'shape');
    assert.match(`${problem.message} ${problem.expected ?? ''}`, /the ARN of a role/);
  });
});

describe('the scope of a check of live state', () => {
  const withCheck = (check: string) => playbook.replace('{ check: drift, every: 10m }', `{ check: ${check} }`);
  const placesOf = (check: string) => {
    const [bound1] = criterionOf(bound(withCheck(check)), '9.1/exit/1').checks;
    return (bound1?.input['places'] as { stackName: string }[]).map(({ stackName }) => stackName);
  };

  it('is everything, some stacks, or some stacks in some environments', () => {
    assert.equal(placesOf('alarms').length, 4);
    assert.deepEqual(placesOf('{ alarms: [keys] }'), ['phase-9-dev-keys', 'phase-9-prod-keys']);
    assert.deepEqual(placesOf('{ alarms: { stacks: [keys], environments: [prod] } }'), ['phase-9-prod-keys']);
  });

  it('is told where it names what there is not', () => {
    assert.match(errorsIn(withCheck('{ alarms: [kyes] }')).join(), /^entry 16:/);
    assert.match(errorsIn(withCheck('{ alarms: { environments: [production] } }')).join(), /^entry 16:/);
    assert.match(errorsIn(withCheck('{ network: { open: [https] } }')).join(), /^shape 16:/);
    assert.match(errorsIn(withCheck('{ drift: { open: [80] } }')).join(), /16:/);
  });
});
