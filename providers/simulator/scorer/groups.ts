/** What a modifier speaks of. A good prompt says something about several of them. */
export const modifierGroups = ['light', 'camera', 'quality', 'medium', 'colour', 'style'] as const;
export type ModifierGroup = (typeof modifierGroups)[number];

/** Weights of the groups in `rich`. */
export const GROUP_WEIGHT: Record<ModifierGroup, number> = {
  light: 1,
  camera: 0.8,
  quality: 1,
  medium: 0.9,
  colour: 0.7,
  style: 0.8,
};

/** In this order: the first group one of whose keywords stands in the modifier is the modifier's group. */
const KEYWORDS: [ModifierGroup, string][] = [
  [
    'light',
    'light lights lighting lit backlit backlight glow glowing shadow shadows sunlight sunset sunrise moonlight rays ray ' +
      'volumetric chiaroscuro luminous bloom illumination illuminated dusk dawn shiny reflections shading',
  ],
  [
    'colour',
    'color colors colour colours colorful colourful colored vibrant vivid pastel monochrome monochromatic palette ' +
      'saturated hue hues tones iridescent black white red blue green pink purple gold golden teal orange grayscale',
  ],
  [
    'camera',
    'lens mm 35mm 50mm 85mm bokeh depth dof shot angle closeup close-up close view macro perspective camera kodak canon nikon ' +
      'sony leica exposure composition symmetrical symmetry centered framing wide portrait headshot body blur dslr film ' +
      'cinematic panoramic aerial anamorphic telephoto',
  ],
  [
    'quality',
    'detail details detailed 4k 8k 16k hd uhd hq hdr quality resolution sharp focus smooth masterpiece award ' +
      'award-winning winning trending artstation intricate elegant professional highres crisp clean polished realistic ' +
      'photorealistic hyperrealistic photorealism realism hyperrealism',
  ],
  [
    'medium',
    'painting illustration photo photograph photography render rendering rendered art artwork sketch drawing watercolor ' +
      'oil ink sculpture unreal octane blender cgi 3d vray pixel comic poster print anime manga cartoon acrylic gouache ' +
      'charcoal pencil engraving engine lithograph collage still matte digital concept vector pastels canvas movie',
  ],
];

const GROUP_OF = new Map(
  KEYWORDS.toReversed().flatMap(([group, list]) =>
    list.split(' ').map((word) => [word, group] as const),
  ),
);

/** The group of a modifier given as words; artists, movements and moods are `style`. */
export function groupOf(modifierWords: readonly string[]): ModifierGroup {
  const found = new Set(modifierWords.map((word) => GROUP_OF.get(word)));
  return KEYWORDS.find(([group]) => found.has(group))?.[0] ?? 'style';
}
