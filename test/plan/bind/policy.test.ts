import assert from 'node:assert/strict';
import { kinds } from '../../../src/activities/registry.ts';
import { compilePlan } from '../../../src/plan/compile.ts';
import { bound, compileWith, criterionOf, planText } from '../bind-fixture.ts';
import { gatesOf } from '../../../src/plan/walk.ts';

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
    assert.match(errorsIn('gates: { entry: { 1: { approve: Nobody } } }').join(), /No person holds the role "Nobody"/);
  });

  it('are an error where two gates need more people than there are', () => {
    const security = '{ 1: { approve: Security }, 2: { approve: Lead }, 3: { approve: Lead }';
    const playbook = `milestones: { '9.1': { exit: ${security} } }, '9.2': { exit: { policy: { distinctFrom: [9.1/exit] }, 1: { approve: Security } } } }\n`;
    assert.match(errorsIn(playbook).join(), /9\.2\/exit needs other approvers than 9\.1\/exit/);
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
    assert.match(entry('{ distinctFrom: [9.1/exit] }'), /9\.1\/exit opens only after entry/);
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

  it('are an error where one key is listed twice for one person', () => {
    const key = '{ kty: OKP, crv: Ed25519, x: 11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo }';
    const { problems } = compileWith(`people:\n  ann: { roles: [Lead], keys: [${key}, ${key}] }\n`);
    assert.ok(problems.some(({ code, message }) => code === 'key-twice' && message === 'ann has this key already.'));
  });

  it('are an error where two people have one subject at the provider', () => {
    const text = `people:\n  ann: { subject: a@example.com }\n  ben: { subject: a@example.com }\n`;
    const told = compileWith(text).problems.find(({ code }) => code === 'subject-twice');
    assert.match(told?.message ?? '', /^ann has the same subject/);
    assert.deepEqual([told?.severity, told?.place.line, told?.place.column], ['error', 3, 10]);
  });

  it('say how many there are, who, and how to mend it where a quorum is too high', () => {
    const told = (approve: string) => {
      const { problems } = compileWith(`${people}gates: { entry: { 1: { approve: ${approve} } } }\n`);
      const problem = problems.find(({ code }) => code === 'policy-unsatisfiable');
      return `${problem?.message ?? ''} ${problem?.suggestion ?? ''}`;
    };
    assert.equal(
      told('{ role: Lead, quorum: 4 }'),
      'The people listed cannot give this approval: it asks for 4 Lead; there are 2 (ann, ben). Write quorum: 2, or give 2 more in "people" the role Lead.',
    );
    assert.match(told('[{ role: Lead, quorum: 2 }, Security]'), /Lead: ann, ben; Security: ben\. Ask for fewer/);
  });

  it('are told where they are stated', () => {
    const at = (playbook: string, told: RegExp) => {
      const { problems } = compileWith(playbook);
      const problem = problems.find(({ message }) => told.test(message));
      const [line = '', column = 0] = [playbook.split('\n')[(problem?.place.line ?? 0) - 1], problem?.place.column];
      return line.slice(column - 1).split(':')[0];
    };
    const exits = (policy: string) =>
      `milestones: { '9.1': { exit: { 1: { approve: Security } } }, '9.2': { exit: { policy: { ${policy} }, 1: { approve: Security } } } }\n`;
    assert.equal(at(`${people}${exits('distinctFrom: [9.1/exit]')}`, /too few for both/), 'distinctFrom');
    assert.equal(at(`${people}${exits('trust: signed')}`, /have no keys.* at 9\.2\/exit\.$/), 'trust');
    assert.equal(at(`${people}policy: { trust: signed }\n`, /have no keys.* at entry, /), 'trust');
    assert.equal(at(exits('trust: signed'), /the playbook lists no people/), 'trust');
    const guarded = `milestones: { '9.1': { lanes: { Netw: { gate: { policy: { trust: signed }, Agreed: { approve: Lead } } } } } }\n`;
    assert.equal(at(`${people}${guarded}`, /have no keys.* at 9\.1\/1\/entry\.$/), 'trust');
  });

  it('are an error where a gate is to differ from itself, unless every gate is listed for all', () => {
    const own = 'gates: { entry: { policy: { distinctFrom: [entry] } } }';
    assert.match(errorsIn(own).join(), /entry is this gate itself/);
    assert.deepEqual(errorsIn('policy: { distinctFrom: [entry] }\n'), []);
  });

  it('are questioned where a reminder is due as the deadline passes, and not where the gate goes on waiting', () => {
    const late = (policy: string) =>
      compileWith(`${people}gates: { entry: { policy: { ${policy} } } }`).problems.filter(
        ({ code }) => code === 'reminder-late',
      ).length;
    assert.equal(late('remind: [1h], deadline: { after: 1h, then: escalate, to: Lead }'), 1);
    assert.equal(late('remind: [2h], deadline: { after: 1h, then: escalate, to: Lead }'), 0);
    assert.equal(late('remind: [2h], deadline: { after: 1h, then: extend, by: 1h }'), 1);
    assert.equal(late('remind: [90m], deadline: { after: 1h, then: extend, by: 1h }'), 0);
  });

  describe('that hang on who does something else', () => {
    const risks = (playbook: string) =>
      compileWith(playbook)
        .problems.filter(({ code }) => code === 'quorum-at-risk')
        .map(({ severity, message }) => `${severity}: ${message}`);
    const both = 'gates: { entry: { policy: { distinct: [starter] }, 1: { approve: { role: Lead, quorum: 2 } } } }\n';

    const findings = (code: string, playbook: string) =>
      compileWith(playbook)
        .problems.filter((problem) => problem.code === code)
        .map(({ message }) => message);
    const checked = (policy: string) =>
      `operators: [Lead]\ngates: { entry: { policy: { ${policy} }, 1: { check: { command: [make] } } } }\n`;
    const oneLead = people.replace('ben: { roles: [Lead, Security] }', 'ben: { roles: [Security] }');

    it('are questioned where the only operator, who could waive a check, may start the phase', () => {
      assert.deepEqual(findings('waiver-at-risk', `${oneLead}${checked('distinct: [starter]')}`), [
        'No person is left who may waive a failing check at entry if ann starts the phase.',
      ]);
      assert.deepEqual(findings('waiver-at-risk', `${people}${checked('distinct: [starter]')}`), []);
      const override = 'distinct: [starter], override: { role: Security, review: Lead }';
      assert.deepEqual(findings('waiver-at-risk', `${oneLead}${checked(override)}`), []);
    });

    it('are questioned where a deadline escalates to nobody but who may have started the phase', () => {
      const asked = (to: string) =>
        `gates: { entry: { policy: { distinct: [starter], deadline: { after: 1d, then: escalate, to: ${to} } }, 1: { approve: Lead } } }\n`;
      assert.deepEqual(findings('escalation-at-risk', `${people}${asked('Security')}`), [
        'The deadline escalates to a role without a person who may decide at entry if ben starts the phase.',
      ]);
      assert.deepEqual(findings('escalation-at-risk', `${people}${asked('Lead')}`), []);
      assert.match(errorsIn(asked('Ghost')).join(), /policy-unsatisfiable: No person holds the role "Ghost"/);
    });

    it('are questioned where one of the quorum may start the phase', () => {
      assert.deepEqual(risks(`${people}${both}`), [
        'finding: Too few people are left to approve entry if ann or ben starts the phase.',
      ]);
      const third = people.replace('people:\n', 'people:\n  cleo: { roles: [Lead] }\n');
      assert.deepEqual(risks(`${third}${both}`), []);
      assert.deepEqual(risks(both), []);
    });

    it('are an error where whoever sends an amendment leaves too few to approve it, and questioned where only some do', () => {
      const gate = (rules: string, approve = '{ role: Lead }', operators = '[Lead, Security]') =>
        `operators: ${operators}\namendments: { approve: ${approve}, policy: { distinct: [${rules}] } }\n`;
      const told = (playbook: string) =>
        compileWith(playbook)
          .problems.filter(({ code }) => ['policy-unsatisfiable', 'quorum-at-risk'].includes(code))
          .map(({ code, message }) => `${code}: ${message}`);
      const left = 'quorum-at-risk: Too few people are left to approve an amendment';
      const nobody = (who: string) =>
        `policy-unsatisfiable: Whoever sends an amendment (${who}), too few other people are left to approve it.`;
      assert.deepEqual(told(`${people}${gate('sender', '{ role: Lead, quorum: 2 }')}`), [nobody('ann or ben')]);
      assert.deepEqual(told(`${people}${gate('sender', 'Security', '[Security]')}`), [nobody('ben')]);
      assert.deepEqual(told(`${people}${gate('sender', 'Security')}`), [`${left} if ben sends it.`]);
      assert.deepEqual(told(`${people}${gate('sender')}`), []);
      assert.deepEqual(told(`${people}${gate('starter', 'Security')}`), [`${left} if ben starts the phase.`]);
      assert.deepEqual(told(`${people}${gate('starter, sender')}`), [
        `${left} if ann starts the phase and ben sends it.`,
      ]);
      // Where nobody is named, operators approve.
      const unnamed = 'operators: [Security]\namendments: { policy: { distinct: [sender] } }\n';
      assert.deepEqual(told(`${people}${unnamed}`), [nobody('ben')]);
      assert.deepEqual(told(gate('sender')), []);
    });

    it('are questioned where one of them does the work', () => {
      const exit = (who: string) =>
        `${who}milestones: { '9.1': { exit: { policy: { distinct: [completers] }, 1: { approve: { role: Lead, quorum: 2 } } } } }\n`;
      assert.deepEqual(risks(exit(people)), [
        'finding: Too few people are left to approve 9.1/exit once ann has done the work that only they can do.',
      ]);
      const shared = people.replace('[Lead, Security]', '[Lead, Security], agents: [Infra Agent, Server Agent]');
      assert.deepEqual(risks(exit(shared)), [
        'finding: Too few people are left to approve 9.1/exit if ann or ben completes a task that it guards.',
      ]);
      const apart = `people:\n  ann: { agents: [Infra Agent, Server Agent, Trial Agent] }\n  ben: { roles: [Lead] }\n  cleo: { roles: [Lead] }\n`;
      assert.deepEqual(risks(exit(apart)), []);
    });
  });
});
