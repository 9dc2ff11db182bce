/**
 * Says what the build of a release has found out about its quality, and audits its dependencies now: what is known of them changes.
 *
 *     node quality.mjs REGION BUCKET RELEASE
 *
 * The build has put its reports below reports/RELEASE/ of the bucket; each is evidence. Where the registry refuses the audit, this warns,
 * and a person decides. Exit 0 when all is well, or with that warning; 1 with the shortfalls when it is not.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { bucketClient } from './sources.mjs';

const [region, Bucket, release] = process.argv.slice(2);
if (release === undefined) {
  console.error('Say the region, the bucket of releases and the release.');
  process.exit(2);
}
const client = bucketClient(region);
/** Vulnerabilities as severe as this keep a release back. */
const SEVERE = ['high', 'critical'];

const evidence = [];
try {
  const coverage = parsed(await report('coverage/coverage-summary.json'));
  const secrets = parsed(await report('secrets.json'));
  const licences = parsed(await report('licences.json'));
  const bill = parsed(await report('sbom.json'));
  const { problem, warning, found } = judged(await audit());
  const shortfalls = [
    ...secrets.findings.map(({ place, message }) => `${place}: ${message}`),
    ...(problem === undefined ? [] : [problem]),
  ];
  if (shortfalls.length > 0) throw new Error(shortfalls.join('; '));
  const note = [
    `${coverage.total.lines.pct} % of lines covered`,
    `${secrets.files} files without a secret`,
    `${bill.components.length} packages under ${Object.keys(licences).sort().join(', ')}`,
    warning ?? found,
  ].join('; ');
  console.log(JSON.stringify({ note, evidence, ...(warning === undefined ? {} : { state: 'warned' }) }));
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}

async function report(name) {
  const Key = `reports/${release}/${name}`;
  try {
    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
    const bytes = await Body.transformToByteArray();
    evidence.push({ where: `s3://${Bucket}/${Key}`, sha256: createHash('sha256').update(bytes).digest('hex') });
    return bytes;
  } catch (error) {
    throw new Error(`s3://${Bucket}/${Key}: ${error.message}`, { cause: error });
  }
}

function parsed(bytes) {
  return JSON.parse(Buffer.from(bytes).toString());
}

/** npm's answer for what was released, with an exit code that says no more than the answer does. */
async function audit() {
  const folder = await mkdtemp(join(tmpdir(), 'phasegate-audit-'));
  try {
    for (const file of ['package.json', 'package-lock.json']) await writeFile(join(folder, file), await report(file));
    const args = ['audit', '--package-lock-only', '--omit=dev', '--json', '--fetch-retries=1'];
    return await new Promise((resolve) => {
      execFile('npm', args, { cwd: folder, maxBuffer: 64 * 1024 * 1024, timeout: 60_000 }, (error, stdout) => {
        try {
          resolve(JSON.parse(stdout));
        } catch {
          const why = error?.killed === true ? 'no answer within a minute' : String(error?.message ?? 'no answer');
          resolve({ message: why });
        }
      });
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function judged(answer) {
  const counts = answer.metadata?.vulnerabilities;
  if (counts === undefined) {
    const why = String(answer.error?.summary || answer.message || 'no answer')
      .split('\n')[0]
      .replace(/https?:\S+/g, 'the registry');
    return { warning: `the dependencies could not be audited (${why})` };
  }
  const severe = SEVERE.filter((severity) => counts[severity] > 0).map((severity) => `${counts[severity]} ${severity}`);
  if (severe.length > 0) return { problem: `vulnerabilities of dependencies: ${severe.join(', ')}` };
  return { found: `${counts.total} vulnerabilities of dependencies, none of them ${SEVERE.join(' or ')}` };
}
