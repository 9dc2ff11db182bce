/** CloudFormation's wire format: AWS query requests (a form) and XML answers. */

/** A form's `A.member.1.B=c` as `{A: [{B: 'c'}]}`. */
export function readForm(body: string): Form {
  const tree: Tree = {};
  for (const [path, value] of new URLSearchParams(body)) {
    const parts = path.split('.');
    const last = parts.pop() ?? '';
    let at = tree;
    for (const part of parts) {
      const inner = at[part];
      at = typeof inner === 'object' ? inner : (at[part] = {});
    }
    at[last] = value;
  }
  return new Form(tree);
}

interface Tree {
  [key: string]: string | Tree;
}

export class Form {
  readonly #tree: Tree;

  constructor(tree: Tree) {
    this.#tree = tree;
  }

  text(key: string): string | undefined {
    const value = this.#tree[key];
    return typeof value === 'string' && value !== '' ? value : undefined;
  }

  flag(key: string): boolean {
    return this.text(key) === 'true';
  }

  inner(key: string): Form {
    const value = this.#tree[key];
    return new Form(typeof value === 'object' ? value : {});
  }

  /** Members of a list of structures. */
  list(key: string): Form[] {
    return members(this.#tree[key]).flatMap((member) => (typeof member === 'object' ? [new Form(member)] : []));
  }

  texts(key: string): string[] {
    return members(this.#tree[key]).filter((member) => typeof member === 'string');
  }

  /** Everything that was sent, for comparison. */
  toString(): string {
    return JSON.stringify(this.#tree);
  }
}

function members(value: string | Tree | undefined): (string | Tree)[] {
  const list = typeof value === 'object' ? value['member'] : undefined;
  return typeof list === 'object' ? Object.values(list) : [];
}

/** What an operation answers. */
export type Answer = { readonly [key: string]: Value };
export type Value = string | number | boolean | Date | undefined | Answer | readonly Value[];

export function writeAnswer(operation: string, answer: Answer): string {
  const result = `<${operation}Result>${fields(answer)}</${operation}Result>`;
  return `<${operation}Response xmlns="${namespace}">${result}<ResponseMetadata><RequestId>fake</RequestId></ResponseMetadata></${operation}Response>`;
}

export function writeError(code: string, message: string): string {
  const error = `<Type>Sender</Type><Code>${code}</Code><Message>${escape(message)}</Message>`;
  return `<ErrorResponse xmlns="${namespace}"><Error>${error}</Error><RequestId>fake</RequestId></ErrorResponse>`;
}

const namespace = 'http://cloudformation.amazonaws.com/doc/2010-05-15/';

function fields(answer: Answer): string {
  return Object.entries(answer)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `<${key}>${written(value)}</${key}>`)
    .join('');
}

function written(value: Value): string {
  if (value instanceof Date) return value.toISOString();
  if (isList(value)) return value.map((member) => `<member>${written(member)}</member>`).join('');
  return typeof value === 'object' ? fields(value) : escape(String(value));
}

function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
