import assert from 'node:assert/strict';
import { copyFile, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { root } from '../../scripts/sandbox/paths.ts';
import type { RunningProcess } from '../../scripts/sandbox/processes.ts';
import { startTemporal, type TemporalServer } from '../../scripts/sandbox/temporal.ts';
import { startWorker } from '../../scripts/sandbox/worker.ts';
import type { LedgerView, PhaseStatus } from '../../src/contract/answers.ts';
import { launchBrowser } from '../support/browser.ts';
import { projectPhases } from '../support/project.ts';
import { Cli, freePort } from '../support/sandbox.ts';

const id = 'looked-at';

/** The queries of the table of saved views. */
async function readmeQueries(): Promise<string[]> {
  const readme = await readFile(join(root, 'README.md'), 'utf8');
  const [, section = ''] = readme.split('### Saved views');
  const rows = section.split('\n#')[0]?.matchAll(/^\| [^|]*\| `([^`]*)`/gm) ?? [];
  return [...rows].map(([, query = '']) => query);
}

describe('the Web UI', function () {
  this.timeout(120_000);
  let folder: string;
  let server: TemporalServer;
  let worker: RunningProcess;
  let browser: Browser;
  let page: Page;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'phasegate-ui-'));
    await mkdir(join(folder, 'plain'));
    await copyFile(join(projectPhases, 'phase-4', 'plan.md'), join(folder, 'plain', 'plan.md'));
    server = await startTemporal({ port: await freePort(), uiPort: await freePort() });
    const env = { TEMPORAL_ADDRESS: server.address, PHASEGATE_PHASES: folder, PHASEGATE_RECORDS: folder };
    worker = await startWorker({ log: 'test-ui-worker', env });
    browser = await launchBrowser();
    page = await browser.newPage({ viewport: { width: 1500, height: 1500 } });
  });

  after(async () => {
    await browser?.close();
    await worker?.stop();
    await server?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('lists what the queries of the README ask for', async () => {
    const cli = new Cli(server.address);
    await cli.start(id, { phase: 'plain', by: 'dana' });
    while ((await cli.query<PhaseStatus>(id, 'status')).state !== 'waiting');
    const queries = await readmeQueries();
    assert.equal(queries.length, 3);
    // The phase of this test is open: its entry gate waits for any role, and no lane is blocked.
    const asked = queries.map((query) => query.replace('"Stakeholder"', '"any role"').replace('"phase-4"', '"plain"'));
    const [mine = '', blocked = '', plan = ''] = asked;
    const isListed = async () => (await cli.run('workflow', 'list', '--query', mine)).includes(id);
    while (!(await isListed()));
    for (const query of [mine, plan]) {
      await page.goto(`${server.uiUrl}/namespaces/default/workflows?query=${encodeURIComponent(query)}`);
      await page.getByRole('link', { name: id, exact: true }).waitFor();
    }
    await page.goto(`${server.uiUrl}/namespaces/default/workflows?query=${encodeURIComponent(blocked)}`);
    await page.getByText('No Workflows Found').first().waitFor();
    assert.equal(await page.getByRole('link', { name: id, exact: true }).count(), 0);
  });

  it('shows the board, and a decision sent from it counts', async () => {
    const cli = new Cli(server.address);
    await page.goto(`${server.uiUrl}/namespaces/default/workflows/${id}`);
    await page.getByText('User Metadata').first().click();
    // Markdown is shown in a frame of its own.
    const board = page.locator('iframe').last().contentFrame();
    await board.getByText('Phase 4: Implementation Execution · waiting').waitFor();
    await board.getByText('Stakeholder sign-off obtained').first().waitFor();

    await page.getByRole('button', { name: /More Actions/ }).click();
    await page.getByRole('menuitem', { name: /Send a Signal/i }).click();
    const form = page.locator('dialog[open]');
    await form.getByTestId('signal-select-button').click();
    await form
      .getByRole('option', { name: /^approve/ })
      .first()
      .click();
    await form.getByRole('textbox', { name: 'Data' }).fill('{"gate":"entry","by":"dana"}');
    // Leaving the field lays the JSON out anew and moves the button; a click that does both misses it.
    await form.getByText('Encoding').click();
    await form.getByRole('button', { name: 'Submit' }).click();
    await form.waitFor({ state: 'hidden' });

    const isCleared = async () => (await cli.query<PhaseStatus>(id, 'status')).gates[0]?.state === 'cleared';
    while (!(await isCleared()));
    const { recent } = await cli.query<LedgerView>(id, 'ledger');
    assert.ok(recent.some(({ what, by, code }) => what === 'approve' && by === 'dana' && code === 'ACCEPTED'));
    await page.reload();
    await board.getByText(/^entry · cleared · .* · dana$/).waitFor();
  });

  it('shows the lanes of a milestone in its timeline as the Gantt chart names them', async () => {
    const cli = new Cli(server.address);
    await cli.signal(id, 'approve', { gate: '4.1/entry', by: 'dana' });
    while ((await cli.query<PhaseStatus>(id, 'status')).desk.length < 4);
    await page.goto(`${server.uiUrl}/namespaces/default/workflows/${id}:4.1`);
    for (const task of [
      'Environment Provisioning',
      'IaC Template Deployment',
      'Encryption Setup',
      'CloudWatch Deployment',
    ]) {
      await page.getByText(`${task} · due`).first().waitFor();
    }
  });
});
