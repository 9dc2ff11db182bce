/**
 * Takes signals that one workflow sends to another, in the order in which they come. Each is looked into by an activity before
 * the next one is taken up.
 */
export class SentInbox {
  private line: Promise<void> = Promise.resolve();
  private waiting = 0;
  private readonly take: (message: unknown) => Promise<void>;

  /** @param take must not throw: nobody would hear of it */
  constructor(take: (message: unknown) => Promise<void>) {
    this.take = take;
  }

  receive(message: unknown): void {
    this.waiting += 1;
    this.line = this.line
      .then(() => this.take(message))
      .finally(() => {
        this.waiting -= 1;
      });
  }

  /** Whether everything that has come has been taken. */
  get idle(): boolean {
    return this.waiting === 0;
  }
}
