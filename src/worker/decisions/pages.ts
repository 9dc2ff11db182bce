import type { Logger } from '@temporalio/worker';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { decisionNonce, type DecisionClaims, newDecision } from '../../identity/claims.ts';
import { readDecision } from '../../identity/decision.ts';
import { signInEndpoints } from '../../identity/provider.ts';
import { beginSignIn, redeemCode } from '../../identity/sign-in.ts';
import { type Expected, verifyDecision } from '../../identity/verify.ts';
import { confirmPage, signInPage, verdictPage } from '../../views/decision/pages.ts';
import { gatePage, type GateForms } from '../../views/decision/gate-page.ts';
import { Declined } from './declined.ts';
import { type DecisionForm, readDecisionForm, type Sessions } from './forms.ts';
import { gateQuery } from './links.ts';
import { declined, passedToken, personOf, refusalsDeclined } from './person.ts';
import type { GateNow, Phases } from './phases.ts';
import type { DecisionSettings } from './settings.ts';
import { DecisionsUnderWay, type UnderWay } from './under-way.ts';

export interface Page {
  readonly html: string;
  readonly headers?: { readonly [name: string]: string };
}

export interface PagesOptions {
  readonly settings: DecisionSettings;
  readonly phases: Phases;
  readonly sessions: Sessions;
  readonly logger: Logger;
}

/** Every page fails with `Declined` when it has nothing to show. */
export class DecisionPages {
  readonly #options: PagesOptions;
  readonly #underWay = new DecisionsUnderWay();

  constructor(options: PagesOptions) {
    this.#options = options;
  }

  /** The gate, with the forms to decide. It changes nothing. */
  async gate(request: IncomingMessage, query: URLSearchParams): Promise<Page> {
    const { sessions } = this.#options;
    const token = this.#passed(request);
    const now = await this.#gateIn(query);
    const by = token === undefined ? undefined : await personOf(token, now.registered);
    const { session, headers } = sessions.begin(request);
    const forms: GateForms = {
      action: this.#href('decision', gateQuery(now.workflowId, now.gate.gate)),
      csrf: sessions.csrfOf(session),
      people: by === undefined ? signingIn(now.registered) : [by],
      first: query.get('verdict') === 'reject' ? 'reject' : 'approve',
    };
    const closed = whyClosed(now);
    return { html: gatePage(now.workflowId, now.gate, closed === undefined ? forms : { closed }), headers };
  }

