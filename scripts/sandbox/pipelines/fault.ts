/** An error as AWS answers it: HTTP status 400, its code as `__type`. */
export class AwsFault extends Error {
  override readonly name = 'AwsFault';
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}
