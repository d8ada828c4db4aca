/** The style sheet of every page: light and dark by the reader's setting, phone to desktop. */
export const pageStyle = `
:root {
  color-scheme: light dark;
  --page: #faf9f7; --card: #ffffff; --ink: #1d1b19; --muted: #66605a; --rule: #e4dfd8;
  --accent: #a4480f; --accent-soft: #fbeee4; --good: #1f6f45; --bad: #a82a2a; --notice: #fdf3dc; --notice-rule: #e2c583;
  --series-1: #2563a8; --series-2: #c0560f; --series-3: #3b7d4f;
  --shade: rgb(60 50 40 / .2); --chart-axis: #a39c93; --chart-grid: #ece8e2; --chart-text: #66605a;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #171513; --card: #201d1a; --ink: #ece7e1; --muted: #a8a097; --rule: #37322d;
    --accent: #ec9b63; --accent-soft: #33241a; --good: #74c596; --bad: #ef8f88; --notice: #2f2817; --notice-rule: #6a5727;
    --series-1: #7db2ee; --series-2: #f0995a; --series-3: #83c598;
    --shade: rgb(0 0 0 / .7); --chart-axis: #6f675f; --chart-grid: #312c28; --chart-text: #a8a097;
  }
}
*, *::before, *::after { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; scroll-behavior: smooth; }
body {
  margin: 0; background: var(--page); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif;
}
main, footer { max-width: 1160px; margin: 0 auto; padding: 0 clamp(16px, 4vw, 40px); }
header { padding-top: clamp(28px, 6vw, 64px); }
.kicker { margin: 0; color: var(--accent); font-size: 13px; font-weight: 600; letter-spacing: .08em; text-transform: uppercase; }
h1 { margin: 2px 0 6px; font-size: clamp(30px, 5vw, 44px); line-height: 1.1; letter-spacing: -.02em; overflow-wrap: anywhere; }
h2 { margin: 0 0 14px; font-size: 23px; line-height: 1.25; letter-spacing: -.01em; }
h3 { margin: 30px 0 10px; font-size: 17px; }
h4 { margin: 0 0 3px; color: var(--muted); font-size: 12.5px; font-weight: 600; }
p { margin: 0 0 14px; max-width: 76ch; overflow-wrap: anywhere; }
.lead, .outcome { color: var(--muted); }
code, pre { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, 'Liberation Mono', monospace; font-size: .87em; }
a { color: var(--accent); }
a:focus-visible, summary:focus-visible, .scroll:focus-visible, pre:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
q { font-style: italic; }
.notice { max-width: none; padding: 12px 16px; background: var(--notice); border: 1px solid var(--notice-rule); border-radius: 8px; }
.missing { padding: 12px 16px; border: 1px dashed var(--chart-axis); border-radius: 8px; color: var(--muted); }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 150px), 1fr)); gap: 12px; margin: 22px 0 18px; }
.tile { padding: 14px 16px; background: var(--card); border: 1px solid var(--rule); border-radius: 10px; }
.tile dt { color: var(--muted); font-size: 13px; }
.tile dd { margin: 0; }
.tile .value { font-size: clamp(21px, 5.6vw, 27px); font-weight: 600; line-height: 1.3; letter-spacing: -.01em; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.note, .sub { color: var(--muted); font-size: 13px; }
.tile.verdict-higher .value, td.verdict-higher { color: var(--good); }
.tile.verdict-lower .value, td.verdict-lower { color: var(--bad); }
nav { display: flex; flex-wrap: wrap; gap: 4px 18px; padding: 12px 0; border-block: 1px solid var(--rule); font-size: 15px; }
nav a { padding: 4px 0; text-decoration: none; }
nav a:hover { text-decoration: underline; }
section { padding: 40px 0 8px; scroll-margin-top: 8px; }
section + section { border-top: 1px solid var(--rule); }
section { margin-bottom: 24px; }
.figures { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 320px), 1fr)); gap: 16px; margin-bottom: 16px; }
figure { margin: 0; padding: 14px 14px 8px; background: var(--card); border: 1px solid var(--rule); border-radius: 10px; min-width: 0; }
figcaption { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 2px 12px; margin-bottom: 6px; font-size: 14.5px; font-weight: 600; }
figure .note { margin: 2px 0 6px; }
.legend { display: flex; flex-wrap: wrap; gap: 2px 12px; color: var(--muted); font-size: 13px; font-weight: 400; }
.legend .key { display: inline-block; width: 20px; margin-right: 5px; vertical-align: middle; border-top: 2.5px solid var(--series-1); }
.legend .key-2 { border-top: 2.5px dashed var(--series-2); }
.legend .key-3 { border-top: 2.5px dotted var(--series-3); }
svg.chart { display: block; width: 100%; height: auto; overflow: visible; }
svg text { font-family: inherit; font-variant-numeric: tabular-nums; }
.scroll {
  overflow-x: auto; margin-bottom: 14px;
  background: linear-gradient(to right, var(--card) 30%, transparent) 0 0 / 40px 100% no-repeat local,
    linear-gradient(to left, var(--card) 30%, transparent) 100% 0 / 40px 100% no-repeat local,
    linear-gradient(to right, var(--shade), transparent) 0 0 / 14px 100% no-repeat,
    linear-gradient(to left, var(--shade), transparent) 100% 0 / 14px 100% no-repeat, var(--card);
  border: 1px solid var(--rule); border-radius: 10px; }
table { width: 100%; border-collapse: collapse; font-size: 14.5px; }
caption { padding: 12px 14px 6px; color: var(--muted); font-size: 13px; text-align: left; }
th, td { padding: 8px 10px; text-align: left; vertical-align: top; border-top: 1px solid var(--rule); }
thead th { color: var(--muted); font-size: 12.5px; font-weight: 600; vertical-align: bottom; border-top: 0; }
th:first-child, td:first-child { padding-left: 14px; }
th:last-child, td:last-child { padding-right: 14px; }
tbody th { font-weight: 600; white-space: nowrap; }
.number, .methods thead th:nth-child(n+2), .timeline thead th:nth-child(n+4) { text-align: right; }
.number { white-space: nowrap; font-variant-numeric: tabular-nums; }
.sub { display: block; font-weight: 400; line-height: 1.4; }
.methods .sub { font-size: 12px; }
.own { background: var(--accent-soft); }
td.verdict { white-space: nowrap; }
td.verdict .sub { white-space: nowrap; font-variant-numeric: tabular-nums; }
svg.interval { display: block; margin-top: 3px; }
svg.interval .zero { stroke: var(--chart-axis); stroke-dasharray: 2 2; }
svg.interval .bar { stroke: var(--series-1); stroke-width: 2.5; stroke-linecap: round; }
svg.interval .dot { fill: var(--series-1); }
.own svg.interval .bar { stroke: var(--series-2); }
.own svg.interval .dot { fill: var(--series-2); }
.timeline td, .timeline th { vertical-align: middle; }
.timeline .track, .timeline thead th:nth-child(3) { width: 42%; min-width: 200px; padding-inline: 4px; }
.timeline tbody .sub { max-width: 34ch; white-space: normal; }
.ends { display: flex; justify-content: space-between; }
svg.bar { display: block; width: 100%; height: 12px; background: linear-gradient(var(--rule), var(--rule)) center / 100% 1px no-repeat; }
svg.bar rect { fill: var(--series-1); }
svg.bar .bar-reused { fill: var(--series-3); }
svg.bar .bar-failed { fill: var(--bad); }
.state { display: inline-block; padding: 1px 9px; border: 1px solid currentColor; border-radius: 99px; color: var(--muted); font-size: 12.5px; line-height: 1.5; }
.state-done { color: var(--series-1); }
.state-reused { color: var(--good); }
.state-failed { color: var(--bad); }
details { margin: 14px 0; }
summary { width: fit-content; cursor: pointer; color: var(--accent); }
details > * + * { margin-top: 10px; }
pre { margin: 10px 0; padding: 14px; overflow-x: auto; background: var(--card); border: 1px solid var(--rule); border-radius: 10px; line-height: 1.5; }
.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 320px), 1fr)); gap: 0 32px; margin: 0; }
.facts div { padding: 8px 0; border-top: 1px solid var(--rule); min-width: 0; }
.facts dt { color: var(--muted); font-size: 13px; }
.facts dd { margin: 0; overflow-wrap: anywhere; }
.samples { margin: 0; padding: 0; list-style: none; counter-reset: sample; }
.samples li {
  display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 240px), 1fr)); gap: 12px 28px;
  padding: 14px 0 10px; border-top: 1px solid var(--rule);
}
.samples p { margin: 0 0 2px; font-size: 15px; }
.samples .note { font-size: 12.5px; }
.text-ppo h4 { color: var(--accent); }
.artifacts code { white-space: nowrap; }
footer { padding-block: 28px 48px; color: var(--muted); font-size: 13px; }
@media (max-width: 520px) { tbody th { min-width: 96px; white-space: normal; } th, td { padding-inline: 8px; } }
@media print { .scroll, figure, .tile { break-inside: avoid; } nav { display: none; } }
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
`;

