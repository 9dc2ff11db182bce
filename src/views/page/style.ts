/** The look of pages: light and dark, on a telephone and on A4. Colours are told apart by people who cannot tell red from green. */
export const STYLE = `
:root { color-scheme: light dark; --text: #1b1f24; --back: #ffffff; --line: #c8ccd2; --soft: #565e69; --planned: #c3c9d2;
  --done: #2f6fb3; --running: #6ea8dc; --late: #b0481e; --path: #1b1f24; --now: #a3273f; --good: #3d8b62; --warn: #c98a1b; --skip: #9aa1ab; }
@media (prefers-color-scheme: dark) { :root { --text: #e6e9ed; --back: #15181c; --line: #454c55; --soft: #a9b1bc; --planned: #4a515b;
  --done: #5b9bd8; --running: #35618c; --late: #e2835a; --path: #e6e9ed; --now: #ee7f93; --good: #5fb58a; --warn: #e0a83b; --skip: #777f8a; } }
* { box-sizing: border-box; }
body { margin: 0; font: 16px/1.5 system-ui, sans-serif; color: var(--text); background: var(--back); }
main, footer { max-width: 66rem; margin: 0 auto; padding: 1rem 1.25rem; }
h1 { font-size: 1.7rem; line-height: 1.25; margin-bottom: .4rem; } h2 { font-size: 1.25rem; margin: 2rem 0 .4rem; }
h3 { font-size: 1rem; margin: 1.2rem 0 .3rem; }
h1, h2, h3, p, li, summary { overflow-wrap: anywhere; }
.lead { font-size: 1.1rem; } footer, caption { color: var(--soft); font-size: .9rem; }
.scroll { overflow-x: auto; } .scroll:focus-visible, summary:focus-visible { outline: 2px solid var(--done); outline-offset: 2px; }
table { border-collapse: collapse; width: 100%; font-size: .92rem; } caption { text-align: left; padding: .2rem 0; }
th, td { text-align: left; vertical-align: top; padding: .35rem .6rem; border-bottom: 1px solid var(--line); overflow-wrap: break-word; }
thead th { color: var(--soft); font-weight: 600; } tbody th { font-weight: 600; } td { min-width: 8.5rem; max-width: 32rem; } td code { display: inline-block; min-width: 16rem; }
code { font: .85em ui-monospace, monospace; overflow-wrap: anywhere; }
summary { cursor: pointer; } svg { display: block; max-width: none; height: auto; } svg text { fill: var(--text); font-family: system-ui, sans-serif; }
svg .soft { fill: var(--soft); } svg .line { stroke: var(--line); } svg .now { stroke: var(--now); } svg .planned { fill: var(--planned); }
svg .done { fill: var(--done); } svg .running { fill: var(--running); } svg .late { fill: var(--late); } svg .forecast { fill: none; stroke: var(--done); stroke-dasharray: 3 2; }
svg .path { stroke: var(--path); stroke-width: 1.5; } svg .passed { fill: var(--good); } svg .flaky { fill: var(--warn); }
svg .ground { fill: none; } svg .skipped { fill: var(--skip); } svg .failed { fill: var(--late); }
@media print { :root { color-scheme: light; --text: #000; --back: #fff; --soft: #444; }
  body { font-size: 10pt; } main, footer { padding: 0; max-width: none; } .scroll { overflow: visible; } svg { width: 100%; }
  table { font-size: 8.5pt; } th, td { min-width: 4.4rem; padding: .25rem .35rem; overflow-wrap: anywhere; } td code { min-width: 0; }
  tr, svg, figure { break-inside: avoid; } h2, h3 { break-after: avoid; } @page { size: A4; margin: 15mm; } }
`;