  /** Takes the form, and sends the browser to sign in for this decision. Nothing is sent to the phase. */
  async decision(request: IncomingMessage, query: URLSearchParams): Promise<Page> {
    const token = this.#passed(request);
    const { session, form } = await this.#options.sessions.form(request);
    const now = await this.#gateIn(query);
    const back = this.#back(now.workflowId, now.gate.gate);
    const filled = readDecisionForm(form, back);
    const closed = whyClosed(now);
    if (closed !== undefined) throw new Declined(409, 'No decision here', `${closed} Nothing was sent.`);
    if (!isSame(now, filled)) {
      throw new Declined(
        409,
        'The gate has changed meanwhile',
        'Its round, criteria, evidence or work are others than those that you have seen. Look at it again. Nothing was sent.',
        { link: { href: back, text: 'Look at the gate' } },
      );
    }
    if (token !== undefined) checkIs(filled.by, await personOf(token, now.registered));
    const { oidc, people } = now.registered;
    if (oidc === undefined || !signingIn({ people, oidc }).includes(filled.by)) {
      throw declined(403, 'the person that the decision names has no subject at the provider');
    }
    const state = DecisionsUnderWay.newState();
    const { url, claims, verifier } = await refusalsDeclined(422, async () => {
      const said = readDecision(claimsOf(now, filled));
      const endpoints = await signInEndpoints(oidc.issuer);
      const nonce = decisionNonce(said);
      return { claims: said, ...beginSignIn({ oidc, endpoints, redirectUri: this.#redirectUri, state, nonce }) };
    });
    this.#underWay.add(state, { session, claims, phase: now.name, verifier });
    // No redirect: the policy of the page would have to let forms lead to wherever the provider leads on to.
    return { html: signInPage(url), headers: { refresh: `0; url=${url}` } };
  }

  /** Where the provider sends the browser: shows once more what the person decides. Nothing is sent to the phase. */
  async signedIn(request: IncomingMessage, query: URLSearchParams): Promise<Page> {
    const token = this.#passed(request);
    const { sessions } = this.#options;
    const state = query.get('state') ?? '';
    const session = sessions.of(request);
    const decision = this.#underWay.get(state, session);
    const { phase, gate } = decision.claims;
    const link = { href: this.#back(phase, gate), text: 'Look at the gate' };
    const problem = query.get('error');
    if (problem !== null && decision.idToken === undefined) {
      this.#underWay.delete(state);
      throw new Declined(403, 'The provider has not signed you in', `It says: ${problem}. Nothing was sent.`, { link });
    }
    const registered = await this.#options.phases.registered(decision.phase);
    await this.#vouched(state, decision, { registered, code: query.get('code'), issuer: query.get('iss'), token });
    const form = { action: this.#href('send', `state=${state}`), csrf: sessions.csrfOf(decision.session) };
    return { html: confirmPage(decision.claims, form) };
  }

  /** Sends the decision with its ID token. The phase verifies both, and answers with its verdict. */
  async send(request: IncomingMessage, query: URLSearchParams): Promise<Page> {
    const token = this.#passed(request);
    const { phases, sessions, logger } = this.#options;
    const { session } = await sessions.form(request);
    const state = query.get('state') ?? '';
    const decision = this.#underWay.get(state, session);
    const registered = await phases.registered(decision.phase);
    const idToken = await this.#vouched(state, decision, { registered, code: null, issuer: null, token });
    const { claims } = decision;
    const verdict = await phases.send(claims, idToken, this.#href('signed-in', `state=${state}`));
    this.#underWay.delete(state);
    const { phase, gate, sub: by, verdict: said } = claims;
    logger.info('decision sent from its page', { phase, gate, by, decision: said, code: verdict.code });
    return { html: verdictPage(claims, verdict, this.#back(phase, gate)) };
  }

  /**
   * The ID token of a decision, after the same verification that the phase makes: what cannot count is not sent.
   *
   * @throws Declined when it does not count
   */
  async #vouched(state: string, decision: UnderWay, { registered, code, issuer, token }: Return): Promise<string> {
    const { claims } = decision;
    const { oidc } = registered;
    const link = { href: this.#back(claims.phase, claims.gate), text: 'Look at the gate' };
    if (token !== undefined) checkIs(claims.sub, await personOf(token, registered));
    if (oidc === undefined) throw declined(403, 'the playbook names no provider whose ID tokens count', { link });
    if (issuer !== null && issuer !== oidc.issuer) throw declined(403, 'another provider has answered', { link });
    if (code === null && decision.idToken === undefined) throw declined(400, 'the provider gave no code', { link });
    decision.idToken ??= this.#redeem(decision, oidc, code ?? '');
    const { idToken: pending } = decision;
    try {
      const idToken = await refusalsDeclined(403, () => pending);
      const expected = { ...registered, phase: claims.phase, run: claims.run, now: Date.now() };
      const proof = await refusalsDeclined(403, () => verifyDecision({ idToken, decision: claims }, expected));
      if (!proof.ok) throw declined(403, proof.reason, { link });
      return idToken;
    } catch (error) {
      // Its code is spent, so the person decides again. A token stays good while the keys of the provider cannot be had.
      const isGood = await pending.then(
        () => error instanceof Declined && error.status === 502,
        () => false,
      );
      if (!isGood) this.#underWay.delete(state);
      throw error;
    }
  }

  async #redeem({ verifier }: UnderWay, oidc: NonNullable<Expected['oidc']>, code: string): Promise<string> {
    const { secretFile } = this.#options.settings;
    const secret = secretFile === undefined ? undefined : (await readFile(secretFile, 'utf8')).trim();
    const endpoints = await signInEndpoints(oidc.issuer);
    const { issuer } = oidc;
    const redemption = { issuer, oidc, endpoints, redirectUri: this.#redirectUri, code, verifier };
    return redeemCode(secret === undefined ? redemption : { ...redemption, secret });
  }

  /** The token of the proxy, where the settings name a header for it. */
  #passed(request: IncomingMessage): string | undefined {
    const { tokenHeader } = this.#options.settings;
    return tokenHeader === undefined ? undefined : passedToken(request, tokenHeader);
  }

  async #gateIn(query: URLSearchParams): Promise<GateNow> {
    const { phase = '', gate = '' } = Object.fromEntries(query);
    if (phase === '' || gate === '' || phase.length > 200 || gate.length > 200) {
      throw new Declined(404, 'No gate', 'The address names no phase and gate. Open the link of a notice again.');
    }
    return this.#options.phases.gate(phase, gate);
  }

  get #redirectUri(): string {
    return `${this.#options.settings.url}/signed-in`;
  }

  #back(workflowId: string, gate: string): string {
    return this.#href('gate', gateQuery(workflowId, gate));
  }

  #href(page: string, query: string): string {
    return `${this.#options.settings.url}/${page}?${query}`;
  }
}

interface Return {
  readonly registered: Pick<Expected, 'people' | 'oidc'>;
  /** From the provider, by way of the browser. */
  readonly code: string | null;
  readonly issuer: string | null;
  /** From the proxy. */
  readonly token: string | undefined;
}

/** @throws Declined when the decision is in the name of another person than is signed in at the proxy */
function checkIs(by: string, signedIn: string): void {
  if (by !== signedIn) throw declined(403, 'the decision names another person than is signed in');
}

/** People whom the provider can vouch for. */
function signingIn({ people }: Pick<Expected, 'people' | 'oidc'>): string[] {
  return Object.entries(people).flatMap(([id, { subject }]) => (subject === undefined ? [] : [id]));
}

/** Why nothing can be decided on the page, in sentences. */
function whyClosed({ gate, registered }: GateNow): string | undefined {
  if (gate.state !== 'open' || gate.nonce === undefined) return 'The gate takes no decision before it opens again.';
  if (registered.oidc === undefined) {
    return 'The playbook names no provider (oidc) whose ID tokens count. Decide with npm run approve.';
  }
  if (signingIn(registered).length > 0) return undefined;
  return 'The playbook names nobody with a subject at its provider. Decide with npm run approve.';
}

function isSame({ gate }: GateNow, { round, nonce, subject }: DecisionForm): boolean {
  return gate.round === Number(round) && gate.nonce === nonce && gate.subject === subject;
}

function claimsOf({ workflowId, run, gate }: GateNow, form: DecisionForm): DecisionClaims {
  const { verdict, by, nonce, subject, criterion, note, reason } = form;
  const rework = form.rework.split(/[\s,]+/).filter((task) => task !== '');
  return newDecision(
    {
      sub: by,
      phase: workflowId,
      run,
      gate: gate.gate,
      round: gate.round,
      nonce,
      subject,
      verdict,
      ...(verdict === 'approve' && criterion !== '' ? { criterion: Number(criterion) } : {}),
      ...(verdict === 'reject' && reason !== undefined ? { reason } : {}),
      ...(verdict === 'reject' && rework.length > 0 ? { rework } : {}),
      ...(note === undefined ? {} : { note }),
    },
    Date.now(),
  );
}
