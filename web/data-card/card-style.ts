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
