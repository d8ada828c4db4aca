import { stringify } from 'yaml';
import type { DataCard, Distribution } from '../../contracts/data-card.js';
import { splits } from '../../contracts/records.js';
import { pairRoutes } from '../../recipe/stage.js';
import { duplicateWords } from './flow-section.js';
import { formatBytes, formatNumber, formatQuantity, formatShare } from '../../text/quantities.js';

/** Upper ends of the size categories that the Hugging Face Hub knows, in rows. */
const SIZE_CATEGORIES: [number, string][] = [
  [1e3, 'n<1K'],
  [1e4, '1K<n<10K'],
  [1e5, '10K<n<100K'],
  [1e6, '100K<n<1M'],
  [1e7, '1M<n<10M'],
  [1e8, '10M<n<100M'],
];
const LICENCE_IDENTIFIER = /^[a-z0-9][a-z0-9.-]*$/;
const SHOWN_MODIFIERS = 30;
const COUNTED = ['calls', 'promptTokens', 'completionTokens', 'images', 'scores', 'cost'] as const;

/**
 * `README.md` of a dataset: a Hugging Face dataset card, by which `datasets.load_dataset` finds the splits.
 *
 * The front matter names the Parquet files only: the library reads one format a folder.
 */
export function renderDataCardMarkdown(card: DataCard): string {
  const parts = [
    `---\n${stringify(frontMatter(card))}---`,
    `# ${formatQuantity(card.pairs.total)} prompt pairs`,
    ...simulatedNotice(card),
    'Plain descriptions (`x`) with the text-to-image prompts they stand for (`y`). Made by Burnish; `card.html` shows the same ' +
      'with pictures and samples of what was put aside, `card.json` holds the numbers.',
    '## Loading',
    loading(),
    '## Pairs',
    markdownTable(
      ['Split', ...pairRoutes, 'All'],
      splits.map((split) => [
        split,
        ...pairRoutes.map((route) => formatQuantity(card.pairs.routesBySplit[split][route])),
        formatQuantity(card.pairs.bySplit[split]),
      ]),
    ),
    '`caption`: x is a caption of the picture of y. `summary`: x is a summary of y. `improved`: y is a better prompt for x. ' +
      `A target holds ${formatNumber(100 * card.contentKept, 1)} % of its description's content words on average.`,
    '## What became of every row',
    flowTable(card),
    duplicateWords(card),
    '## Lengths and scores',
    lengthTable(card),
    '## Top modifiers',
    markdownTable(
      ['Modifier', 'Times'],
      card.modifiers.top
        .slice(0, SHOWN_MODIFIERS)
        .map(({ modifier, count }) => [escapeMarkdown(modifier), formatQuantity(count)]),
    ),
    '## Cost',
    costTable(card),
    '## Sources and licences',
    markdownTable(
      ['Source', 'Licence', 'Rows', 'Size', 'SHA-256'],
      card.sources.map((source) => [
        escapeMarkdown(source.source),
        escapeMarkdown(source.licence ?? 'not known'),
        source.rows === undefined ? '' : formatQuantity(source.rows),
        formatBytes(source.byteLength),
        `\`${source.sha256}\``,
      ]),
    ),
    'Prompts written by people name living artists and public figures. Word lists took out unsafe prompts, which is not perfect.',
  ];
  return `${parts.join('\n\n')}\n`;
}

function frontMatter({ pairs, sources, simulated }: DataCard): object {
  const licences = [...new Set(sources.map(({ licence }) => licence))];
  const [licence = ''] = licences;
  const category = SIZE_CATEGORIES.find(([end]) => pairs.total < end)?.[1] ?? '100M<n<1B';
  return {
    pretty_name: 'Burnish prompt pairs',
    // Several licences, or one that is not known, have no identifier.
    license: licences.length === 1 && LICENCE_IDENTIFIER.test(licence) ? licence : 'unknown',
    language: ['en'],
    task_categories: ['text-generation'],
    tags: ['text-to-image', 'prompts', ...(simulated.length > 0 ? ['simulated'] : [])],
    size_categories: [category],
    configs: [
      {
        config_name: 'default',
        data_files: splits.map((split) => ({ split, path: `${split}.parquet` })),
      },
    ],
  };
}

function simulatedNotice({ simulated }: DataCard): string[] {
  if (simulated.length === 0) return [];
  return [
    `> **Answers of ${escapeMarkdown(simulated.join(', '))} are simulated.** No model wrote these descriptions and prompts, saw a ` +
      'picture or scored one: an offline stand-in with fixed rules took its place. The data shows that collection works; it teaches nothing about pictures.',
  ];
}

function loading(): string {
  const files = splits.map((split) => `"${split}": "FOLDER/${split}.jsonl"`).join(', ');
  return [
    '```python',
    'from datasets import load_dataset',
    '',
    'pairs = load_dataset("FOLDER")  # Parquet',
    `pairs = load_dataset("json", data_files={${files}})  # the same rows`,
    '```',
  ].join('\n');
}

function flowTable({ rows, filters, quarantine, pairs }: DataCard): string {
  const share = (count: number) => formatShare(count, rows.read);
  return markdownTable(
    ['Filter', 'Came', 'Put aside', 'Of all rows'],
    [
      ['rows read', formatQuantity(rows.read), '', ''],
      ...filters.map((filter) => [
        escapeMarkdown(filter.filter),
        formatQuantity(filter.in),
        formatQuantity(filter.dropped),
        share(filter.dropped),
      ]),
      [
        'quarantined',
        formatQuantity(pairs.total + quarantine.count),
        formatQuantity(quarantine.count),
        share(quarantine.count),
      ],
      ['**pairs kept**', `**${formatQuantity(pairs.total)}**`, '', share(pairs.total)],
    ],
  );
}

function lengthTable({ words, characters }: DataCard): string {
  const line = (name: string, values: Distribution) => [
    name,
    ...[values.mean, values.median, values.p95, values.max].map(formatQuantity),
  ];
  return markdownTable(
    ['', 'Mean', 'Median', '95 %', 'Most'],
    [
      line('words of x', words.x),
      line('words of y', words.y),
      line('characters of x', characters.x),
      line('characters of y', characters.y),
    ],
  );
}

function costTable({ cost, simulated }: DataCard): string {
  const providers = Object.entries(cost);
  if (providers.length === 0) return 'No answer of a provider was counted.';
  return markdownTable(
    ['Provider', 'Calls', 'Tokens in', 'Tokens out', 'Pictures', 'Scores', 'Cost'],
    providers.map(([provider, spent]) => [
      escapeMarkdown(provider) + (simulated.includes(provider) ? ' (simulated)' : ''),
      ...COUNTED.map((key) => formatQuantity(spent[key])),
    ]),
  );
}

/** The text with every character that has a meaning in Markdown or HTML escaped, on one line. */
function escapeMarkdown(text: string): string {
  return text
    .replace(/[\s\u0000-\u001f\u007f]+/g, ' ')
    .replace(/&/g, '&amp;')
    .replace(/[\\`*_{}[\]<>()#+!|~$^=:/."@]/g, '\\$&');
}

/** A table of cells that are Markdown already. */
function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
