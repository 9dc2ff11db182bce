import assert from 'node:assert/strict';
import type { Standing } from '../../../src/contract/standing.ts';
import { htmlPage } from '../../../src/views/page/html.ts';
import { markdownPage } from '../../../src/views/page/markdown.ts';
import { phaseReport } from '../../../src/views/report/report.ts';
import { desk, entry, issue, openGate, plan, standing, start } from './fixture.ts';

const html = (given: Partial<Standing> = {}) => htmlPage(phaseReport(standing(given)));
const markdown = (given: Partial<Standing> = {}) => markdownPage(phaseReport(standing(given)));

function holds(text: string, ...parts: readonly string[]): void {
  for (const part of parts) assert.ok(text.includes(part), `${part}\n\n${text}`);
}

describe('the page for stakeholders', () => {
  it('says in its first words where the phase is, how much is done, when it is expected to end, and who is waited for', () => {
    const { lead } = phaseReport(standing());
    assert.equal(
      lead,
      'Milestones 9.1 Build (in progress) and 9.2 Run (its start is to be decided): 33 % of the planned work is done, and it is expected ' +
        'to end on 12 Dec 2026 12:00, 1 day late. 1 gate waits for people; 1 task is blocked.',
    );
  });

  it('tells who is asked about what is blocked, late or open, and with which command', () => {
    holds(
      markdown(),
      '| 9.1/a2 Second of Build | blocked: the disk is full; 1 day late | lee (operators) | 8 Dec 2026 18:00 | temporal workflow signal',
      '| 9.1/b2 Second of Trial | 1 day late: it should have ended on 9 Dec 2026 12:00 | Trial Agent |',
      '| Start of milestone 9.2 | Ready for 9.2 (Stakeholder (dana)) | dana | 9 Dec 2026 04:00 | temporal workflow signal',
    );
  });

  it('tells how each gate was decided, by whom, when, and on which evidence', () => {
    holds(
      markdown(),
      'Opened for the second time on 7 Dec 2026 12:00, and cleared on 7 Dec 2026 13:00.',
      '| 1 Plan approved | approved by dana |',
      '| 7 Dec 2026 12:01 | lee | rejected | rejected: no budget |',
      `| 7 Dec 2026 12:02 | dana | approved (criterion 1) | approved criterion 1 | plan.pdf (SHA-256 ${'a'.repeat(12)}…) |`,
      '1 message did not count',
    );
  });

  it('tells planned against real times of every task, the critical path, issues and results of tests', () => {
    holds(
      markdown(),
      'These tasks decide when the phase ends (the critical path): 9.1/a1 First of Build, 9.1/a2 Second of Build, 9.2/a1 First of Run and 9.2/a2 Second of Run.',
      '| 9.1/b1 First of Trial | Trial | Trial Agent, tess | finished | 7 Dec 2026 12:00 to 8 Dec 2026 12:00 | 7 Dec 2026 12:00 to 8 Dec 2026 08:00 | 0.2 days early |',
      '| I-1 Orders are lost | high | open | Build Agent |',
      '| api/testing | 7 of 8 | 1, 0, 0 | 2 cases more passed |',
      'dateFormat x',
      `a1 First of Build :done, crit, ${start}, ${30 * 3_600_000}ms`,
    );
  });

  it('keeps hostile text inert in HTML, SVG, Markdown and Mermaid', () => {
    const evil = `</title><script>alert(1)</script> [x](javascript:alert(1)) ![i](http://e.example) \`\`\` | "' \u202Eedoc\u0000 ; section x`;
    const given: Partial<Standing> = {
      plan: {
        ...plan,
        title: evil,
        milestones: plan.milestones.map((one) => ({
          ...one,
          title: evil,
          lanes: one.lanes.map((lane) => ({
            ...lane,
            title: evil,
            tasks: lane.tasks.map((task) => ({ ...task, title: evil })),
          })),
        })),
      },
      by: evil,
      desk: [{ ...desk, reason: evil, who: [evil], command: evil }],
      open: [{ ...openGate, who: [evil], command: evil }],
      ledger: [entry(1, { by: evil, on: 'entry', reason: evil, evidence: evil })],
      issues: {
        open: 1,
        resolved: 0,
        deferred: 0,
        closed: 0,
        beyond: 0,
        issues: [{ ...issue, title: evil, agent: evil }],
        more: 0,
      },
      suites: { [evil]: [] },
      gaps: [evil],
    };
    const page = html(given);
    assert.ok(!/<script|<img/.test(page));
    for (const unseen of ['\u202E', '\u0000']) assert.ok(!page.includes(unseen) && !markdown(given).includes(unseen));
    assert.equal(page.match(/<\/title>/g)?.length, page.match(/<title/g)?.length);
    const [before = '', chart = '', after = ''] = markdown(given).split(/```mermaid\n|\n```\n/);
    assert.ok(!/(^|[^\\])<script|(^|[^\\])\]\(/.test(before + after), before + after);
    // Lines that begin with a word of Mermaid's are the chart's own.
    assert.equal(chart.split('\n').filter((line) => /^\s*section /.test(line)).length, 2);
    assert.ok(chart.split('\n').every((line) => !/[<>"`]/.test(line)));
  });

  it('stays small with ten thousand decisions, and says how many it shows and where the others are', () => {
    const ledger = Array.from({ length: 10_000 }, (_, index) => entry(index + 1, { by: `p${index}`, on: 'entry' }));
    const page = html({ ledger });
    assert.ok(page.length < 100_000, String(page.length));
    holds(
      page,
      'People took 10000 decisions at gates, of which the last 20 are shown here; the ledger in the record of the phase has all of them.',
      'the last 20 of 10000 decisions',
      '<td>p9999</td>',
    );
    assert.ok(!page.includes('<td>p9979</td>'));
  });

  it('stays small with thousands of tasks, issues, gates and things that wait', () => {
    const many = Array.from({ length: 3000 }, (_, index) => index);
    const [milestone] = plan.milestones;
    const [lane] = milestone!.lanes;
    const [task] = lane!.tasks;
    const tasks = many.map((index) => ({ ...task!, ref: `9.1/t${index}`, id: `t${index}`, title: 'x'.repeat(5000) }));
    const page = html({
      plan: { ...plan, milestones: [{ ...milestone!, lanes: [{ ...lane!, tasks }] }] },
      desk: many.map((index) => ({ ...desk, task: `9.1/t${index}` })),
      open: many.map(() => openGate),
      issues: { open: 3000, resolved: 0, deferred: 0, closed: 0, beyond: 0, issues: many.map(() => issue), more: 0 },
    });
    assert.ok(page.length < 6_000_000, String(page.length));
    holds(
      page,
      '100 of 3000 tasks are shown',
      'The chart has 400 of 3000 tasks.',
      '400 of 3000 tasks; the plan has',
      '100 issues are shown, and 2900 are left out',
    );
  });

  it('tells how a phase ended, in the past tense and without what nobody can do any more', () => {
    const ended = {
      stage: 'cancelled' as const,
      ending: 'cancelled',
      endedAt: start + 72 * 3_600_000,
      desk: [],
      open: [],
    };
    const page = html(ended);
    holds(
      page,
      'The phase was cancelled on 10 Dec 2026 12:00; until then 33 % of the planned work had been done.',
      'Tasks that were not finished',
      'State at the end',
    );
    assert.ok(!page.includes('expected to end') && !page.includes('<th scope="col">Answer'));
  });

  it('says what could not be read', () => {
    holds(
      html({ gaps: ['The history of p:9.1 is missing.'] }),
      '<h2 id="s8">What could not be read</h2>',
      '<li>The history of p:9.1 is missing.</li>',
    );
  });

  it('needs no other file and runs nothing', () => {
    const page = html();
    assert.ok(!/(src|href)="(?!data:,")|@import|url\(|<script|\son\w+=/i.test(page));
    holds(page, `<meta http-equiv="Content-Security-Policy" content="default-src 'none'`);
  });
});
