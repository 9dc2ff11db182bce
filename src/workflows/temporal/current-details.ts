import { setCurrentDetails, workflowMetadataQuery } from '@temporalio/workflow';
import { rootMessage } from './failure.ts';

/**
 * The text of a workflow in the Web UI and in `temporal workflow metadata`. It is written when it is asked for, because writing it
 * takes longer than most workflow tasks, and most texts would never be read.
 */
export class CurrentDetails {
  private write: () => string = () => '';

  /** @param write must not change anything: it runs in a query */
  use(write: () => string): void {
    this.write = write;
  }

  /** Sets the text if the query asks for it. The SDK calls no interceptor of queries for this one. */
  answer(queries: readonly (string | null | undefined)[]): void {
    if (queries.includes(workflowMetadataQuery.name)) setCurrentDetails(this.text());
  }

  private text(): string {
    try {
      return this.write();
    } catch (error) {
      return `The board could not be written: ${rootMessage(error)}`;
    }
  }
}
