/**
 * A lexer for Mermaid's Gantt charts. It copies the rules of Mermaid's grammar (packages/mermaid/src/diagrams/gantt/parser/gantt.jison,
 * version 11) one by one, because only they tell a bar from a statement: "Click stream :s1, 3d" begins a `click`, "Clicking :s1, 3d"
 * is a bar, and "5% rollout :r1, 3d" is a comment. The first rule that matches decides. Keywords match in any case.
 */

export type TokenKind =
  | 'newLine'
  | 'gantt'
  | 'title'
  | 'section'
  | 'barTitle'
  | 'barData'
  | 'colon'
  | 'dateFormat'
  | 'inclusiveEndDates'
  | 'topAxis'
  | 'axisFormat'
  | 'tickInterval'
  | 'includes'
  | 'excludes'
  | 'todayMarker'
  | 'weekday'
  | 'weekend'
  | 'accTitle'
  | 'accDescr'
  | 'accValue'
  | 'accDescription'
  | 'click'
  | 'href'
  | 'callbackName'
  | 'callbackArguments'
  | 'date'
  | 'directive'
  | 'comment';

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  /** Offset within the chart's text. */
  readonly at: number;
}

type State = 'start' | 'accLine' | 'accBlock' | 'href' | 'callbackName' | 'callbackArguments' | 'click';

interface Rule {
  readonly pattern: RegExp;
  /** Absent: the matched text is skipped. */
  readonly kind?: TokenKind;
  readonly to?: State;
}

const rules: { readonly [S in State]: readonly Rule[] } = {
  start: [
    { pattern: /%%\{/y, kind: 'directive' },
    { pattern: /accTitle\s*:\s*/iy, kind: 'accTitle', to: 'accLine' },
    { pattern: /accDescr\s*:\s*/iy, kind: 'accDescr', to: 'accLine' },
    { pattern: /accDescr\s*\{\s*/iy, to: 'accBlock' },
    { pattern: /%%[^\n]*/y },
    // Mermaid reads a title whose second character is "%" as a comment, and also a line that begins with a single "%".
    { pattern: /[^}]%[^\n]*/y, kind: 'comment' },
    { pattern: /%[^\n]*\n*/y, kind: 'comment' },
    { pattern: /\n+/y, kind: 'newLine' },
    { pattern: /\s+/y },
    { pattern: /href\s+"/iy, to: 'href' },
    { pattern: /call\s+/iy, to: 'callbackName' },
    { pattern: /click\s+/iy, to: 'click' },
    { pattern: /gantt\b/iy, kind: 'gantt' },
    { pattern: /dateFormat\s[^#\n;]+/iy, kind: 'dateFormat' },
    { pattern: /inclusiveEndDates\b/iy, kind: 'inclusiveEndDates' },
    { pattern: /topAxis\b/iy, kind: 'topAxis' },
    { pattern: /axisFormat\s[^#\n;]+/iy, kind: 'axisFormat' },
    { pattern: /tickInterval\s[^#\n;]+/iy, kind: 'tickInterval' },
    { pattern: /includes\s[^#\n;]+/iy, kind: 'includes' },
    { pattern: /excludes\s[^#\n;]+/iy, kind: 'excludes' },
    { pattern: /todayMarker\s[^\n;]+/iy, kind: 'todayMarker' },
    { pattern: /weekday\s+(?:mon|tues|wednes|thurs|fri|satur|sun)day\b/iy, kind: 'weekday' },
    { pattern: /weekend\s+(?:friday|saturday)\b/iy, kind: 'weekend' },
    { pattern: /\d{4}-\d\d-\d\d\b/y, kind: 'date' },
    { pattern: /title\s[^\n]+/iy, kind: 'title' },
    { pattern: /accDescription\s[^#\n;]+/iy, kind: 'accDescription' },
    { pattern: /section\s[^\n]+/iy, kind: 'section' },
    { pattern: /[^:\n]+/y, kind: 'barTitle' },
    { pattern: /:[^#\n;]+/y, kind: 'barData' },
    { pattern: /:/y, kind: 'colon' },
  ],
  accLine: [{ pattern: /[^\n]*/y, kind: 'accValue', to: 'start' }],
  accBlock: [
    { pattern: /\}/y, to: 'start' },
    { pattern: /[^}]*/y, kind: 'accValue' },
  ],
  href: [
    { pattern: /"/y, to: 'start' },
    { pattern: /[^"]*/y, kind: 'href' },
  ],
  callbackName: [
    { pattern: /\(\s*\)/y, to: 'start' },
    { pattern: /\(/y, to: 'callbackArguments' },
    { pattern: /[^(]*/y, kind: 'callbackName' },
  ],
  callbackArguments: [
    { pattern: /\)/y, to: 'start' },
    { pattern: /[^)]*/y, kind: 'callbackArguments' },
  ],
  click: [
    { pattern: /\s/y, to: 'start' },
    { pattern: /\S*/y, kind: 'click' },
  ],
};

export class GanttLexer {
  readonly #text: string;
  #at = 0;
  #state: State = 'start';
  /** Offset of the statement's keyword. `click` and `call` do not produce a token of their own. */
  #begun = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** The next token; `undefined` at the end. */
  next(): Token | undefined {
    while (this.#at < this.#text.length) {
      const begins = this.#state === 'start';
      for (const { pattern, kind, to } of rules[this.#state]) {
        pattern.lastIndex = this.#at;
        const match = pattern.exec(this.#text);
        if (match === null) continue;
        const at = this.#at;
        this.#at += match[0].length;
        this.#state = to ?? this.#state;
        if (begins) this.#begun = at;
        if (kind !== undefined) return { kind, text: match[0], at: begins ? at : this.#placeOf(kind, at) };
        break;
      }
    }
    return undefined;
  }

  /** Continues at an offset, which is read as the start of a statement. */
  restart(offset: number): void {
    this.#at = offset;
    this.#state = 'start';
  }

  /** The place to report a token at: for a misplaced call or link, the place of its keyword. */
  #placeOf(kind: TokenKind, at: number): number {
    return kind === 'accValue' ? at : this.#begun;
  }
}
