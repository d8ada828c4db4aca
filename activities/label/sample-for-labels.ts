import { cancellationSignal } from '@temporalio/activity';
import { join } from 'node:path';
import type { BurnishActivities } from '../../contracts/activities.js';
import type { GeneratedText, GenerateJob } from '../../contracts/engine-job.js';
import { InputInvalidError } from '../../files/input-invalid-error.js';
import { promptPairSchema } from '../../contracts/records.js';
import { readArtifact, writeArtifact } from '../../storage/artifacts.js';
import { mean } from '../../text/statistics.js';
import { contentKept, words } from '../../text/words.js';
import { readAllRows, writeJsonl } from '../../files/jsonl.js';
import { withWorkFolder } from '../../files/work-folder.js';
import { createProgressReporter } from '../wrap-activity.js';
import { chooseTexts, type ChosenTexts, type TextToSample } from './choose-texts.js';
import type { ActivityDependencies } from '../dependencies.js';
import { labelSplits, textsFile, type LabelSplit, type LabelText } from './label-texts.js';
import { itemAt } from '../../text/item-at.js';

/**
 * The activity that chooses the texts to label and has the fine-tuned model write its share of them.
 *
 * @throws InputInvalidError if the dataset has no training or validation pairs.
 */
export function createSampleForLabels(
  dependencies: Pick<ActivityDependencies, 'store' | 'cacheFolder' | 'engine'>,
): BurnishActivities['sampleForLabels'] {
  const { store, cacheFolder, engine } = dependencies;
  return async (input) => {
    const reportProgress = createProgressReporter();
    const { settings, seed } = input;
    const dataset = await readArtifact(store, input.dataset, cacheFolder);
    const modelFolder = await readArtifact(store, input.model, cacheFolder);
    const validationCount = Math.max(1, Math.round(settings.rows * settings.validationShare));
    const counts = { train: settings.rows - validationCount, validation: validationCount };
    const chosen: (ChosenTexts & { split: LabelSplit })[] = [];
    for (const split of labelSplits) {
      const pairs = await readAllRows(join(dataset, `${split}.jsonl`), promptPairSchema);
      if (pairs.length === 0) {
        throw new InputInvalidError(
          `${input.dataset.uri}${split}.jsonl has no pairs; expected some to label.`,
        );
      }
      chosen.push({ split, ...chooseTexts(pairs, counts[split], { split, seed, settings }) });
    }
    const toSample = chosen.flatMap((part) => part.toSample);
    const samples = await drawSamples(toSample, {
      generate: async (job) => {
        reportProgress({ sampling: job.prompts.length });
        return (await engine().run(job, { signal: cancellationSignal() })).rows;
      },
      input,
      modelFolder,
    });

    return withWorkFolder(cacheFolder, async (folder) => {
      let first = 0;
      let textCount = 0;
      for (const { split, ready, toSample: own } of chosen) {
        const drawn = samples.slice(first, first + own.length);
        first += own.length;
        const written = own.flatMap(({ pair }, index): LabelText[] => {
          const { text } = itemAt(drawn, index);
          // Nothing can be drawn of an empty prompt, so nothing can score it.
          return text === '' ? [] : [{ rowId: pair.rowId, kind: 'sample', x: pair.x, y: text }];
        });
        textCount += await writeJsonl(join(folder, textsFile(split)), [...ready, ...written]);
      }
      return {
        texts: await writeArtifact(store, 'labels', folder),
        summary: { texts: textCount, ...summariseSamples(toSample, samples) },
      };
    });
  };
}

/** The model's texts in the order asked for; greedy and drawn ones are two jobs. */
async function drawSamples(
  toSample: TextToSample[],
  options: {
    generate: (job: GenerateJob) => Promise<GeneratedText[]>;
    input: Parameters<BurnishActivities['sampleForLabels']>[0];
    modelFolder: string;
  },
): Promise<GeneratedText[]> {
  const { input, modelFolder } = options;
  const samples = new Array<GeneratedText>(toSample.length);
  for (const greedy of [false, true]) {
    const indexes = toSample.flatMap((text, index) => (text.greedy === greedy ? [index] : []));
    if (indexes.length === 0) continue;
    const asked = indexes.map((index) => itemAt(toSample, index));
    const rows = await options.generate({
      kind: 'generate',
      modelFolder,
      prompts: asked.map((text) => text.pair.x),
      rowKeys: asked.map((text) => text.rowKey),
      seed: input.seed,
      sampling: greedy ? { ...input.sampling, temperature: 0 } : input.sampling,
      batchSize: input.batchSize,
    });
    for (const [place, index] of indexes.entries()) samples[index] = itemAt(rows, place);
  }
  return samples;
}

function summariseSamples(
  toSample: TextToSample[],
  samples: GeneratedText[],
): Record<string, number> {
  const drawn = toSample.flatMap((text, index) =>
    text.greedy ? [] : [{ x: text.pair.x, ...itemAt(samples, index) }],
  );
  if (drawn.length === 0) return { samples: samples.length };
  return {
    samples: samples.length,
    sampleContentKept: mean(drawn.map(({ x, text }) => contentKept(x, text))),
    sampleEndedShare: mean(drawn.map(({ ended }) => (ended ? 1 : 0))),
    sampleWords: mean(drawn.map(({ text }) => words(text).length)),
  };
}
