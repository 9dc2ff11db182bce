import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { smallPlan } from '../../support/plans.ts';
import { decideAs, heard, onPage, playbookOf, sendIt } from './scene.ts';
import { form, Visitor } from './visitor.ts';

describe('the page on which people decide', function () {
  this.timeout(60_000);

  it('shows the gate, signs the person in for the decision, and sends it; what is only opened changes nothing', () =>
    onPage({}, async (scene) => {
      const { phase, link } = scene;
      const visitor = new Visitor();
      const page = await visitor.open(link());
      assert.equal(page.status, 200);
      for (const part of [
        'Entry gate of the phase',
        'Gate entry is open, in round 1.',
        '1 Plan approved',
        'Stakeholder (dana, omar)',
      ]) {
        assert.ok(page.text.includes(part), `${part}: ${page.text}`);
      }
      const signing = await visitor.submit(page, form('approve'), { by: 'dana', criterion: '1', note: 'seen' });
      const confirm = await visitor.follow(signing);
      assert.match(confirm.text, /You are signed in as dana\..* approve .* 1 .* seen .*Nothing has been sent yet/);
      // Opened again, as by "reload": the code is not redeemed twice.
      assert.equal((await visitor.open(confirm.url)).status, 200);
      assert.equal(await heard(scene), 0);

      const done = await sendIt(visitor, confirm);
      assert.match(done.text, /Your decision counts ACCEPTED: .* entry is cleared/);
      const { recent } = await phase.ledger();
      const [entry] = recent.filter(({ what }) => what === 'approve');
      assert.deepEqual([entry?.by, entry?.trust, entry?.code, entry?.on], ['dana', 'signed', 'ACCEPTED', 'entry/1']);
      assert.equal((await visitor.open(link())).status, 410);
    }));

  it('rejects with a reason and tasks to do again, and not without a reason', () =>
    onPage({}, async (scene) => {
      const { phase, link } = scene;
      const visitor = new Visitor();
      const page = await visitor.open(`${link()}&verdict=reject`);
      assert.ok(page.text.indexOf('Reject, and sign in') < page.text.indexOf('Approve, and sign in'));
      const without = await visitor.submit(page, form('reject'), { by: 'dana', reason: ' \r\n ' });
      assert.equal(without.status, 422);
      assert.match(without.text, /A rejection needs a reason .*Nothing was sent/);
      const confirm = await decideAs('dana', scene, visitor, { reason: 'no\r\nbudget', rework: '' });
      await sendIt(visitor, confirm);
      const { gates } = await phase.gates();
      assert.deepEqual(gates[0]?.rejection, { by: 'dana', reason: 'no\nbudget', rework: [] });
      const closed = await visitor.open(link());
      assert.match(closed.text, /Rejected by dana: no budget\..*takes no decision before it opens again/);
      assert.equal(closed.forms.length, 0);
    }));

  it('tells the verdict where the phase does not let the person decide', () =>
    onPage(
      {
        playbook: (provider) => playbookOf(provider).replace('roles: [Stakeholder]', 'roles: [Guest]'),
      },
      async (scene) => {
        const visitor = new Visitor();
        const done = await sendIt(visitor, await decideAs('dana', scene, visitor));
        assert.match(done.text, /Your decision does not count DENIED: /);
      },
    ));

  it('is about what the person has seen: after a change it asks to look again', () =>
    onPage({}, async (scene) => {
      const { phase, link } = scene;
      const visitor = new Visitor();
      const page = await visitor.open(link());
      const confirm = await decideAs('dana', scene, visitor, { reason: 'not yet' });
      await sendIt(visitor, confirm);
      await phase.say('resubmit', { gate: 'entry', by: 'lee' });
      await phase.untilOpen('entry');
      const late = await visitor.submit(page, form('approve'), { by: 'dana' });
      assert.equal(late.status, 409);
      assert.match(late.text, /The gate has changed meanwhile .*Nothing was sent/);
      assert.equal(await heard(scene), 1);
    }));

  it('counts one of two decisions when the same link is open in two browsers, and tells the other why', () =>
    onPage({}, async (scene) => {
      const [first, second] = [new Visitor(), new Visitor()];
      const confirms = [await decideAs('dana', scene, first), await decideAs('dana', scene, second)] as const;
      assert.match((await sendIt(first, confirms[0])).text, /Your decision counts ACCEPTED/);
      assert.match((await sendIt(second, confirms[1])).text, /Your decision does not count [A-Z]+: /);
      const { recent } = await scene.phase.ledger();
      const codes = recent.filter(({ what }) => what === 'approve').map(({ code }) => code);
      assert.equal(codes.filter((code) => code === 'ACCEPTED').length, 1, codes.join());
    }));

  it('proves the application with its secret where the provider asks for one', () =>
    onPage({}, async (first) => {
      const file = join(first.harness.folders.root, 'secret');
      await writeFile(file, 's3cret&more\n');
      await onPage({ settings: { secretFile: file } }, async (scene) => {
        scene.signIn.secret = 's3cret%26more';
        const visitor = new Visitor();
        assert.match((await sendIt(visitor, await decideAs('dana', scene, visitor))).text, /ACCEPTED/);
      });
    }));

  it('has no form where no provider can vouch for anybody, and says what to do instead', () =>
    onPage({ playbook: () => `people: { dana: { roles: [Stakeholder] } }\n` }, async ({ link }) => {
      const page = await new Visitor().open(link());
      assert.equal(page.status, 200);
      assert.match(page.text, /names no provider \(oidc\) whose ID tokens count\. Decide with npm run approve/);
      assert.equal(page.forms.length, 0);
    }));

  it('shows hostile text as text, on one line, without characters that hide', () => {
    const hostile = '<script>alert(1)</script> "><img src=x onerror=alert(2)> \u202egnp.exe\u0007 &amp;';
    const plan = smallPlan({
      milestones: [{ number: '9.1', title: 'One', lanes: [{ title: 'Build', agent: 'Build Agent', letter: 'a' }] }],
    }).replace('Plan approved (Phase 8 completion)', 'Plan `<b onclick=x>` approved');
    return onPage({ plan }, async (scene) => {
      const visitor = new Visitor();
      const page = await visitor.open(scene.link());
      const confirm = await visitor.follow(await visitor.submit(page, form('approve'), { by: 'dana', note: hostile }));
      const wrong = await visitor.open(scene.link(hostile, hostile));
      const denied = await visitor.open(`${scene.url}/signed-in?state=${encodeURIComponent(hostile)}`);
      for (const { html, status } of [page, confirm, wrong, denied]) {
        assert.ok(status < 500);
        assert.doesNotMatch(html, /<script|<img|<b |\p{Cf}/u);
        assert.ok(!html.includes('\u0007'));
      }
      assert.ok(confirm.text.includes('<script>alert(1)</script> "><img src=x onerror=alert(2)> gnp.exe &amp;'));
    });
  });
});
