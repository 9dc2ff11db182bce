import assert from 'node:assert/strict';
import type { Browser, Page } from 'playwright-core';
import { finalReport } from '../../src/activities/handover/report.ts';
import { htmlPage } from '../../src/views/page/html.ts';
import { phaseReport } from '../../src/views/report/report.ts';
import { launchBrowser, violationsOf } from '../support/browser.ts';
import { plan, standing, start } from '../views/report/fixture.ts';

const word = 'Unbreakable'.repeat(20);
const long = { ...plan, title: word, milestones: plan.milestones.map((one) => ({ ...one, title: word })) };
const ended = { stage: 'completed' as const, endedAt: start + 80 * 3_600_000, desk: [], open: [] };
const pages: { readonly [name: string]: string } = {
  'a phase that runs': htmlPage(phaseReport(standing())),
  'a phase that has ended': htmlPage(phaseReport(standing(ended))),
  'names without end': htmlPage(phaseReport(standing({ plan: long, by: word, workflowId: word, gaps: [word] }))),
  'a final report': finalReport({
    format: 1,
    phase: { number: '9', title: word },
    workflowId: word,
    completedAt: '2026-12-07T12:00:00Z',
    milestones: [{ number: '9.1', title: word, state: 'done' }],
    provides: [{ text: word, met: 'approved by dana', gate: '9.1/exit' }],
    outputs: { testing: { a: { Url: `https://example.com/${word}` } } },
    evidence: [{ where: word, sha256: 'a'.repeat(64) }],
  }),
};

describe('the page for stakeholders in a browser', function () {
  this.timeout(120_000);
  let browser: Browser;

  before(async () => {
    browser = await launchBrowser();
  });

  after(async () => {
    await browser?.close();
  });

  async function opened(
    name: string,
    width: number,
    colorScheme: 'light' | 'dark',
  ): Promise<{ page: Page; said: string[] }> {
    const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
    const said: string[] = [];
    page.on('console', (message) => said.push(message.text()));
    page.on('pageerror', (error) => said.push(error.message));
    page.on('request', (request) => said.push(`asks for ${request.url()}`));
    await page.setContent(pages[name] ?? '', { waitUntil: 'load' });
    return { page, said };
  }

  for (const name of Object.keys(pages)) {
    for (const [width, scheme] of [
      [1100, 'light'],
      [390, 'dark'],
    ] as const) {
      it(`is accessible, complete and as wide as the screen: ${name}, ${String(width)} px, ${scheme}`, async () => {
        const { page, said } = await opened(name, width, scheme);
        for (const details of await page.locator('summary').all()) await details.click();
        assert.equal(await page.evaluate('document.documentElement.scrollWidth'), width);
        // What the page says of itself, before the checker is added.
        assert.deepEqual(
          said.filter((one) => one !== 'asks for data:,'),
          [],
        );
        await page.close();
        const checked = await browser.newPage({
          viewport: { width, height: 900 },
          colorScheme: scheme,
          bypassCSP: true,
        });
        await checked.setContent(pages[name] ?? '');
        for (const details of await checked.locator('summary').all()) await details.click();
        assert.deepEqual(await violationsOf(checked), []);
        await checked.close();
      });
    }
  }

  it('is used with the keyboard: what scrolls and what opens takes the focus', async () => {
    const { page } = await opened('a phase that runs', 390, 'light');
    const focusable = await page.locator('[tabindex="0"], summary').count();
    const seen = new Set<string>();
    for (let pressed = 0; pressed < focusable; pressed += 1) {
      await page.keyboard.press('Tab');
      seen.add(
        await page.evaluate('document.activeElement.getAttribute("aria-label") ?? document.activeElement.textContent'),
      );
    }
    assert.ok(
      seen.has('Planned and real times of phase 9') && [...seen].some((one) => one.startsWith('All tasks')),
      [...seen].join('\n'),
    );
    await page.close();
  });

  it('prints on A4 without losing anything at its right side', async () => {
    // 180 mm between the margins.
    const { page } = await opened('a phase that runs', 680, 'light');
    await page.emulateMedia({ media: 'print' });
    assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 680);
    const pdf = await page.pdf({ format: 'A4' });
    assert.ok(pdf.length > 1000);
    await page.close();
  });
});
