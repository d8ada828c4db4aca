import { stringify } from 'yaml';
import type { DataCard } from '../../contracts/data-card.js';
import { formatBytes, formatQuantity } from '../../text/quantities.js';
import { html } from '../html.js';
import { missingPart, scrollTable, type Section } from '../page.js';

/** What the answers that the data is made of have cost, by provider. */
export function costSection({ cost, simulated }: DataCard): Section {
  const providers = Object.entries(cost);
  return {
    id: 'cost',
    title: 'Cost',
    short: 'Cost',
    body:
      providers.length === 0
        ? missingPart('The cost', 'no answer of a provider was counted')
        : scrollTable({
            caption:
              "What providers were asked for; tokens as the server counts them, cost in the unit of the recipe's prices",
            kind: 'counts',
            head: [
              'Provider',
              'Calls',
              'Prompt tokens',
              'Answer tokens',
              'Pictures',
              'Scores',
              'Cost',
            ],
            rows: providers.map(
              ([provider, spent]) =>
                html`<tr>
                  <th scope="row">${provider}${simulated.includes(provider) && ' (simulated)'}</th>
                  <td class="number">${formatQuantity(spent.calls)}</td>
                  <td class="number">${formatQuantity(spent.promptTokens)}</td>
                  <td class="number">${formatQuantity(spent.completionTokens)}</td>
                  <td class="number">${formatQuantity(spent.images)}</td>
                  <td class="number">${formatQuantity(spent.scores)}</td>
                  <td class="number">${formatQuantity(spent.cost)}</td>
                </tr>`,
            ),
          }),
  };
}

/** Where the rows come from and under which licence. */
export function sourcesSection({ sources, licence }: DataCard): Section {
  return {
    id: 'sources',
    title: 'Sources and licences',
    short: 'Sources',
    body: html`${scrollTable({
      caption: 'Files the rows were read from',
      head: ['Source', 'Licence', 'Rows', 'Size', 'SHA-256'],
      rows: sources.map(
        (source) =>
          html`<tr>
            <th scope="row"><bdi>${source.source}</bdi></th>
            <td>${source.licence ?? 'not known: ask its owner'}</td>
            <td class="number">${source.rows === undefined ? '' : formatQuantity(source.rows)}</td>
            <td class="number">${formatBytes(source.byteLength)}</td>
            <td><code>${source.sha256}</code></td>
          </tr>`,
      ),
    })}
    ${
      licence !== '' &&
      html`<details>
        <summary>Licence and origin of the bundled data</summary>
        <pre class="wrapped" tabindex="0">${licence}</pre>
      </details>`
    }`,
  };
}

/** The settings the data was collected with. */
export function settingsSection({ settings }: DataCard): Section {
  return {
    id: 'settings',
    title: 'Settings',
    short: 'Settings',
    body: html`<p>The recipe's section <code>collect</code>, defaults filled in.</p>
      <pre tabindex="0">${stringify(settings)}</pre>`,
  };
}
