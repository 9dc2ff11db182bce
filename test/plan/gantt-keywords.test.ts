import assert from 'node:assert/strict';
import type { Gantt } from '../../src/plan/gantt/model.ts';
import { readGantt } from '../../src/plan/gantt/chart.ts';
import { type Problem, ProblemCollector } from '../../src/plan/problems.ts';

/** What the plan makes of Mermaid's keywords where that is more, or other, than the drawing; mermaid-gantt.json holds the rest. */
describe("the Gantt's keywords", () => {
  const bar = 'A :a, 2026-12-07, 3d';

  describe('that Mermaid would take a bar for', () => {
    const cases: readonly [line: string, code: string, column: number][] = [
      ['  Click stream :s1, 2026-12-07 09:00, 3d', 'gantt-line', 3],
      ['  Call customer :s1, 2026-12-07, 3d', 'gantt-line', 3],
      ['  Gantt review :s1, 2026-12-07, 3d', 'gantt-line', 3],
      ['  2026-12-07 release :s1, 2026-12-07, 3d', 'gantt-line', 3],
      ['  Title page :s1, 2026-12-07, 3d', 'gantt-keyword', 3],
      ['  Section review :crit, s1, after a, 3d', 'gantt-keyword', 3],
      ['  Section review :2d', 'gantt-keyword', 3],
      ['  Excludes list :s1, 2026-12-07, until a', 'gantt-keyword', 3],
      ['  5% rollout :s1, 2026-12-07, 3d', 'gantt-keyword', 3],
      ['  accTitle :s1, 2026-12-07, 3d', 'gantt-keyword', 3],
    ];
    for (const [line, code, column] of cases) {
      it(`are an error with its place: ${line.trim()}`, () => {
        const { problems } = read(`section One\n${bar}\n${line}\nB :b, after a, 1d`);
        assert.deepEqual(
          problems.map((problem) => [problem.code, problem.place.line, problem.place.column]),
          [[code, 4, column]],
        );
        assert.ok(problems[0]?.suggestion !== undefined || problems[0]?.expected !== undefined);
      });
    }

    it('take no bar of the lines below it along', () => {
      const { gantt } = read(`section One\nCall customer :s1, 2026-12-07, 3d\n${bar}\nB :b, after a, 1d`);
      assert.deepEqual(idsOf(gantt), ['a', 'b']);
    });
  });

  it('a title may hold a colon and times', () => {
    const { gantt, problems } = read(`title Plan: 2026, all of it\nsection Part 1: the first\n${bar}`);
    assert.deepEqual([problems, gantt.sections[0]?.title], [[], 'Part 1: the first']);
  });

  it('a keyword with nothing behind it is an error', () => {
    const { problems } = read(`section\n${bar}`);
    assert.deepEqual(placesOf(problems), ['gantt-line 2:1']);
  });

  it('a bar that weekday or weekend shortens is a finding', () => {
    const { gantt, problems } = read(`section One\nWeekday Monday plan :a, 2026-12-07, 1d`);
    assert.deepEqual([placesOf(problems), gantt.sections[0]?.bars[0]?.title], [['gantt-title 3:1'], 'plan']);
  });

  it('topAxis, which Mermaid cannot draw, is an error that says where it belongs', () => {
    const { problems } = read(`topAxis\nsection One\n${bar}`);
    assert.deepEqual(placesOf(problems), ['gantt-line 2:1']);
    assert.match(problems[0]?.suggestion ?? '', /front matter/);
  });

  it('displayMode in the chart is an error that says where it belongs', () => {
    const { problems } = read(`displayMode compact\nsection One\n${bar}`);
    assert.match(problems[0]?.suggestion ?? '', /front matter/);
  });

  it('front matter and directives are passed over', () => {
    const chart = `---\ntitle: T\ndisplayMode: compact\nconfig:\n  gantt:\n    topAxis: true\n---\n%%{init: {\n  "theme": "dark"\n}}%%\ngantt\nsection One\n${bar}`;
    const { gantt, problems } = readLines(chart.split('\n'));
    assert.deepEqual([problems, idsOf(gantt)], [[], ['a']]);
  });

  it('a vertical marker is no task, and what follows it follows what it follows', () => {
    const chart = `section One\n${bar}\nGo :vert, v, after a, 1d\nB :b, after v, 1d\nC :c, after v a, 1d\nsection Marks\nEnd :vert, 2026-12-24, 0d`;
    const { gantt, problems } = read(chart);
    assert.deepEqual(problems, []);
    assert.deepEqual(
      gantt.sections.map(({ title, bars }) => [title, bars.map(({ id, start, after }) => [id, start, after])]),
      [
        [
          'One',
          [
            ['a', 0, []],
            ['b', 4, ['a']],
            ['c', 4, ['a']],
          ],
        ],
      ],
    );
    assert.equal(gantt.plannedDays, 5);
  });

  it('until ends a bar where the other starts, and makes it wait for nothing', () => {
    const { gantt, problems } = read(`dateFormat D\nsection One\nA :a, 01, until b\nB :b, 05, 1d`);
    assert.deepEqual(problems, []);
    assert.deepEqual(
      gantt.sections[0]?.bars.map(({ days, after }) => [days, after]),
      [
        [4, []],
        [1, []],
      ],
    );
  });

  it('until a bar that waits for it is a cycle', () => {
    const { problems } = read('section One\nZ :z, 2026-12-07, 1d\nA :a, 2026-12-07, until b\nB :b, after a, 1d');
    assert.ok(placesOf(problems).some((place) => place.startsWith('gantt-cycle')));
  });

  it('after and until in capitals, and ids that Mermaid does not find, are errors', () => {
    assert.deepEqual(placesOf(read(`section One\n${bar}\nB :b, After a, 1d`).problems), ['gantt-start 4:7']);
    assert.deepEqual(placesOf(read(`section One\n${bar}\nB :b, 2026-12-07, Until a`).problems), ['gantt-length 4:19']);
    assert.deepEqual(placesOf(read('section One\nA :a.1, 2026-12-07, 3d\nB :b, after a.1, 1d').problems), [
      'gantt-id 4:13',
    ]);
  });

  it('plan days are days of work where days are excluded', () => {
    const { gantt, problems } = read(
      'excludes weekends 2026-12-08\nsection One\nA :a, 2026-12-07, 3d\nB :b, after a, 5d\nC :c, 2026-12-10, 2026-12-15',
    );
    assert.deepEqual(problems, []);
    assert.deepEqual(
      gantt.sections[0]?.bars.map(({ start, days, startsAt, dueAt }) => [start, days, day(startsAt), day(dueAt)]),
      [
        [0, 3, '2026-12-07', '2026-12-11'],
        [3, 5, '2026-12-11', '2026-12-18'],
        [2, 3, '2026-12-10', '2026-12-15'],
      ],
    );
    assert.equal(gantt.plannedDays, 8);
  });

  it('a bar that starts on a day off is a finding', () => {
    const { gantt, problems } = read('excludes weekends\nsection One\nA :a, 2026-12-12, 1d');
    assert.deepEqual(placesOf(problems), ['gantt-day-off 4:1']);
    assert.equal(gantt.sections[0]?.bars[0]?.days, 1);
  });

  it('words that excludes and includes do not know are a finding', () => {
    const { problems } = read(`excludes weekends weekdays\nincludes monday\nsection One\n${bar}`);
    assert.deepEqual(placesOf(problems), ['gantt-working-days 2:10', 'gantt-working-days 3:10']);
  });

  it('a chart that excludes every day is an error, and so is one that would take minutes to count', () => {
    const all = 'monday tuesday wednesday thursday friday saturday sunday';
    assert.deepEqual(placesOf(read(`excludes ${all}\nsection One\n${bar}`).problems).slice(-1), ['gantt-length 4:19']);
    const long = Array.from({ length: 2000 }, (_, index) => `B${index} :b${index}, 2026-12-07, 400w`);
    const { problems } = read(`excludes weekends\nsection One\n${long.join('\n')}`);
    assert.ok(problems.some(({ code }) => code === 'gantt-length'));
  });

  it('a bar that ends after the year 9999 is an error', () => {
    assert.deepEqual(placesOf(read('section One\nA :a, 2026-12-07, 9000y').problems), ['gantt-length 3:19']);
    assert.deepEqual(placesOf(read('section One\nA :a, 2026-12-07, 99999999999h').problems), ['gantt-length 3:19']);
  });

  it('a setting that stands twice counts as the last one says, which is a finding', () => {
    const { gantt, problems } = read(`excludes weekends\nexcludes 2026-12-08\nsection One\n${bar}`);
    assert.deepEqual(placesOf(problems), ['gantt-setting-twice 2:10']);
    assert.equal(day(gantt.sections[0]?.bars[0]?.dueAt), '2026-12-11');
  });

  it('a length that Mermaid rounds is a finding', () => {
    const { gantt, problems } = read('section One\nA :a, 2026-12-07, 0.5d');
    assert.deepEqual([placesOf(problems), gantt.sections[0]?.bars[0]?.days], [['gantt-length-rounded 3:19'], 1]);
  });

  it('months and years are read where there are dates to count them by', () => {
    assert.equal(day(read('section One\nA :a, 2026-01-31, 1M').gantt.sections[0]?.bars[0]?.dueAt), '2026-02-28');
    assert.deepEqual(placesOf(read('dateFormat D\nsection One\nA :a, 01, 1M').problems), ['gantt-length 4:11']);
  });

  it('times of day without a date count from the first bar', () => {
    const { gantt, problems } = read('dateFormat HH:mm\nsection One\nA :a, 09:00, 2h\nB :b, 15:00, 90m');
    assert.deepEqual(problems, []);
    assert.deepEqual(
      gantt.sections[0]?.bars.map(({ start, startsAt }) => [start, startsAt]),
      [
        [0, undefined],
        [0.25, undefined],
      ],
    );
  });

  describe('a dateFormat that means something else elsewhere or next year is an error', () => {
    for (const format of ['x', 'X', 'YYYY-MM-DDTHH:mmZ', 'MM-DD', 'YYYY-DDD', 'YYYY-ww', 'YYYY-MM-DD HH:mm:ss.S']) {
      it(format, () => {
        const { problems } = read(`dateFormat ${format}\nsection One\nA :a, 1, 1d`);
        assert.deepEqual(placesOf(problems), ['gantt-date-format 2:12']);
      });
    }
  });

  it('a date with a zone is an error, because those of a plan are all of one', () => {
    const { problems } = read('section One\nA :a, 2026-12-07T09:00+01:00, 1d');
    assert.deepEqual(placesOf(problems), ['gantt-start 3:7']);
    assert.match(problems[0]?.suggestion ?? '', /zone/);
  });
});

function read(body: string): { gantt: Gantt; problems: readonly Problem[] } {
  return readLines(['gantt', ...body.split('\n')]);
}

function readLines(lines: readonly string[]): { gantt: Gantt; problems: readonly Problem[] } {
  const problems = new ProblemCollector('plan.md');
  const gantt = readGantt(
    lines.map((text, index) => ({ text, point: { line: index + 1, column: 1 } })),
    problems,
  );
  return { gantt, problems: problems.problems };
}

function placesOf(problems: readonly Problem[]): string[] {
  return problems.map(({ code, place }) => `${code} ${place.line}:${place.column}`);
}

function idsOf({ sections }: Gantt): string[] {
  return sections.flatMap(({ bars }) => bars.map(({ id }) => id));
}

function day(instant: string | undefined): string | undefined {
  return instant?.replace('T00:00:00.000Z', '');
}
