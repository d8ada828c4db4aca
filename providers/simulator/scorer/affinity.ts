import { stem } from '../../../text/words.js';
import { TABLES } from './constants.js';

/**
 * Kinds of subject, each by the words that show it. Which modifiers suit a subject is counted by kind, not by word: there
 * are prompts enough to count that, and a small model can learn it.
 */
const KINDS: Record<string, string> = {
  woman:
    'woman women girl girls lady queen princess goddess witch mother daughter female actress bride sister maiden empress ' +
    'priestess her she mermaid geisha emma scarlett zendaya nun',
  man:
    'man men boy boys king prince god wizard father son male actor gentleman knight warrior soldier emperor pope president ' +
    'donald elon obama keanu his he trump biden putin monk samurai viking cowboy pirate priest hitler jesus wolverine batman',
  people:
    'person people child children kid baby family crowd couple portrait face character human figure head doctor chef ' +
    'scientist student player band team astronaut detective hero villain superhero model dancer clown elder',
  animal:
    'cat cats dog dogs kitten puppy bird birds horse fox wolf bear rabbit owl lion tiger fish shark whale frog animal ' +
    'monkey gorilla raccoon cow pig sheep goat deer mouse rat duck penguin snake spider insect butterfly bee crow raven ' +
    'elephant octopus turtle hamster corgi otter capybara dinosaur snail',
  creature:
    'dragon monster demon creature beast alien zombie ghost skeleton skull vampire werewolf orc elf goblin dwarf troll ' +
    'giant eldritch cthulhu angel devil undead horror lovecraftian godzilla reaper fairy spirit necromancer mutant',
  machine:
    'robot robots mech cyborg android machine mecha armor armour droid engine tank weapon gun sword cyberpunk ' +
    'exoskeleton helmet mask',
  vehicle:
    'car cars truck spaceship ship boat train plane airplane aircraft motorcycle bike bicycle vehicle bus submarine ' +
    'rocket jet helicopter starship spacecraft racing porsche ferrari tesla van airship',
  landscape:
    'landscape mountain mountains forest lake river ocean sea beach desert valley island sky cloud clouds field hill tree ' +
    'trees jungle waterfall garden sunset sunrise nature snow storm cliff canyon meadow swamp volcano cave park path ' +
    'horizon water coast glacier wasteland',
  city:
    'city street town village castle tower building buildings house temple cathedral ruins skyscraper bridge market ' +
    'church palace architecture alley station factory skyline tokyo london york fortress shop road cottage cabin ' +
    'lighthouse mansion metropolis exterior monument cyberpunk',
  interior:
    'room interior bedroom kitchen bathroom hall office library bar restaurant cafe hallway corridor dungeon lab ' +
    'laboratory school hospital mall store window chair table sofa bed furniture throne lobby studio',
  space:
    'space planet planets galaxy moon star stars cosmic cosmos nebula universe mars orbit earth sun solar astronaut ' +
    'celestial cosmonaut',
  food:
    'food pizza burger cake bread cheese fruit apple banana sandwich coffee cup soup meal dish chocolate meat egg ' +
    'sushi pasta tea beer wine bottle candy dessert drink restaurant breakfast cookie potato vegetable',
  object:
    'logo icon sticker toy doll statue sculpture figurine book clock watch shoe shoes jewelry crystal glass box phone ' +
    'computer lamp map poster card coin ring key flower flowers plant mushroom product design dress outfit bag tattoo ' +
    'shirt pattern symbol vase guitar piano artifact',
  event:
    'fighting battle war dancing riding eating playing sitting walking running party wedding concert explosion fire ' +
    'attack attacking holding standing flying driving dream scene screenshot movie episode still',
};

/** Names of the kinds; the last is for subjects no list knows. */
const subjectKinds: readonly string[] = [...Object.keys(KINDS), 'other'];

const KINDS_OF = new Map<string, number[]>();
for (const [index, list] of Object.values(KINDS).entries()) {
  for (const word of new Set(list.split(' ').map(stem))) {
    KINDS_OF.set(word, [...(KINDS_OF.get(word) ?? []), index]);
  }
}

