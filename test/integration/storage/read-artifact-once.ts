/** Reads an artifact in a process of its own: arguments are the store's options, the reference and the cache folder. */
import { artifactRefSchema } from '../../../contracts/artifact.js';
import { readArtifact } from '../../../storage/artifacts.js';
import type { S3StoreOptions } from '../../../storage/s3-options.js';
import { S3Store } from '../../../storage/s3-store.js';

const [options = '', ref = '', cacheFolder = ''] = process.argv.slice(2);
const store = new S3Store(JSON.parse(options) as S3StoreOptions);
const folder = await readArtifact(store, artifactRefSchema.parse(JSON.parse(ref)), cacheFolder);
process.stdout.write(folder);
