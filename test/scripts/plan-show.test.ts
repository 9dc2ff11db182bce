import assert from 'node:assert/strict';
import { stripVTControlCharacters } from 'node:util';
import { chart } from '../../scripts/plan/chart.ts';
import { show } from '../../scripts/plan/show.ts';
import { terminal } from '../../scripts/plan/terminal.ts';
import { kinds } from '../../src/activities/registry.ts';
import { phase4, planOf, tiny, edit } from '../plan/document-text.ts';

/** Lines that are titles or lists, which are never broken. */
const titles = /^(Phase|Milestone|\d+ of|[A-Z].*\(.*Agent\))/;

describe('a plan shown in a terminal', () => {
  for (const width of [60, 80, 120]) {
    for (const plain of [true, false]) {
      it(`fits ${width} columns${plain ? ', plain' : ''}`, () => {
        const lines = stripVTControlCharacters(show(planOf(phase4), kinds, { width, plain })).split('\n');
        const long = lines.filter((line) => line.length > width && !titles.test(line));
        assert.deepEqual(long, []);
      });
    }
  }

  it('is plain where nobody looks, and where no colour is wanted', () => {
    const screen = (isTTY: boolean, columns = 100) => ({ isTTY, columns });
    assert.deepEqual(terminal(screen(true), {}), { width: 100, plain: false });
    assert.deepEqual(terminal(screen(true), { NO_COLOR: '1' }), { width: 100, plain: true });
    assert.deepEqual(terminal(screen(false), {}), { width: Infinity, plain: true });
    assert.equal(terminal(screen(true, 0), {}).width, 80);
  });

  it('draws bars to scale, and a long plan as well', () => {
    const milestone = planOf(edit(tiny, ':a1, 01, 2d', ':a1, 01, 12h')).milestones[0]!;
    const lines = chart(milestone, { width: 80, plain: true }).split('\n');
    assert.ok(lines.includes('  a1 Build it =='), lines.join('\n'));
    assert.ok(lines.includes('  b1 Test it      ========'));

    const long = chart({ ...milestone, plannedDays: 900 }, { width: 60, plain: true }).split('\n');
    assert.ok(long.every((line) => line.length <= 60));
    assert.ok(long.includes('  a1 Build it ='), 'something is left of every bar');
  });
});
