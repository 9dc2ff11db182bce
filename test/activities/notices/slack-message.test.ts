import assert from 'node:assert/strict';
import fc from 'fast-check';
import { slackMessage } from '../../../src/activities/notices/slack.ts';
import { notice } from './fixture.ts';

function texts(message: ReturnType<typeof slackMessage>): string[] {
  return message.blocks.flatMap((block) =>
    block.type === 'section' ? [block.text.text] : block.elements.map((one) => one.text),
  );
}

describe('a notice for Slack', () => {
  it('shows title, text, command, link and place', () => {
    const message = slackMessage(
      notice({ command: 'npm run approve -- phase-4 4.1/exit', link: 'http://localhost:8233/x?a=1&b=2' }),
    );
    assert.deepEqual(texts(message), [
      '*Gate 4.1/exit waits for approval*',
      'Two criteria are unmet.',
      '```\nnpm run approve -- phase-4 4.1/exit\n```',
      'http://localhost:8233/x?a=1&amp;b=2',
      'phase-4 · 4.1/exit · opened · phase-4/4.1-exit/1/opened',
    ]);
    assert.match(message.text, /^Gate 4\.1\/exit waits for approval\nTwo criteria are unmet\.\nnpm run approve/);
  });

  it('has links to the page on which the gate is decided', () => {
    const page = 'https://phasegate.example.com/gate?phase=a&gate=b';
    const message = slackMessage(
      notice({ decide: { approve: `${page}&verdict=approve`, reject: `${page}&verdict=reject|x>` } }),
    );
    const shown = page.replace('&', '&amp;');
    assert.equal(
      texts(message)[2],
      `*<${shown}&amp;verdict=approve|Approve>* · *<${shown}&amp;verdict=reject%7Cx&gt;|Reject>*`,
    );
  });

  it('leaves out what the notice does not have', () => {
    const { gate: _, ...without } = notice({ text: ' \n' });
    assert.deepEqual(texts(slackMessage(without)), [
      '*Gate 4.1/exit waits for approval*',
      'phase-4 · opened · phase-4/4.1-exit/1/opened',
    ]);
  });

  it('mentions nobody', () => {
    const message = slackMessage(notice({ title: '<!channel> & co', text: '<@U1> <https://evil|here>' }));
    assert.deepEqual(texts(message).slice(0, 2), [
      '*&lt;!channel&gt; &amp; co*',
      '&lt;@U1&gt; &lt;https://evil|here&gt;',
    ]);
    assert.doesNotMatch(JSON.stringify(message), /[<>]/);
  });

  it('cuts long texts at ends of lines', () => {
    const line = 'a'.repeat(99);
    const [, first, second] = texts(slackMessage(notice({ text: Array(40).fill(line).join('\n') })));
    assert.equal(first, Array(30).fill(line).join('\n'));
    assert.equal(second, Array(10).fill(line).join('\n'));
  });

  it('keeps to the limits of Slack, whatever it is given', () => {
    const unit = fc.constantFrom('a', '&', '<', '\n', ' ', '\u{1F6A6}', 'word ');
    const long = fc
      .tuple(fc.array(unit, { maxLength: 50 }), fc.integer({ min: 1, max: 2000 }))
      .map(([units, times]) => units.join('').repeat(times));
    fc.assert(
      fc.property(long, long, long, long, (title, text, command, link) => {
        const message = slackMessage(notice({ title, text, command, link }));
        assert.ok(message.blocks.length <= 50);
        for (const one of [...texts(message), message.text]) {
          assert.ok(one.length <= 3000);
          assert.ok(one.isWellFormed());
          assert.doesNotMatch(one, /[<>]|&(?!amp;|lt;|gt;)/);
        }
        assert.ok(texts(message).every((one) => one !== ''));
      }),
      { numRuns: 50 },
    );
  });
});