/** What the data card adds to the style sheet of the pages. */
export const cardStyle = `
.bars { margin: 0 0 16px; padding: 0; list-style: none; }
.bars li { display: grid; grid-template-columns: minmax(0, 30%) minmax(0, 1fr) minmax(130px, auto); gap: 2px 14px; align-items: center; padding: 4px 0; font-size: 14.5px; }
.bars .name { overflow-wrap: anywhere; }
.bars .value { order: 3; color: var(--muted); text-align: right; font-variant-numeric: tabular-nums; }
.bars svg.line { order: 2; display: block; width: 100%; height: 12px; background: var(--chart-grid); border-radius: 2px; }
.bars .total { font-weight: 600; }
.bars .total .value { color: var(--ink); }
.bars .kept { fill: var(--series-1); }
.bars .dropped { fill: var(--series-2); }
.bars .put-by { fill: var(--muted); }
.columns { columns: 2 340px; column-gap: 40px; }
.columns li { break-inside: avoid; grid-template-columns: minmax(0, 46%) minmax(0, 1fr) minmax(56px, auto); }
.counts thead th:nth-child(n+2) { text-align: right; }
.swatch { display: inline-block; width: 11px; height: 11px; margin-right: 5px; border-radius: 2px; background: var(--series-1); }
.swatch.dropped { background: var(--series-2); }
.swatch.put-by { background: var(--muted); }
#dropped details { margin: 8px 0; }
.excerpts { margin: 6px 0 14px; padding: 0; list-style: none; }
.excerpts li { padding: 8px 0; border-top: 1px solid var(--rule); overflow-wrap: anywhere; }
.excerpts p { margin: 0; }
pre.wrapped { white-space: pre-wrap; overflow-wrap: anywhere; }
.flow { display: block; width: 100%; height: auto; margin: 0 0 16px; font-size: 15px; }
.flow text { fill: var(--ink); }
.flow tspan { fill: var(--muted); }
.flow .end { font-weight: 600; }
.flow .kept { fill: var(--series-1); }
.flow .dropped { fill: var(--series-2); }
.flow .put-by { fill: var(--muted); }
.narrow { display: none; }
@media (max-width: 640px) {
  .flow { display: none; }
  .narrow { display: block; }
  .bars li { grid-template-columns: minmax(0, 1fr) auto; padding: 6px 0; }
  .bars .value { order: 2; }
  .bars svg.line { order: 3; grid-column: 1 / -1; height: 9px; }
}
`;
