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

/** The roles are made by a stack of the phase. */
const made = `environments:
  dev: { region: eu-west-1 }
  prod: { region: eu-west-1, role: '${arn('deployer')}' }
stacks:
  network: network.yaml
  roles: servers.yaml # imports from network
  servers: keys.yaml
  audit: { template: keys.yaml, per: account }
agents:
  Infra Agent: { role: '{{stacks.roles.Url}}' }
  Server Agent: { role: { prod: '{{stacks.roles.Url}}' } }
milestones:
  '9.1':
    tasks:
      a1: { stacks: [network, roles] }
      a2: { stacks: [audit] }
      b1: { stacks: [servers] }
`;

describe('a role that a stack of the phase makes', () => {
  const plan = bound(made);
  const rolesOf = (task: string) => taskOf(plan, task).steps.map(({ id, input }) => [id, input['role'] ?? 'none']);

  it('is not yet there for its own stack, and for what that one needs', () => {
    assert.deepEqual(rolesOf('9.1/a1'), [
      ['9.1/a1/network/dev', 'none'],
      ['9.1/a1/network/prod', arn('deployer')],
      ['9.1/a1/roles/dev', 'none'],
      ['9.1/a1/roles/prod', arn('deployer')],
    ]);
  });

  it('is waited for by the tasks that act in it', () => {
    assert.deepEqual(rolesOf('9.1/b1'), [
      ['9.1/b1/servers/dev', 'none'],
      ['9.1/b1/servers/prod', '{{prod:stacks.roles.Url}}'],
    ]);
    assert.ok(taskOf(plan, '9.1/b1').needs?.some(({ task }) => task === '9.1/a1'));
  });

  it('is that of the first environment for what the account has once', () => {
    assert.deepEqual(rolesOf('9.1/a2'), [['9.1/a2/audit/account', '{{dev:stacks.roles.Url}}']]);
  });

  it('comes first within a task as well', () => {
    const one = made.replace('a1: { stacks: [network, roles] }', 'a1: { stacks: [network, roles, audit] }');
    const { steps } = taskOf(bound(one.replace('      a2: { stacks: [audit] }\n', '')), '9.1/a1');
    const audit = steps.find(({ id }) => id === '9.1/a1/audit/account');
    assert.deepEqual(audit?.needs, ['9.1/a1/roles/dev']);
  });

  it('is left out where it may not be there: in previews and teardowns', () => {
    const preview = made.replace('a2: { stacks: [audit] }', 'a2: { preview: [audit, network] }');
    const [step] = taskOf(bound(preview), '9.1/a2').steps;
    assert.doesNotMatch(JSON.stringify(step?.input), /stacks\.roles/);
    const teardown = made.replace('a2: { stacks: [audit] }', 'a2: { teardown: [servers] }');
    assert.deepEqual(
      taskOf(bound(teardown), '9.1/a2').steps.map(({ input }) => input['role'] ?? 'none'),
      [arn('deployer'), 'none'],
    );
  });

  it('does not report on its own work: reports look as gates do', () => {
    const report = made.replace('a2: { stacks: [audit] }', 'a2: { report: { readiness-report: [stacks, drift] } }');
    const [step] = taskOf(bound(report), '9.1/a2').steps;
    assert.doesNotMatch(JSON.stringify(step?.input), /stacks\.roles/);
    assert.match(JSON.stringify(step?.input), /role\/deployer/);
  });

  it('has to be published', () => {
    const codes = (text: string) => errorsIn(text).map((line) => line.split(' ')[0]);
    assert.deepEqual(codes(made.replace('{{stacks.roles.Url}}', '{{stacks.roles.Uri}}')), ['reference-unknown']);
    assert.deepEqual(codes(made.replace('{{stacks.roles.Url}}', '{{stack.roles.Url}}')), ['reference-form']);
  });
});

describe('a reference to another environment', () => {
  const to = (environment: string) => `environments:
  dev: { region: eu-west-1 }
  prod: { region: eu-west-1 }
stacks:
  network: network.yaml
  keys: keys.yaml
  servers: { template: servers.yaml, parameters: { Key: '{{${environment}:stacks.keys.KeyId}}' } }
milestones:
  '9.1':
    tasks:
      a1: { stacks: [network] }
      a2: { stacks: [keys], environments: [prod] }
      b1: { stacks: [servers], environments: [dev] }
`;

  it('waits for what is published there', () => {
    const { steps, needs } = taskOf(bound(to('prod')), '9.1/b1');
    assert.deepEqual(steps[0]?.input['parameters'], { Key: '{{prod:stacks.keys.KeyId}}' });
    assert.ok(needs?.some(({ task }) => task === '9.1/a2'));
  });

  it('is an error where nothing is published', () => {
    const [problem] = compileWith(to('dev')).problems.filter(({ severity }) => severity === 'error');
    assert.equal(problem?.code, 'reference-environment');
    assert.match(problem.message, /for environment "dev"/);
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
