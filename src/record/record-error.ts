/** A record that cannot be read: which file, and why. */
export class RecordError extends Error {
  override readonly name = 'RecordError';
}