/** Share of each kind in a subject given as stems, summing to 1; all `other` if no word is known. */
function kindShares(stems: Iterable<string>): Float64Array {
  const shares = new Float64Array(subjectKinds.length);
  let total = 0;
  for (const word of stems) {
    for (const kind of KINDS_OF.get(word) ?? []) {
      addTo(shares, kind, 1);
      total += 1;
    }
  }
  if (total === 0) shares[subjectKinds.length - 1] = 1;
  else for (let kind = 0; kind < shares.length; kind += 1) shares[kind] = at(shares, kind) / total;
  return shares;
}

/** The number at a place; 0 outside the array. */
export function at(counts: Float64Array, place: number): number {
  return counts[place] ?? 0;
}

/** Adds to the number at a place. */
export function addTo(counts: Float64Array, place: number, value: number): void {
  counts[place] = at(counts, place) + value;
}

/** A rich prompt as affinities are counted: stems of its subject, modifiers outside the subject's segment. */
export interface CountedPrompt {
  subject: readonly string[];
  modifiers: readonly number[];
}

/** How well modifiers suit a subject, by counts of both in the same prompts. */
export interface Affinity {
  /** Rich prompts that hold the modifier outside the subject. */
  uses(modifier: number): number;
  /** A function of the modifier for one subject; 0 = no more and no less than with any subject. */
  forSubject(stems: readonly string[]): (modifier: number) => number;
}

/**
 * Affinities from prompts.
 *
 * Of a modifier m to a kind of subject, or to a word: ln((found + prior) / (expected + prior)), cut to plus or minus the
 * limit; the prior keeps pairs that were never seen near 0. To a subject: the mean over its kinds, plus the sum over its
 * words divided by the root of their number.
 */
export function createAffinity(prompts: readonly CountedPrompt[], modifierCount: number): Affinity {
  const kinds = subjectKinds.length;
  const kindTotals = new Float64Array(kinds);
  const uses = new Float64Array(modifierCount);
  const usesByKind = new Float64Array(modifierCount * kinds);
  const wordTotals = new Map<string, number>();
  const usesByWord = new Map<string, Map<number, number>>();
  for (const { subject, modifiers } of prompts) {
    const shares = kindShares(subject);
    for (let kind = 0; kind < kinds; kind += 1) addTo(kindTotals, kind, at(shares, kind));
    for (const word of subject) wordTotals.set(word, (wordTotals.get(word) ?? 0) + 1);
    for (const modifier of new Set(modifiers)) {
      addTo(uses, modifier, 1);
      for (let kind = 0; kind < kinds; kind += 1) {
        addTo(usesByKind, modifier * kinds + kind, at(shares, kind));
      }
      for (const word of subject) {
        const row = usesByWord.get(word) ?? new Map<number, number>();
        usesByWord.set(word, row.set(modifier, (row.get(modifier) ?? 0) + 1));
      }
    }
  }
  const expected = (modifier: number, total: number): number =>
    (at(uses, modifier) * total) / prompts.length;
  const byKind = usesByKind.map((found, place) =>
    shrunkLog(
      found,
      expected(Math.floor(place / kinds), at(kindTotals, place % kinds)),
      TABLES.kindPrior,
    ),
  );

  function forSubject(stems: readonly string[]): (modifier: number) => number {
    const shares = kindShares(stems);
    const known = stems.flatMap((word) => {
      const total = wordTotals.get(word) ?? 0;
      return total >= TABLES.minWordPrompts ? [{ total, row: usesByWord.get(word) }] : [];
    });
    return (modifier) => {
      let kindPart = 0;
      for (let kind = 0; kind < kinds; kind += 1) {
        kindPart += at(shares, kind) * at(byKind, modifier * kinds + kind);
      }
      let wordPart = 0;
      for (const { total, row } of known) {
        const found = row?.get(modifier) ?? 0;
        wordPart += shrunkLog(found, expected(modifier, total), TABLES.wordPrior);
      }
      return kindPart + wordPart / Math.sqrt(Math.max(1, known.length));
    };
  }
  return { uses: (modifier) => at(uses, modifier), forSubject };
}

function shrunkLog(found: number, expected: number, prior: number): number {
  const log = Math.log((found + prior) / (expected + prior));
  return Math.max(-TABLES.affinityLimit, Math.min(TABLES.affinityLimit, log));
}
