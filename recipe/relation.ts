/**
 * Arguments of `.refine` for a condition between number fields of one section.
 *
 * It is checked even when other fields of the section are wrong, so that every mistake is listed at once, and passes
 * when one of its own fields is not a number, which is a mistake of its own.
 */
export function relation<Field extends string>(
  fields: readonly [Field, ...Field[]],
  holds: (values: Record<Field, number>) => boolean,
  message: string,
): [(value: unknown) => boolean, { path: PropertyKey[]; error: string; when: () => boolean }] {
  const check = (value: unknown): boolean => {
    const values = (value ?? {}) as Record<Field, unknown>;
    if (!fields.every((field) => typeof values[field] === 'number')) return true;
    return holds(values as Record<Field, number>);
  };
  const path: PropertyKey[] = [fields[0]];
  return [check, { path, error: message, when: () => true }];
}
