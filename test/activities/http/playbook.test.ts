import assert from 'node:assert/strict';
import { bound, compileWith, criterionOf, errorsIn, places } from '../../plan/bind-fixture.ts';
import { placeOf } from '../../plan/document-text.ts';

const exit = (check: string) => `${places}milestones:\n  '9.1':\n    exit:\n      1: { check: ${check} }\n`;

/** Playbooks with «one place marked», where the problem is to be reported, and part of what the author is told. */
const errors: readonly (readonly [name: string, check: string, code: string, told: string])[] = [
  ['no URL', 'http', 'shape', 'a URL such as https://example.com/health, or {url: …, status: 200, within: 1s}'],
  ['a form without a URL', '{ «http: { status: 200 } }', 'shape', 'a URL such as https://example.com/health'],
  ['a URL without a scheme', '{ «http: example.com/t0p }', 'entry', 'does not begin with http:// or https://'],
  ['another scheme', '{ http: { «url: "ftp://t0p" } }', 'entry', 'a whole URL such as https://example.com/health'],
  ['another scheme before a reference', '{ «http: "ftp://{{tasks.9.1/b2.Host}}" }', 'entry', 'http:// or https://'],
  ['a user in it', '{ http: { «url: "https://dana:t0p@example.com" } }', 'entry', 'a user name or a password'],
  ['a user in it before a reference', '{ «http: "https://t0p@{{tasks.9.1/b2.Host}}" }', 'entry', 'a user name'],
  ['a user from a reference', '{ «http: "https://t0p:{{tasks.9.1/b2.Word}}@a.com" }', 'entry', 'a user name'],
  ['an address of metadata', '{ «http: "http://169.254.169.254/latest" }', 'entry', 'a link-local address'],
  ['that address in another notation', '{ «http: "http://0xA9FEA9FE/" }', 'entry', 'a link-local address'],
  ['that address in IPv6', '{ «http: "http://[fd00:ec2::254]/" }', 'entry', 'a link-local address'],
  [
    'a URL without end',
    `{ «http: "https://example.com/t0p${'x'.repeat(2000)}" }`,
    'entry',
    'more than 2000 characters',
  ],
  ['no status', '{ http: { url: "http://a", «status: 99 } }', 'shape', 'a status from 200 to 599'],
  ['a status in words', '{ http: { url: "http://a", «status: fine } }', 'shape', 'a status from 200 to 599'],
  ['a time without a unit', '{ http: { url: "http://a", «within: 5 } }', 'shape', 'a length from 10ms to 1m'],
  ['a time too long', '{ http: { url: "http://a", «within: 2m } }', 'shape', 'such as 500ms or 2s'],
  ['a misspelt key', '{ http: { url: "http://a", «witin: 2s } }', 'key-unknown', 'Did you mean "within"?'],
  ['a reference to nothing', '{ http: «"{{tasks.9.1/b9.Url}}" }', 'reference-unknown', 'Did you mean'],
];

describe('the entry of an http check', () => {
  for (const [name, marked, code, told] of errors) {
    it(`tells ${name}, and where, and repeats no secret`, () => {
      const text = exit(marked.replace('«', ''));
      assert.deepEqual(errorsIn(text), [`${code} ${placeOf(exit(marked), marked.includes('«') ? '«' : 'check:')}`]);
      const [problem] = compileWith(text).problems;
      const words = [problem?.message, problem?.expected, problem?.suggestion].join(' ');
      assert.ok(words.includes(told), words);
      assert.doesNotMatch(words, /t0p/);
    });
  }

  const checksOf = (check: string) => criterionOf(bound(exit(check)), '9.1/exit/1').checks;

  it('may be a URL alone: status 200 within one second', () => {
    const [check] = checksOf('{ http: "https://example.com/health?deep=1" }');
    assert.equal(check?.label, 'GET https://example.com/health');
    const url = 'https://example.com/health?deep=1';
    assert.deepEqual(check.input, { url, status: 200, within: 1000, references: [] });
  });

  it('takes its URL, or a part of it, from references', () => {
    const [check] = checksOf('{ http: { url: "{{tasks.9.1/b2.Url}}/health?t=1", status: 204, within: 500ms } }');
    assert.equal(check?.label, 'GET {{tasks.9.1/b2.Url}}/health');
    const url = '{{tasks.9.1/b2.Url}}/health?t=1';
    assert.deepEqual(check.input, { url, status: 204, within: 500, references: ['tasks.9.1/b2.Url'] });
    const hosts = '{ http: "https://api.{{tasks.9.1/b2.Domain}}:{{tasks.9.1/b2.Port}}/health" }';
    assert.deepEqual(checksOf(hosts)[0]?.input['references'], ['tasks.9.1/b2.Domain', 'tasks.9.1/b2.Port']);
  });
});
