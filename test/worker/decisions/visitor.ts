/** A page as a browser has it. */
export interface Shown {
  readonly url: string;
  readonly status: number;
  readonly headers: Headers;
  readonly html: string;
  /** What a person reads: no tags, and entities as characters. */
  readonly text: string;
  readonly forms: readonly ShownForm[];
}

export interface ShownForm {
  readonly action: string;
  readonly fields: { readonly [name: string]: string };
}

/** A browser as far as the page needs one: it keeps a cookie, and sends forms with their origin. */
export class Visitor {
  cookie: string | undefined;
  /** What a proxy adds to every request. */
  added: { readonly [name: string]: string } = {};

  async open(url: string, init: RequestInit = {}): Promise<Shown> {
    const headers = { ...(this.cookie === undefined ? {} : { cookie: this.cookie }), ...this.added };
    const response = await fetch(url, {
      redirect: 'manual',
      ...init,
      headers: { ...headers, ...(init.headers as { [name: string]: string } | undefined) },
    });
    const [cookie] = response.headers.getSetCookie();
    if (cookie !== undefined) this.cookie = cookie.split(';')[0];
    const html = await response.text();
    return {
      ...{ url, status: response.status, headers: response.headers, html, forms: formsIn(html) },
      text: plain(html.replace(/<style>.*?<\/style>/s, '').replace(/<[^>]*>/g, ' ')),
    };
  }

  /** Sends a form of a page; fields that are given replace its own. */
  async submit(
    page: Shown,
    choose: (form: ShownForm) => boolean,
    fields: { readonly [name: string]: string } = {},
    headers: { readonly [name: string]: string } = {},
  ): Promise<Shown> {
    const form = page.forms.find(choose);
    if (form === undefined) throw new Error(`no such form: ${page.text}`);
    const body = new URLSearchParams({ ...form.fields, ...fields });
    const { href, origin } = new URL(form.action, page.url);
    return this.open(href, { method: 'POST', body, headers: { origin, ...headers } });
  }

  /** Follows where the page leads by itself, to the provider and back. */
  async follow(page: Shown): Promise<Shown> {
    const url = page.headers.get('refresh')?.replace(/^0; url=/, '');
    if (url === undefined) throw new Error(`it leads nowhere: ${page.text}`);
    const { headers } = await fetch(url, { redirect: 'manual' });
    return this.open(headers.get('location') ?? '');
  }
}

export function form(verdict: 'approve' | 'reject'): (form: ShownForm) => boolean {
  return ({ fields }) => fields['verdict'] === verdict;
}

export function onlyForm(): boolean {
  return true;
}

function formsIn(html: string): ShownForm[] {
  return [...html.matchAll(/<form method="post" action="([^"]*)".*?<\/form>/gs)].map(([whole, action = '']) => {
    const inputs = [...whole.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)];
    const fields = Object.fromEntries(inputs.map(([, name = '', value = '']) => [plain(name), plain(value)]));
    return { action: plain(action), fields };
  });
}

function plain(text: string): string {
  const characters: { readonly [entity: string]: string } = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };
  return text.replace(/&(amp|lt|gt|quot|#39);/g, (_, entity: string) => characters[entity] ?? '').replace(/\s+/g, ' ');
}
