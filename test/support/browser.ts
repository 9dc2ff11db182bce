import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import { chromium as playwright, type Browser, type Page } from 'playwright-core';
import { chromium } from '../../scripts/test/browser.ts';

/** Outside requests are refused where tests run; without these flags Chromium keeps trying. */
const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** The browser that tests look through. Who launches it closes it. */
export async function launchBrowser(): Promise<Browser> {
  return playwright.launch({ executablePath: await chromium(), args: flags });
}

let axe: Promise<string> | undefined;

/** What axe-core finds wrong with a page as it is shown. The page's policy has to be bypassed (`bypassCSP`), as axe-core is a script. */
export async function violationsOf(page: Page): Promise<string[]> {
  axe ??= readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  await page.evaluate(await axe);
  const { violations } = await page.evaluate<AxeResults>('axe.run(document)');
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}
