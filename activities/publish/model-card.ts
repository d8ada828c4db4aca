import { stringify } from 'yaml';
import type { Recipe } from '../../recipe/recipe.js';
import {
  evaluationMethods,
  type Evaluation,
  type EvaluationMethod,
  type EvaluationMetric,
} from '../../contracts/report.js';
import {
  describeDifference,
  formatInterval,
  methodNames,
  metricDigits,
  metricTitles,
  titleOfDifference,
} from '../../web/report/evaluation-words.js';
import { formatNumber } from '../../text/quantities.js';

const SHOWN_METRICS: readonly EvaluationMetric[] = [
  'mixed',
  'pick',
  'aesthetic',
  'contentKept',
  'words',
  'endedByItself',
];

export interface ModelCardInput {
  recipe: Recipe;
  recipeDigest: string;
  evaluation: Evaluation;
  datasetDigest: string;
  evaluationDigest: string;
  /** Pairs of each split. */
  pairCounts: Record<'train' | 'validation' | 'test', number>;
}

/**
 * The README.md of a published policy: Hugging Face front matter, how it was made, what it scored, where it fails.
 *
 * A pure function of what the model is, with no run ids and no times: equal models have equal cards.
 */
export function modelCard(input: ModelCardInput): string {
  const { recipe, evaluation } = input;
  const frontMatter = stringify({
    ...licenceOf(recipe),
    language: 'en',
    library_name: 'transformers',
    pipeline_tag: 'text-generation',
    tags: ['burnish', 'bloom', 'prompt-rewriting', 'text-to-image', 'ppo', 'rlhf'],
    ...(recipe.pretrain ? {} : { base_model: baseName(recipe) }),
  });
  const [before, after] = recipe.model.template.split('{x}');
  return `---
${frontMatter}---

# ${recipe.publish.name}

Rewrites a plain description into a prompt that makes a text-to-image model produce a better picture. Made by
Burnish from the recipe \`${recipe.name}\`: fine-tuned on pairs, then optimised by PPO against two reward models.

## Use

Put the description in the template and let the model write on; sample at temperature ${evaluation.sampling.temperature}.
The prompt ends at the end-of-text token.

\`\`\`text
${before}a cat on a sofa${after}
\`\`\`

## How it was made

| | |
|---|---|
| recipe digest | \`${input.recipeDigest}\` (in full: \`recipe.json\`) |
| starts from | ${recipe.pretrain ? 'nothing: pretrained by the same recipe' : `\`${baseName(recipe)}\``} |
| data | ${input.pairCounts.train} training, ${input.pairCounts.validation} validation, ${input.pairCounts.test} test pairs, split by source row; \`dataset\` digest \`${input.datasetDigest}\` |
| reward | ${formatNumber(recipe.optimizePolicy.reward.pickWeight, 2)} × pick + ${formatNumber(1 - recipe.optimizePolicy.reward.pickWeight, 2)} × aesthetic, by text-only reward models |
| seed | ${recipe.seed} |
| evaluation | digest \`${input.evaluationDigest}\` |

${results(evaluation)}
## Limits

- English descriptions of one scene; other input was not tested.
- It may drop parts of the description (see content kept) and repeats the habits of the prompts it learned from,
  names of living artists among them.
- It does not filter unsafe descriptions.
${evaluation.scores.simulated ? '- No picture was made or judged in training or evaluation: the scores are an offline stand-in.\n' : ''}`;
}

function results(evaluation: Evaluation): string {
  const simulated = evaluation.scores.simulated;
  const methods = new Map(evaluation.methods.map(({ method, metrics }) => [method, metrics]));
  const metrics = SHOWN_METRICS.filter((metric) => methods.get('ppo')?.[metric] !== undefined);
  const cell = (method: EvaluationMethod, metric: EvaluationMetric) => {
    const interval = methods.get(method)?.[metric];
    const digits = metricDigits[metric];
    return interval
      ? `${formatNumber(interval.mean, digits)} ${formatInterval(interval, digits)}`
      : '–';
  };
  const rows = evaluationMethods
    .filter((method) => methods.has(method))
    .map(
      (method) =>
        `| ${[methodNames[method].short, ...metrics.map((metric) => cell(method, metric))].join(' | ')} |`,
    );
  const differences = evaluation.differences.flatMap((difference) => {
    const { mixed } = difference.metrics;
    return mixed
      ? [`- ${titleOfDifference(difference)}: ${describeDifference('mixed', mixed)}`]
      : [];
  });
  return `## Results${simulated ? ' (simulated scores)' : ''}

${evaluation.descriptionCount} held-out descriptions, ${evaluation.imagesPerPrompt} images a text, scorer \`${evaluation.scores.model}\`${simulated ? ': an offline stand-in with fixed rules, **not** a judge of pictures' : ''}.
Brackets: 95 % intervals, paired bootstrap with ${evaluation.bootstrapResamples} resamples. Mixed score: ${formatNumber(evaluation.mixed.pickWeight, 1)} × pick +
${formatNumber(1 - evaluation.mixed.pickWeight, 1)} × aesthetic in standard deviations of the labels. Fixed tail: "${evaluation.tail}".

| ${['Method', ...metrics.map((metric) => metricTitles[metric])].join(' | ')} |
|${'---|'.repeat(metrics.length + 1)}
${rows.join('\n')}

Differences of the mixed score, paired by description:

${differences.join('\n')}
`;
}

/** The base's own name, without the folder or bucket it lies in. */
function baseName(recipe: Recipe): string {
  const name = recipe.model.base
    .replace(/\/+$/, '')
    .split(/[/\\:]/)
    .at(-1);
  return name === undefined || name === '' ? 'unnamed' : name;
}

/** Weights trained from a model of others keep that model's licence. */
function licenceOf({ pretrain, model }: Recipe): Record<string, string> {
  if (pretrain || model.base.startsWith('bundled:')) return { license: 'apache-2.0' };
  return { license: 'other', license_name: 'same-as-base-model' };
}
