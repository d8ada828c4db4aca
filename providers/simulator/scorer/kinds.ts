import { stem } from '../../../text/words.js';
import { addTo, at } from './counts.js';

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
export const subjectKinds: readonly string[] = [...Object.keys(KINDS), 'other'];

const KINDS_OF = new Map<string, number[]>();
for (const [index, list] of Object.values(KINDS).entries()) {
  for (const word of new Set(list.split(' ').map(stem))) {
    KINDS_OF.set(word, [...(KINDS_OF.get(word) ?? []), index]);
  }
}

/** Share of each kind in a subject given as stems, summing to 1; all `other` if no word is known. */
export function kindShares(stems: Iterable<string>): Float64Array {
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
