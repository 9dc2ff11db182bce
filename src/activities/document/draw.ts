import type { PhaseIdentity } from '../../contract/kinds.ts';
import type { DocumentName } from '../../store/documents.ts';
import type { DrawnDocument } from './document.ts';
import { issueLog } from './issue-log.ts';
import { implementationProgress } from './progress.ts';
import { deliveryIn, type Known, type LoadedRun } from './known.ts';
import { testCases } from './test-cases.ts';
import { testResults } from './test-results.ts';
import { traceability } from './traceability.ts';

interface Drawing {
  readonly phase: PhaseIdentity;
  readonly known: Known;
  readonly runs: readonly LoadedRun[];
  readonly gates: readonly string[] | undefined;
}

/** Draws the document of that name. */
export function draw(name: DocumentName, { phase, known, runs, gates }: Drawing): DrawnDocument {
  switch (name) {
    case 'test-results':
      return testResults(phase, known, runs);
    case 'traceability':
      return traceability(phase, known, runs, gates);
    case 'issue-log':
      return issueLog(phase, known);
    case 'test-cases':
      return testCases(phase, known, runs);
    case 'implementation-progress':
      return implementationProgress(phase, deliveryIn(known));
  }
}
