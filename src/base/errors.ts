/** A failure that no retry mends. The task blocks with this message until an operator removes the cause and sends `retry`. */
export class PermanentError extends Error {
  override readonly name = 'PermanentError';
}
