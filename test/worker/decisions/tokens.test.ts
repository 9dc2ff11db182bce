import assert from 'node:assert/strict';
import { Provider } from '../../identity/provider.ts';
import { decideAs, heard, onPage, sendIt, type Scene } from './scene.ts';
import { form, onlyForm, Visitor, type Shown } from './visitor.ts';

/** Declined, with a page that says why, and nothing was sent. */
async function assertDeclined(scene: Scene, { status, text }: Shown, expected: number, reason: RegExp): Promise<void> {
  assert.match(text, reason);
  assert.match(text, /Nothing was sent\./);
  assert.equal(status, expected);
  assert.equal(await heard(scene), 0);
}

describe('the page on which people decide, with a token that does not count', function () {
  this.timeout(60_000);

  const hour = () => Math.floor(Date.now() / 1000) + 3600;
  const cases: readonly (readonly [string, { readonly [claim: string]: unknown }, RegExp])[] = [
    ['that has expired', { iat: hour() - 9000, exp: hour() - 7200 }, /The ID token has expired/],
    ['of somebody else', { sub: 'omar@idp' }, /The ID token is for a person whom the decision does not name/],
    ['of nobody', { sub: undefined }, /The ID token is for a person whom the decision does not name/],
    ['for another decision', { nonce: 'another' }, /The ID token was not asked for this decision/],
    ['for no decision', { nonce: undefined }, /The ID token was not asked for this decision/],
    ['for another application', { aud: 'client-2' }, /The ID token is for another application/],
    ['of another provider', { iss: 'https://x' }, /The ID token is of another provider/],
  ];

  it('sends nothing, and says why', () =>
    onPage({}, async (scene) => {
      for (const [what, claims, reason] of cases) {
        scene.signIn.person = { sub: 'dana@idp', ...claims };
        const visitor = new Visitor();
        const shown = await decideAs('dana', scene, visitor);
        await assertDeclined(scene, shown, 403, reason);
        assert.equal(shown.forms.length, 0, what);
        // Its code is spent.
        await assertDeclined(scene, await visitor.open(shown.url), 400, /This sign-in is not known/);
      }
    }));

  it('sends nothing without one: the provider signs nobody in, gives no code, no token, or does not answer', () =>
    onPage({}, async (scene) => {
      const { signIn, provider } = scene;
      signIn.error = '<b>access_denied</b>';
      await assertDeclined(
        scene,
        await decideAs('dana', scene),
        403,
        /has not signed you in It says: <b>access_denied<\/b>/,
      );
      signIn.error = undefined;

      const visitor = new Visitor();
      const page = await visitor.open(scene.link());
      const signing = await visitor.submit(page, form('approve'), { by: 'dana' });
      const state = new URL(signing.headers.get('refresh')!.slice('0; url='.length)).searchParams.get('state')!;
      const back = `${scene.url}/signed-in?state=${state}`;
      await assertDeclined(scene, await visitor.open(back), 400, /The provider gave no code/);
      await assertDeclined(scene, await visitor.open(`${back}&code=c&iss=https://x`), 403, /Another provider/);
      await assertDeclined(scene, await visitor.open(`${back}&code=made-up`), 403, /gave no ID token for this sign-in/);

      provider.serves['/token'] = '{}';
      await assertDeclined(scene, await decideAs('dana', scene), 403, /gave no ID token for this sign-in/);
      provider.serves['/token'] = 500;
      await assertDeclined(scene, await decideAs('dana', scene), 502, /The provider does not answer .* status 500/);
    }));

  it('sends nothing that was begun in another browser, or is sent without having signed in', () =>
    onPage({}, async (scene) => {
      const visitor = new Visitor();
      const page = await visitor.open(scene.link());
      const signing = await visitor.submit(page, form('approve'), { by: 'dana' });
      const thief = new Visitor();
      await thief.open(scene.link());
      await assertDeclined(scene, await thief.follow(signing), 403, /begun in another browser/);
      const state = new URL(signing.headers.get('refresh')!.slice('0; url='.length)).searchParams.get('state')!;
      const { csrf = '' } = page.forms[0]?.fields ?? {};
      const early = await visitor.submit(
        { ...page, forms: [{ action: `${scene.url}/send?state=${state}`, fields: { csrf } }] },
        onlyForm,
      );
      await assertDeclined(scene, early, 400, /The provider gave no code/);
    }));

  it('sends nothing where it has stopped to count before it was sent', () =>
    onPage({}, async (scene) => {
      const visitor = new Visitor();
      const confirm = await decideAs('dana', scene, visitor);
      const playbook = `people: { dana: { roles: [Stakeholder], subject: another }, lee: { roles: [Stakeholder] } }
oidc: ${JSON.stringify(scene.provider.oidc)}\n`;
      await scene.harness.folders.write('small', 'playbook.yaml', playbook);
      await assertDeclined(scene, await sendIt(visitor, confirm), 403, /for a person whom the decision does not name/);
    }));
});

