import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BurnishActivities } from '../../contracts/activities.js';
import { writeArtifact } from '../../storage/artifacts.js';
import type { StoreDependencies } from '../dependencies.js';
import { renderReport } from '../../web/report/render-report.js';
import { withWorkFolder } from '../../files/work-folder.js';
import { collectReport } from './collect-report.js';

/** The activity that writes a run's report: index.html for people, report.json for machines. */
export function createRenderReport(
  dependencies: StoreDependencies,
): BurnishActivities['renderReport'] {
  return async (input) => {
    const report = await collectReport(input, dependencies);
    return withWorkFolder(dependencies.cacheFolder, async (folder) => {
      await writeFile(join(folder, 'index.html'), renderReport(report));
      await writeFile(join(folder, 'report.json'), `${JSON.stringify(report, null, 2)}\n`);
      return writeArtifact(dependencies.store, 'report', folder);
    });
  };
}
