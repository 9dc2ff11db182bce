import assert from 'node:assert/strict';
import type { LedgerEntry } from '../../src/gates/ledger.ts';
import { standingOf } from '../../src/record/standing.ts';
import { findings } from '../../scripts/verify/report.ts';
import { auditReport } from '../../src/views/audit/audit.ts';
import { markdownPage } from '../../src/views/page/markdown.ts';
import { replayBundle } from '../support/servers.ts';
import { verify } from '../support/verify.ts';
import { Forger } from './forger.ts';
import { keys, sealedRecord, workers } from './signed-record.ts';

/** The lines below a heading, up to the next heading of its level or above. */
function below(text: string, heading: string): string[] {
  const lines = text.split('\n');
  const at = lines.indexOf(heading);
  assert.ok(at >= 0, `there is no ${heading}`);
  const [level = ''] = heading.split(' ');
  const end = lines.findIndex(
    (line, index) => index > at && /^#+ /.test(line) && line.split(' ', 1).join().length <= level.length,
  );
  return lines.slice(at + 1, end < 0 ? undefined : end).filter((line) => line !== '');
}

describe('the page for auditors', function () {
  this.timeout(120_000);
  let page: string;

  before(async () => {
    const histories = new Forger(await sealedRecord()).histories();
    const found = await verify(histories);
    assert.ok('head' in found);
    const standing = await standingOf(histories, await replayBundle());
    const { ledger } = standing;
    const report = { where: 's3://records/report.md', sha256: 'ab'.repeat(32) };
    // No step of that phase has brought evidence.
    const first = { ...ledger[0], evidence: report } as LedgerEntry;
    page = markdownPage(auditReport({ ...standing, ledger: [first, ...ledger.slice(1)] }, findings(found, {})));
  });

  it('says what was proved by what, and what was not', () => {
    const proved = below(page, '## What was proved').join('\n');
    assert.match(proved, /answers of activities signed by workers, .*; each verified again/);
    assert.ok(proved.replaceAll('\\', '').includes(`key ${workers.ours.jwk.x ?? ''}`));
    assert.match(below(page, '## What was not proved').join('\n'), /that plan and policies are yours \(--phase\)/);
  });

  it('shows for each gate who decided, on what digest, when, and what vouches for it', () => {
    const entry = below(page, '### Start of the phase (entry): cleared').join('\n').replaceAll('\\', '');
    assert.match(entry, /\| 1 .* \| approved by dana/);
    assert.match(entry, /\| the phase \| opened \| the workflow \| .*round [0-9a-f]{64}; nonce [0-9a-f]{32} \|/);
    assert.match(
      entry,
      /\| dana \| approved \| a signature, key [\w-]{43} \| listed [0-9a-f]{64}; message [0-9a-f]{64} \| approved/,
    );
    assert.ok(keys.dana.jwk.x !== undefined && !entry.includes(keys.dana.pem), 'no private key');
  });

  it('shows each override with its review, and who worked and decided', () => {
    const [, , , row = ''] = below(page, '## Overrides and their reviews');
    assert.match(
      row,
      /^\| 9\.1\/quality \| lee, .*, entry \d+ \| overridden: outage; .* \| completion\/\d+, by dana, .*, entry \d+ \|$/,
    );
    const duties = below(page, '## Separation of duties').join('\n');
    assert.match(duties, /\| lee \| yes \| .* \| .* \| 9\.1\/quality \|/);
    assert.match(duties, /\| dana \| no \| 9\.1\/a1/);
    assert.match(duties, /\| entry \| anybody whom it names; signed \|/);
  });

  it('lists all evidence with its digest', () => {
    assert.ok(below(page, '## Evidence').includes(`| 1 | started | s3://records/report.md | ${'ab'.repeat(32)} |`));
  });
});