describe('the page on which people decide, behind a proxy that tells who is signed in', function () {
  this.timeout(60_000);
  const settings = { tokenHeader: 'x-forwarded-id-token' };
  const passed = (token: string) => ({ 'x-forwarded-id-token': token });

  it('has the person of the token decide, whose decision is bound to a token of its own', () =>
    onPage({ settings: { tokenHeader: 'authorization' } }, async (scene) => {
      const visitor = new Visitor();
      const token = await scene.signIn.token();
      visitor.added = { authorization: `Bearer ${token}` };
      const page = await visitor.open(scene.link());
      assert.match(page.text, /You decide as dana \./);
      const confirm = await visitor.follow(await visitor.submit(page, form('approve')));
      assert.match((await sendIt(visitor, confirm)).text, /ACCEPTED/);
    }));

  it('shows and sends nothing without a token, or with one that does not count', () =>
    onPage({ settings }, async (scene) => {
      const { signIn, link } = scene;
      const now = Math.floor(Date.now() / 1000);
      const other = await Provider.start();
      const forged = await other.idToken({} as never, {
        ...scene.provider.oidc,
        iss: scene.provider.oidc.issuer,
        exp: now + 300,
      });
      await other.stop();
      const tokens: readonly (readonly [{ readonly [name: string]: string }, number, RegExp])[] = [
        [{}, 401, /No ID token came with the request/],
        [passed('Bearer '), 401, /No ID token came with the request/],
        [passed('nonsense'), 401, /The ID token cannot be verified/],
        [passed('x'.repeat(16_001)), 401, /more than 16000 characters/],
        [passed(forged), 401, /Its signature does not match what it says/],
        [passed(await signIn.token({ exp: now - 60 })), 401, /The ID token has expired/],
        [passed(await signIn.token({ exp: undefined })), 401, /does not say when it expires/],
        [passed(await signIn.token({ aud: 'client-2' })), 401, /for another application/],
        [passed(await signIn.token({ iss: 'https://x' })), 401, /of another provider/],
      ];
      for (const [added, status, reason] of tokens) {
        const visitor = new Visitor();
        visitor.added = added;
        const shown = await visitor.open(link());
        await assertDeclined(scene, shown, status, reason);
        assert.doesNotMatch(shown.text, /Plan approved/);
      }
      signIn.person = { sub: 'mallory@idp' };
      const stranger = new Visitor();
      stranger.added = passed(await signIn.token());
      await assertDeclined(scene, await stranger.open(link()), 403, /for a person whom the playbook does not name/);
    }));

  it('sends nothing in the name of another person than is signed in, at any step', () =>
    onPage({ settings }, async (scene) => {
      const { signIn, link } = scene;
      const dana = passed(await signIn.token());
      signIn.person = { sub: 'omar@idp' };
      const omar = passed(await signIn.token());
      signIn.person = { sub: 'dana@idp' };
      const another = /The decision names another person than is signed in/;
      const visitor = new Visitor();
      visitor.added = dana;
      const page = await visitor.open(link());
      await assertDeclined(scene, await visitor.submit(page, form('approve'), { by: 'omar' }), 403, another);
      const signing = await visitor.submit(page, form('approve'));
      visitor.added = omar;
      await assertDeclined(scene, await visitor.follow(signing), 403, another);
      visitor.added = dana;
      const confirm = await visitor.follow(signing);
      visitor.added = omar;
      await assertDeclined(scene, await sendIt(visitor, confirm), 403, another);
      visitor.added = {};
      await assertDeclined(scene, await sendIt(visitor, confirm), 401, /No ID token came/);
      visitor.added = dana;
      assert.match((await sendIt(visitor, confirm)).text, /ACCEPTED/);
    }));
});
