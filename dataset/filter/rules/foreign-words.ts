/**
 * Function words of Spanish, Portuguese, French, Italian, German, Dutch and Polish that are not English words.
 * Words common in names ("de", "la", "van", "von", "der", "di") are left out: prompts are full of artists.
 */
export const FOREIGN_WORDS: ReadonlySet<string> = new Set(
  (
    'una uno unas unos con por para sobre entre desde hasta pero como muy esta este esto estan que los las ' +
    'um uma com seu sua nao mais pelo pela numa ' +
    'une avec dans vers chez est sont qui tres cette les aux ete ' +
    'che gli nel nella sono della degli delle dello dei alla suo piu molto ' +
    'und ist mit dem den ein eine einer einem einen auf nicht sind wird durch uber ' +
    'een het voor zijn niet bovenop aan uit wordt naar ' +
    'jest nie przez dla oraz'
  ).split(' '),
);
