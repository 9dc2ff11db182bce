import { DefaultLogger } from '@temporalio/worker';
import { checks, rounds, sections, steps } from '../../../src/activities/registry.ts';
import { gateQuery } from '../../../src/worker/decisions/links.ts';
import { DecisionServer } from '../../../src/worker/decisions/server.ts';
import type { DecisionSettings } from '../../../src/worker/decisions/settings.ts';
import { PhaseCompiler } from '../../../src/worker/host/phases.ts';
import { Provider } from '../../identity/provider.ts';
import { SignInPages } from '../../identity/sign-in-pages.ts';
import { withWorker, type Harness, type PhaseHandle } from '../../support/harness.ts';
import { smallPlan } from '../../support/plans.ts';
import { freePort } from '../../support/sandbox.ts';
import { form, onlyForm, Visitor, type Shown } from './visitor.ts';

const plan = smallPlan({
  milestones: [{ number: '9.1', title: 'One', lanes: [{ title: 'Build', agent: 'Build Agent', letter: 'a' }] }],
});

export interface SceneOptions {
  readonly settings?: Partial<DecisionSettings>;
  readonly plan?: string;
  /** What the playbook names besides gates. */
  readonly playbook?: (provider: Provider) => string;
  readonly arrivalMs?: number;
}

/** Names the people whom most tests need. */
export const playbookOf = ({ oidc }: Provider) => `people:
  dana: { roles: [Stakeholder], agents: [Build Agent], subject: dana@idp }
  omar: { roles: [Stakeholder], subject: omar@idp }
  lee: { roles: [Delivery Lead] }
operators: [Delivery Lead]
oidc: ${JSON.stringify(oidc)}
gates: { entry: { policy: { trust: signed }, 1: { approve: Stakeholder } } }
`;

/** A phase whose entry gate is open on a real server, its page, and a provider at which dana is signed in. */
export interface Scene {
  readonly harness: Harness;
  readonly phase: PhaseHandle;
  readonly provider: Provider;
  readonly signIn: SignInPages;
  readonly url: string;
  link(gate?: string, phase?: string): string;
}

export async function onPage(options: SceneOptions, action: (scene: Scene) => Promise<void>): Promise<void> {
  const provider = await Provider.start();
  const signIn = new SignInPages(provider);
  const playbook = (options.playbook ?? playbookOf)(provider);
  const phases = { small: { 'plan.md': options.plan ?? plan, 'playbook.yaml': playbook } };
  try {
    await withWorker({ phases }, async (harness) => {
      const port = await freePort();
      const url = `http://127.0.0.1:${String(port)}/team`;
      const compiler = new PhaseCompiler(harness.folders.phasesDir, { steps, checks, sections, rounds });
      const server = await DecisionServer.start({
        settings: { url, ...options.settings, port },
        client: harness.client,
        logger: new DefaultLogger('ERROR'),
        planOf: async (name) => (await compiler.compile(name)).plan!,
        ...(options.arrivalMs === undefined ? {} : { arrivalMs: options.arrivalMs }),
      });
      try {
        const phase = await harness.start({ phase: 'small', by: 'lee' });
        await phase.untilOpen('entry');
        const link = (gate = 'entry', id = phase.id) => `${url}/gate?${gateQuery(id, gate)}`;
        await action({ harness, phase, provider, signIn, url, link });
      } finally {
        await server.stop();
      }
    });
  } finally {
    await provider.stop();
  }
}

/** Opens the page, decides and signs in; what is shown then has to be sent yet. */
export async function decideAs(
  by: string,
  { link }: Scene,
  visitor = new Visitor(),
  fields: { readonly [name: string]: string } = {},
): Promise<Shown> {
  const page = await visitor.open(link());
  const verdict = fields['reason'] === undefined ? 'approve' : 'reject';
  return visitor.follow(await visitor.submit(page, form(verdict), { by, ...fields }));
}

/** Sends what has been shown. */
export function sendIt(visitor: Visitor, shown: Shown): Promise<Shown> {
  return visitor.submit(shown, onlyForm);
}

/** How many decisions the phase has heard: accepted, refused or not understood. */
export async function heard({ phase }: Scene): Promise<number> {
  const { recent } = await phase.ledger();
  return recent.filter(({ what }) => ['approve', 'reject'].includes(what)).length;
}
