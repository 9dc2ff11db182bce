import { counted } from '../../base/text.ts';
import { type SuiteFact, UNSTATED } from './fact.ts';

/** `38 of 40 cases passed, 2 failed, at revision 0123456789ab` */
export function summary({ cases, revision }: Pick<SuiteFact, 'cases' | 'revision'>): string {
  const { total, passed, failed, flaky, skipped } = cases;
  const others = Object.entries({ failed, flaky, skipped }).filter(([, count]) => count > 0);
  const counts = others.map(([what, count]) => `, ${count} ${what === 'flaky' ? 'flaky' : what}`).join('');
  const all = passed === total ? `${counted(total, 'case')} passed` : `${passed} of ${counted(total, 'case')} passed`;
  return `${all}${counts}${revision === UNSTATED ? '' : `, at revision ${shortRevision(revision)}`}`;
}

/** A digest by its beginning; other revisions as they are. */
export function shortRevision(revision: string): string {
  return /^[0-9a-f]{40,}$/.test(revision) ? revision.slice(0, 12) : revision.slice(0, 40);
}
