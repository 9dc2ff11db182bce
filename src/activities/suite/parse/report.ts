import type { Cases } from './cases.ts';

/** Reads a report that comes in pieces. Its errors end the sentence "the report cannot be used: …". */
export interface ReportParser {
  /** @throws PermanentError when the report is malformed */
  write(text: string): void;
  /**
   * The report is over.
   *
   * @throws PermanentError when the report is malformed or cut off
   */
  end(): Cases;
}
