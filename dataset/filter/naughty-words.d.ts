declare module 'naughty-words' {
  /** Words and phrases by language code. */
  const lists: Record<string, readonly string[]>;
  export default lists;
}
