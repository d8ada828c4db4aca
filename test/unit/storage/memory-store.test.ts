import { describeObjectStore } from '../../support/object-store-suite.js';
import { createMemoryStore } from '../../support/fakes/memory-store.js';

describeObjectStore(
  'the store in memory',
  () => Promise.resolve(createMemoryStore()),
  (store, key) => {
    store.beginUpload(key);
    return Promise.resolve();
  },
);
