import type { Standing } from '../../contract/standing.ts';
import type { Report } from '../page/blocks.ts';
import { amendments } from './amendments.ts';
import { attention } from './attention.ts';
import { decisions } from './decisions.ts';
import { glance, headline } from './headline.ts';
import { issues, next, tests } from './quality.ts';
import { subjectOf } from './subject.ts';
import { timeline } from './timeline.ts';

/** How a phase stands, for stakeholders: drawn from plain state, bounded whatever that holds. */
export function phaseReport(standing: Standing): Report {
  const subject = subjectOf(standing);
  const { plan, endedAt, at, workflowId, gaps } = standing;
  const { dates } = subject;
  const items = gaps.slice(0, GAPS);
  const rest = gaps.length - items.length;
  return {
    title: `Phase ${plan.number}: ${plan.title}`,
    lead: headline(subject),
    sections: [
      { title: 'At a glance', blocks: glance(subject) },
      { title: 'What needs attention', blocks: attention(subject) },
      { title: 'What happens next', blocks: next(subject) },
      { title: 'Schedule', blocks: timeline(subject) },
      { title: 'Gates and decisions', blocks: decisions(subject) },
      { title: 'Changes of the plan', blocks: amendments(subject) },
      { title: 'Tests', blocks: tests(subject) },
      { title: 'Issues', blocks: issues(subject) },
      {
        title: 'What could not be read',
        blocks:
          items.length === 0
            ? []
            : [{ kind: 'list', items: [...items, ...(rest === 0 ? [] : [`and ${String(rest)} more`])] }],
      },
    ],
    foot: `${endedAt === undefined ? 'As it was' : 'The phase ended'} on ${dates.instant(at)} (${dates.zone}). Drawn from the history of the workflow ${workflowId}. A gate is a point at which work goes on only when people or checks agree.`,
  };
}

/** What could not be read, one line each. */
const GAPS = 20;
