/** A failure that no retry mends: the task blocks with this message until somebody mends it and sends `retry`. */
export class PermanentError extends Error {
  override readonly name = 'PermanentError';
}
