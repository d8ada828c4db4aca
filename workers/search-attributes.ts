import type { NativeConnection } from '@temporalio/worker';
import { SearchAttribute } from '../contracts/names.js';

/** Number of `INDEXED_VALUE_TYPE_KEYWORD` in Temporal's API. */
const keywordType = 2;

/** Ensures the namespace knows Burnish's search attributes; without them no pipeline could start. */
export async function registerSearchAttributes(
  connection: NativeConnection,
  namespace: string,
): Promise<void> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  const missing = Object.values(SearchAttribute).filter((name) => !(name in customAttributes));
  if (missing.length === 0) return;
  const searchAttributes = Object.fromEntries(missing.map((name) => [name, keywordType]));
  try {
    await connection.operatorService.addSearchAttributes({ namespace, searchAttributes });
  } catch (cause) {
    if (/already exist/i.test(String(cause))) return;
    const commands = missing.map(
      (name) => `  temporal operator search-attribute create --name ${name} --type Keyword`,
    );
    throw new Error(
      `Namespace ${namespace} lacks search attributes and this worker may not create them. Create them once:\n${commands.join('\n')}`,
      { cause },
    );
  }
}
