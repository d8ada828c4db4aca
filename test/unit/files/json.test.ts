import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readJsonSync } from '../../../files/json.js';
import { makeFiles } from '../../support/folders.js';

class Failure extends Error {}

it('reads JSON, and says in the error it is given what is wrong with another file', async () => {
  const folder = await makeFiles({ 'good.json': '{"a":[1]}', 'bad.json': '{"a":' });
  expect(readJsonSync(join(folder, 'good.json'), Failure)).toEqual({ a: [1] });
  const bad = join(folder, 'bad.json');
  expect(() => readJsonSync(bad, Failure)).toThrow(new Failure(`${bad}: is not JSON`));
  const none = join(folder, 'none.json');
  expect(() => readJsonSync(none, Failure)).toThrow(Failure);
  expect(() => readJsonSync(none, Failure)).toThrow(`${none}: cannot be read (ENOENT)`);
});
