import type { FilterThresholds } from '../../../recipe/sections/collect.js';
import type { SourceRow } from '../../sources/source-row.js';

type Scores = Pick<SourceRow, 'promptNsfw' | 'imageNsfw' | 'aesthetic'>;

/** Why the scores a source gives a row put it aside, or undefined; a score that is not there puts no row aside. */
export function refuseByScores(row: Scores, limits: FilterThresholds): string | undefined {
  const { maxPromptNsfw, maxImageNsfw, minAesthetic } = limits;
  if (row.promptNsfw !== undefined && maxPromptNsfw !== null && row.promptNsfw > maxPromptNsfw) {
    return `unsafe by score: prompt ${row.promptNsfw}, at most ${maxPromptNsfw}`;
  }
  if (row.imageNsfw !== undefined && maxImageNsfw !== null && row.imageNsfw > maxImageNsfw) {
    return `unsafe by score: image ${row.imageNsfw}, at most ${maxImageNsfw}`;
  }
  if (row.aesthetic !== undefined && minAesthetic !== null && row.aesthetic < minAesthetic) {
    return `aesthetic score too low: ${row.aesthetic}, at least ${minAesthetic}`;
  }
  return undefined;
}
