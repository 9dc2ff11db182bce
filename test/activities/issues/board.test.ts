import assert from 'node:assert/strict';
import { issues } from '../../../src/activities/issues/reduce.ts';
import { inert } from '../../../src/base/markdown.ts';
import { sliceSection } from '../../../src/views/desk.ts';
import { fixed, Testing } from './fixture.ts';

function board(testing: Testing): string {
  return issues.board!(testing.state)
    .map((section) => sliceSection(section, 'phase-4'))
    .join('\n\n');
}

describe('the board of issues', () => {
  it('has those that are open, the gravest first, with the command of who may resolve them', () => {
    const testing = new Testing();
    assert.equal(board(testing), '');
    testing.ran(['one'], 'r1', { severity: 'low' });
    testing.ran(['two'], 'r1', { suite: 'api', severity: 'critical', agent: 'Nobody Agent' });
    testing.ran([], 'r1', { suite: 'idle' });
    testing.say('reportIssue', { title: 'Slow', severity: 'medium', by: 'max' });
    assert.equal(
      board(testing),
      `### Issues

- **I-2 Case two** · critical · orders api · Nobody Agent · open · api/testing/two
- **I-3 Slow** · medium · assigned to nobody · open
- **I-1 Case one** · low · orders api · Development Agent · open · component/testing/one

\`\`\`
temporal workflow signal --workflow-id phase-4 --name assignIssue --input '{"issue":"I-2","to":"WHOM","by":"lee"}'
temporal workflow signal --workflow-id phase-4 --name resolveIssue --input '{"issue":"I-3","note":"WHAT","reason":"WHY","by":"max"}'
temporal workflow signal --workflow-id phase-4 --name resolveIssue --input '{"issue":"I-1","note":"WHAT","reason":"WHY","by":"YOUR-NAME"}'
\`\`\``,
    );
    testing.say('resolveIssue', { issue: 'I-1', by: 'ines', ...fixed });
    assert.match(board(testing), /- \*\*I-1 Case one\*\* .* · resolved by ines, not retested/);
  });

  it('says when rounds were of no avail, with the command that defers', () => {
    const testing = new Testing({ loop: { most: 1, deferBy: 'Product Owner' } });
    testing.roundOver(0);
    testing.ran(['one'], 'r1');
    testing.roundOver(1);
    const shown = board(testing);
    assert.match(shown, /\*\*4\.3\/b1 is escalated\*\*/);
    assert.match(shown, /--name deferIssue --input '\{"issue":"I-1","reason":"WHY","by":"uma"\}'/);
  });

  it('shows 20 of 500, and says where all are', () => {
    const testing = new Testing();
    testing.ran(
      Array.from({ length: 500 }, (_, index) => `case ${String(index)}`),
      'r1',
      { more: 5 },
    );
    const shown = board(testing);
    assert.equal(shown.split('\n').filter((one) => one.startsWith('- **I-')).length, 20);
    assert.match(shown, /- and 481 more, in the `issues` query/);
  });

  it('shows hostile titles as the text that they are', () => {
    const testing = new Testing();
    const title =
      '</td><img src=x onerror=alert(1)> [pay](javascript:alert(1)) `rm`\n# **Big**\u0000\u001B[31m\u202Eevil|';
    testing.ran([], 'r1', { failing: [{ key: 'k`<b>', title, message: title }] });
    testing.say('reportIssue', { title, severity: 'high', by: 'max', component: '<script>' });
    const [first = ''] = board(testing)
      .split('\n')
      .filter((one) => one.startsWith('- '));
    assert.match(first, /\\</);
    for (const one of board(testing)
      .split('\n')
      .filter((row) => row.startsWith('- '))) {
      assert.doesNotMatch(one, /[\p{Cc}\p{Cf}]/u);
      // Nothing that begins HTML, a link, code or a cell stands unescaped.
      assert.doesNotMatch(one, /(?<!\\)[<>`[\]|]/);
    }
    assert.equal(testing.issue('I-1').title.includes('\n'), false);
  });
});

describe('text from outside, made inert', () => {
  it('is not read as Markdown or HTML', () => {
    assert.equal(
      inert('a <b>\n\u0007 &lt; *x* _y_ ~z~ [l](u) `c` | \\'),
      String.raw`a \<b\> \&lt; \*x\* \_y\_ \~z\~ \[l\](u) \`c\` \| \\`,
    );
  });
});
