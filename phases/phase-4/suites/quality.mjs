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
import { join } from 'node:path';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';

const [region, Bucket, release] = process.argv.slice(2);
if (release === undefined) {
  console.error('Say the region, the bucket of releases and the release.');
  process.exit(2);
}
const app = join(import.meta.dirname, '..', 'app');
// Buckets of the sandbox have no host names of their own.
const client = new S3Client({ region, forcePathStyle: (process.env.AWS_ENDPOINT_URL ?? '') !== '' });
/** Vulnerabilities as severe as this keep a release back. */
const SEVERE = ['high', 'critical'];

const evidence = [];
const coverage = await report('coverage/coverage-summary.json');
const secrets = await report('secrets.json');
const licences = await report('licences.json');
const bill = await report('sbom.json');
const { problem, warning, found } = judged(await audit());

const shortfalls = [
  ...secrets.findings.map(({ place, message }) => `${place}: ${message}`),
  ...(problem === undefined ? [] : [problem]),
];
if (shortfalls.length > 0) {
  console.error(shortfalls.join('; '));
  process.exit(1);
}
const note = [
  `${coverage.total.lines.pct} % of lines covered`,
  `${secrets.files} files without a secret`,
  `${bill.components.length} packages under ${Object.keys(licences).sort().join(', ')}`,
  warning ?? found,
].join('; ');
console.log(JSON.stringify({ note, evidence, ...(warning === undefined ? {} : { state: 'warned' }) }));

async function report(name) {
  const Key = `reports/${release}/${name}`;
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
  const bytes = await Body.transformToByteArray();
  evidence.push({ where: `s3://${Bucket}/${Key}`, sha256: createHash('sha256').update(bytes).digest('hex') });
  return JSON.parse(Buffer.from(bytes).toString());
}

/** npm's answer, with an exit code that says no more than the answer does. */
function audit() {
  const args = ['audit', '--package-lock-only', '--omit=dev', '--json', '--fetch-retries=1'];
  return new Promise((resolve) => {
    execFile('npm', args, { cwd: app, maxBuffer: 64 * 1024 * 1024, timeout: 60_000 }, (error, stdout) => {
      try {
        resolve(JSON.parse(stdout));
      } catch {
        resolve({
          message: error?.killed === true ? 'no answer within a minute' : String(error?.message ?? 'no answer'),
        });
      }
    });
  });
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
