/** A request that is answered with a page that says why. Nothing has been sent to a phase. */
export class Declined extends Error {
  override readonly name = 'Declined';
  readonly status: number;
  readonly title: string;
  readonly more: { readonly link?: { readonly href: string; readonly text: string }; readonly allow?: string };

  constructor(status: number, title: string, message: string, more: Declined['more'] = {}) {
    super(message);
    this.status = status;
    this.title = title;
    this.more = more;
  }
}
