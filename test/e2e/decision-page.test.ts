import assert from 'node:assert/strict';
import type { Browser, Page } from 'playwright-core';
import type { RunningProcess } from '../../scripts/sandbox/processes.ts';
import { startTemporal, type TemporalServer } from '../../scripts/sandbox/temporal.ts';
import { startWorker } from '../../scripts/sandbox/worker.ts';
import type { LedgerView, PhaseStatus } from '../../src/contract/answers.ts';
import type { SlackMessage } from '../../src/activities/notices/slack.ts';
import { Receiver } from '../activities/notices/receiver.ts';
import { Provider } from '../identity/provider.ts';
import { SignInPages } from '../identity/sign-in-pages.ts';
import { launchBrowser, violationsOf } from '../support/browser.ts';
import { Folders } from '../support/folders.ts';
import { smallPlan } from '../support/plans.ts';
import { Cli, freePort } from '../support/sandbox.ts';

const id = 'decided-in-a-browser';
const plan = smallPlan({
  milestones: [{ number: '9.1', title: 'One', lanes: [{ title: 'Build', agent: 'Build Agent', letter: 'a' }] }],
});
const playbookOf = ({ oidc }: Provider) => `people:
  dana: { roles: [Stakeholder], agents: [Build Agent], subject: dana@idp }
  omar: { roles: [Stakeholder], subject: omar@idp }
oidc: ${JSON.stringify(oidc)}
channels: [{ webhook: { urlEnv: PHASEGATE_TEST_SLACK } }]
gates: { entry: { policy: { trust: signed }, 1: { approve: Stakeholder } } }
`;

describe('the page on which people decide, in a browser', function () {
  this.timeout(180_000);
  let provider: Provider;
  let slack: Receiver;
  let folders: Folders;
  let server: TemporalServer;
  let worker: RunningProcess;
  let browser: Browser;
  let cli: Cli;

  before(async () => {
    provider = await Provider.start();
    new SignInPages(provider);
    slack = await Receiver.start((response) => response.end('ok'));
    folders = await Folders.create({ small: { 'plan.md': plan, 'playbook.yaml': playbookOf(provider) } });
    server = await startTemporal({ port: await freePort(), uiPort: await freePort() });
    cli = new Cli(server.address);
    const port = String(await freePort());
    const env = {
      TEMPORAL_ADDRESS: server.address,
      PHASEGATE_PHASES: folders.phasesDir,
      PHASEGATE_RECORDS: folders.recordsDir,
      PHASEGATE_LISTEN: `127.0.0.1:${port}`,
      PHASEGATE_DECISION_URL: `http://127.0.0.1:${port}`,
      PHASEGATE_TEST_SLACK: slack.url,
    };
    worker = await startWorker({ log: 'test-decisions-worker', env });
    browser = await launchBrowser();
  });

  after(async () => {
    await browser?.close();
    await worker?.stop();
    await server?.stop();
    await slack?.stop();
    await provider?.stop();
    await folders?.remove();
  });

  it('takes an approval from a link in Slack to a gate that has cleared, and is accessible on the way', async () => {
    await cli.start(id, { phase: 'small', by: 'dana' });
    const page = await browser.newPage({ viewport: { width: 1100, height: 900 } });
    const said: string[] = [];
    page.on('console', (message) => said.push(message.text()));
    page.on('pageerror', (error) => said.push(error.message));

    await page.goto(await approveLink());
    await page.getByRole('heading', { name: /Entry gate of the phase/ }).waitFor();
    await page.getByRole('rowheader', { name: '1 Plan approved' }).waitFor();
    await assertAccessible(page);
    const form = page.getByRole('form', { name: 'Approve' });
    await form.getByLabel('Who you are').selectOption('dana');
    await form.getByLabel('Note (may be empty)').fill('seen in the browser');
    await form.getByRole('button', { name: 'Approve, and sign in' }).click();

    await page.getByText('You are signed in as dana.').waitFor();
    await assertAccessible(page);
    assert.equal(
      (await ledger()).some(({ what }) => what === 'approve'),
      false,
    );
    await page.getByRole('button', { name: 'Send: approve entry' }).click();

    await page.getByRole('heading', { name: 'Your decision counts' }).waitFor();
    await assertAccessible(page);
    const { gates } = await cli.query<PhaseStatus>(id, 'status');
    assert.equal(gates.find(({ gate }) => gate === 'entry')?.state, 'cleared');
    const [entry] = (await ledger()).filter(({ what }) => what === 'approve');
    assert.deepEqual([entry?.by, entry?.trust, entry?.code], ['dana', 'signed', 'ACCEPTED']);

    await page.getByRole('link', { name: 'Look at the gate' }).click();
    await page.getByText('Gate entry of decided-in-a-browser is cleared').waitFor();
    await assertAccessible(page);
    // Chromium reports the status of the last page, which is no mistake of it.
    assert.deepEqual(
      said.filter((text) => !text.includes('status of 410')),
      [],
    );
  });

  /** Waits for the notice of the gate, as Slack gets it. */
  async function approveLink(): Promise<string> {
    for (;;) {
      const texts = slack.received.flatMap(({ body }) =>
        (JSON.parse(body) as SlackMessage).blocks.flatMap((block) => ('text' in block ? [block.text.text] : [])),
      );
      const [, link] = /<([^|>]+)\|Approve>/.exec(texts.join('\n')) ?? [];
      if (link !== undefined) return link.replaceAll('&amp;', '&');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async function ledger(): Promise<LedgerView['recent']> {
    return (await cli.query<LedgerView>(id, 'ledger')).recent;
  }

  /** Looks at a copy of the page, wide and light, narrow and dark: the page's own policy keeps the checker out. */
  async function assertAccessible(page: Page): Promise<void> {
    for (const [width, colorScheme] of [
      [1100, 'light'],
      [390, 'dark'],
    ] as const) {
      const copy = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
      await copy.setContent(await page.content());
      assert.equal(await copy.evaluate('document.documentElement.scrollWidth'), width);
      assert.deepEqual(await violationsOf(copy), []);
      await copy.close();
    }
  }
});
