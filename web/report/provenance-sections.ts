import { stringify } from 'yaml';
import type { RunReport } from '../../contracts/report.js';
import { formatBytes, formatTime } from '../../text/quantities.js';
import { html, type Html, type HtmlValue } from '../html.js';
import { missingPart, scrollTable, type Section } from '../page.js';

/** What was run and on what. */
export function setupSection({ recipe, run, machine, versions }: RunReport): Section {
  const facts: [string, HtmlValue][] = [
    ['Recipe', recipe.name],
    ['Recipe digest', html`<code>${recipe.digest}</code>`],
    ['Seed', recipe.seed],
    ['Workflow', html`<code>${run.workflowId}</code>`],
    ['Run', html`<code>${run.runId}</code>`],
    ['Started', formatTime(run.startedAt)],
    ['Finished', formatTime(run.finishedAt)],
    ...Object.entries(machine),
    ...Object.entries(versions),
  ];
  return {
    id: 'setup',
    title: 'What was run, and on what',
    short: 'Setup',
    body: html`<dl class="facts">${facts.map(([name, value]) => fact(name, value))}</dl>
      <details>
        <summary>The whole recipe, defaults filled in</summary>
        <pre tabindex="0">${stringify(recipe.settings)}</pre>
      </details>`,
  };
}

function fact(name: string, value: HtmlValue): Html {
  return html`<div>
    <dt>${name}</dt>
    <dd>${value}</dd>
  </div>`;
}

/** Every artifact with its digest. */
export function artifactsSection({ artifacts }: RunReport): Section {
  return {
    id: 'artifacts',
    title: 'Artifacts',
    short: 'Artifacts',
    body:
      artifacts.length === 0
        ? missingPart('The list of artifacts')
        : scrollTable({
            caption: 'Every artifact of the run; the digest is its address in the store',
            kind: 'artifacts',
            head: ['Stage', 'Output', 'Kind', 'Size', 'SHA-256 of the manifest'],
            rows: artifacts.map(
              ({ stage, name, ref }) =>
                html`<tr>
                  <th scope="row">${stage}</th>
                  <td>${name}</td>
                  <td>${ref.kind}</td>
                  <td class="number">${formatBytes(ref.byteLength)}</td>
                  <td><code>${ref.digest}</code></td>
                </tr>`,
            ),
          }),
  };
}
