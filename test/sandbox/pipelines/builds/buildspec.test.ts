import assert from 'node:assert/strict';
import { BuildspecError, readBuildspec } from '../../../../scripts/sandbox/pipelines/builds/buildspec.ts';
import { matcher } from '../../../../scripts/sandbox/pipelines/builds/globs.ts';
import { splitSecret } from '../../../../scripts/sandbox/pipelines/builds/references.ts';

describe('A buildspec', () => {
  it('is read as far as it is executed, and tells what is not acted on', () => {
    const spec = readBuildspec(`
version: 0.2
env:
  variables: { STAGE: dev, COUNT: 3 }
  parameter-store: { URL: /app/url }
  exported-variables: [DIGEST]
phases:
  install:
    runtime-versions: { nodejs: 24 }
    commands: npm ci
  build:
    on-failure: ABORT
    commands:
      - npm run build
    finally:
      - echo end
reports: { unit: { files: ['*.xml'] } }
cache: { paths: ['node_modules/**/*'] }
artifacts:
  base-directory: dist
  files: ['**/*']
  discard-paths: yes
  secondary-artifacts:
    template: { files: [template.json] }
`);
    assert.deepEqual(spec.variables, { STAGE: 'dev', COUNT: '3' });
    assert.deepEqual(spec.phases.install?.commands, ['npm ci']);
    assert.deepEqual(spec.phases.build, { commands: ['npm run build'], finally: ['echo end'], onFailure: 'ABORT' });
    assert.equal(spec.artifacts?.baseDirectory, 'dist');
    assert.equal(spec.artifacts.discardPaths, true);
    assert.deepEqual(spec.secondaryArtifacts['template']?.files, ['template.json']);
    assert.deepEqual(spec.ignored, ['reports', 'cache', 'runtime-versions']);
  });

  const faults: [string, string, RegExp][] = [
    ['is no YAML', 'version: [0.2', /not YAML/],
    ['is empty', '', /the buildspec/],
    ['has another version', 'version: 0.1\nphases: { build: { commands: [ls] } }', /version: must be 0\.2/],
    [
      'has an unknown phase',
      'version: 0.2\nphases: { deploy: { commands: [ls] } }',
      /invalid buildspec phase name: deploy/,
    ],
    ['has no phase', 'version: 0.2\nphases: {}', /no phase/],
    ['has an unknown key', 'version: 0.2\nbatch: {}\nphases: { build: { commands: [ls] } }', /unknown keys "batch"/],
    [
      'asks for another user',
      'version: 0.2\nphases: { build: { run-as: root, commands: [ls] } }',
      /run-as.*not in the stand-in/,
    ],
    [
      'asks for a retry',
      'version: 0.2\nphases: { build: { on-failure: RETRY, commands: [ls] } }',
      /RETRY is not in the stand-in/,
    ],
    [
      'has a command that YAML reads as a map',
      'version: 0.2\nphases: { build: { commands: [{ echo a: b }] } }',
      /build\.commands\.0: must be a text; quote/,
    ],
    [
      'names a variable wrongly',
      'version: 0.2\nenv: { variables: { a-b: x } }\nphases: { build: { commands: [ls] } }',
      /a-b/,
    ],
  ];
  for (const [what, text, expected] of faults) {
    it(`that ${what} is refused`, () => {
      assert.throws(
        () => readBuildspec(text),
        (error: unknown) => error instanceof BuildspecError && expected.test(error.message),
      );
    });
  }

  it('names files with wildcards', () => {
    const cases: [string, string, boolean][] = [
      ['**/*', 'a/b/c.js', true],
      ['*', 'a.js', true],
      ['*', 'a/b.js', false],
      ['dist/**/*', 'dist/a/b.js', true],
      ['dist/**/*', 'other/a.js', false],
      ['**/*.zip', 'x/y.zip', true],
      ['**/*.zip', 'y.zip', true],
      ['./template.json', 'template.json', true],
      ['template.json', 'templateXjson', false],
      ['a?.js', 'ab.js', true],
    ];
    for (const [pattern, path, expected] of cases) assert.equal(matcher(pattern)(path), expected, `${pattern} ${path}`);
  });

  it('names secrets by name and by ARN', () => {
    assert.deepEqual(splitSecret('db:password'), { id: 'db', key: 'password', stage: undefined, version: undefined });
    const arn = 'arn:aws:secretsmanager:eu-west-1:000000000000:secret:db-AbCdEf';
    assert.deepEqual(splitSecret(`${arn}:user:AWSCURRENT`), {
      id: arn,
      key: 'user',
      stage: 'AWSCURRENT',
      version: undefined,
    });
  });
});
