import assert from 'node:assert/strict';
import { kinds } from '../../src/activities/registry.ts';
import { compilePlan } from '../../src/plan/compile.ts';
import { bound, compileWith, criterionOf, planText } from './bind-fixture.ts';
import { gatesOf } from '../../src/plan/gate-order.ts';

const people = `people:
  ann: { roles: [Lead], agents: [Infra Agent, Server Agent, Trial Agent] }
  ben: { roles: [Lead, Security] }
`;

function errorsIn(playbook: string): string[] {
  const { problems } = compileWith(`${people}${playbook}`);
  return problems.filter(({ severity }) => severity === 'error').map(({ code, message }) => `${code}: ${message}`);
}

function policyOf(playbook: string, gate: string) {
  return gatesOf(bound(`${people}${playbook}`)).find(({ id }) => id === gate)?.policy;
}

describe('policies in a playbook', () => {
  it('read quorum, roles of which any will do, and order', () => {
    const plan = bound(
      `${people}gates: { entry: { 1: { approve: [Lead, { role: [Security, Lead], quorum: 1 }], ordered: true } } }`,
    );
    const { approvers, ordered } = criterionOf(plan, 'entry/1');
    assert.deepEqual(approvers, [
      { roles: ['Lead'], quorum: 1 },
      { roles: ['Security', 'Lead'], quorum: 1 },
    ]);
    assert.equal(ordered, true);
  });

  it('hold for every gate where they stand at the top, and what a gate states prevails', () => {
    const playbook =
      "policy: { distinct: [starter], early: keep }\nmilestones: { '9.1': { exit: { policy: { early: refuse } } } }\n";
    assert.deepEqual(policyOf(playbook, 'entry'), { distinct: ['starter'], early: 'keep' });
    assert.deepEqual(policyOf(playbook, '9.1/exit'), { distinct: ['starter'], early: 'refuse' });
  });

  it('are an error where the people listed cannot satisfy them', () => {
    const quorum = 'gates: { entry: { 1: { approve: { role: Lead, quorum: 3 } } } }';
    assert.match(errorsIn(quorum).join(), /policy-unsatisfiable: .* asks for 3 Lead/);
    const once = 'gates: { entry: { 1: { approve: [{ role: Lead, quorum: 2 }, Security] } } }';
    assert.match(errorsIn(once).join(), /a person counts once/);
    assert.match(errorsIn('gates: { entry: { 1: { approve: Nobody } } }').join(), /Nobody holds the role "Nobody"/);
  });

  it('are an error where two gates need more people than there are', () => {
    const security = '{ 1: { approve: Security }, 2: { approve: Lead }, 3: { approve: Lead }';
    const playbook = `milestones: { '9.1': { exit: ${security} } }, '9.2': { exit: { policy: { distinctFrom: [9.1/exit] }, 1: { approve: Security } } } }\n`;
    assert.match(errorsIn(playbook).join(), /9\.2\/exit asks for approvers other than those of 9\.1\/exit/);
  });

  it('are an error where an override could never be reviewed', () => {
    const last = 'gates: { completion: { policy: { override: { role: Lead, review: Lead } } } }';
    assert.match(errorsIn(last).join(), /override-last/);
    const alone = 'gates: { entry: { policy: { override: { role: Security, review: Security } } } }';
    assert.match(errorsIn(alone).join(), /Only ben could override/);
    assert.match(errorsIn('gates: { entry: { policy: { distinctFrom: [nowhere] } } }').join(), /gate-unknown/);
  });

  it('have a criterion asked again where an earlier gate asked the same of others, or without signatures', () => {
    const same = planText
      .replace('- Budget approved\n- Site ready', '- Plan approved\n- Site ready')
      .replace('### Phase Entry Gate\n- Budget approved', '### Phase Entry Gate\n- Plan approved');
    const sameAs = (playbook: string) => {
      const source = { file: 'playbook.yaml', text: `${people}${playbook}`, phase: 'phase-9', templates: {}, kinds };
      const { plan } = compilePlan({ file: 'plan.md', text: same }, source);
      assert.ok(plan);
      return criterionOf(plan, '9.1/entry/1').sameAs;
    };
    assert.equal(sameAs(''), 'entry/1');
    assert.equal(sameAs('policy: { distinct: [starter] }\n'), 'entry/1');
    const entry = (policy: string) => `milestones: { '9.1': { entry: { policy: ${policy} } } }\n`;
    assert.equal(sameAs(entry('{ distinctFrom: [entry] }')), undefined);
    assert.equal(sameAs(entry('{ distinct: [completers] }')), undefined);
  });

  it('are an error where a gate could never clear, or a rule never take effect', () => {
    const entry = (policy: string) => errorsIn(`gates: { entry: { policy: ${policy} } }`).join();
    const reject = 'deadline: { after: 1h, then: reject }';
    assert.match(entry(`{ wait: 2h, ${reject} }`), /No gate with this policy could clear: "wait"/);
    assert.match(entry(`{ soak: 1h, ${reject} }`), /"soak" is not over/);
    assert.equal(entry(`{ wait: 30m, soak: 30m, ${reject} }`), '');
    assert.match(entry('{ distinctFrom: [9.1/exit] }'), /9\.1\/exit opens after entry only/);
    const { problems } = compileWith(`${people}gates: { entry: { policy: { remind: [10m, 3h], ${reject} } } }`);
    assert.ok(problems.some(({ code, severity }) => code === 'reminder-late' && severity === 'finding'));
  });

  it('are an error where early approvals shall be kept and signatures are asked for', () => {
    const told = errorsIn('policy: { trust: signed, early: keep }\n').filter((error) => error.includes('Early'));
    assert.equal(told.length, 1, 'once for all gates');
  });

  it('say that keys are missing where they are, and not where nobody holds the role', () => {
    const signed = (role: string) =>
      errorsIn(`gates: { entry: { policy: { trust: signed }, 1: { approve: ${role} } } }`).join();
    assert.match(signed('Lead'), /have no keys.* at entry\./);
    assert.doesNotMatch(signed('Led'), /no keys/);
  });

  it('are an error where one key is listed for two people', () => {
    const key = '{ kty: OKP, crv: Ed25519, x: 11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo }';
    const both = `people:\n  ann: { roles: [Lead], keys: [${key}] }\n  ben: { roles: [Lead], keys: [${key}] }\n`;
    const { problems } = compileWith(both);
    assert.ok(problems.some(({ code, message }) => code === 'key-twice' && message.startsWith('ann has the same key')));
  });
});
