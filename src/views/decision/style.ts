import { STYLE } from '../page/style.ts';

/** The look of the pages on which people decide: that of a report, with forms. */
export const FORM_STYLE = `${STYLE}
form { border: 1px solid var(--line); border-radius: .4rem; padding: .2rem 1rem 1rem; margin: 1rem 0; } label { display: block; margin: .8rem 0 .2rem; font-weight: 600; }
select, textarea, input[type=text] { font: inherit; color: var(--text); background: var(--back); border: 1px solid var(--soft); border-radius: .25rem; padding: .45rem; width: 100%; max-width: 40rem; }
button { font: inherit; font-weight: 600; margin-top: 1rem; padding: .55rem 1.2rem; border: 1px solid var(--text); border-radius: .25rem; color: var(--back); background: var(--text); cursor: pointer; }
a { color: var(--text); } .hint { color: var(--soft); font-size: .9rem; margin: .2rem 0; }
:is(select, textarea, input, button, a):focus-visible { outline: 2px solid var(--done); outline-offset: 2px; }
`;
