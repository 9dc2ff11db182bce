import type { Notice } from '../../../src/contract/notice.ts';

export function notice(more: Partial<Notice> = {}): Notice {
  return {
    id: 'phase-4/4.1-exit/1/opened',
    kind: 'opened',
    phase: 'phase-4',
    gate: '4.1/exit',
    title: 'Gate 4.1/exit waits for approval',
    text: 'Two criteria are unmet.',
    ...more,
  };
}
