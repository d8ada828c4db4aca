const subjects: [x: string, sft: string, ppo: string][] = [
  [
    'a cat on a sofa',
    'a cat on a sofa, oil painting, soft light',
    'a cat on a sofa, highly detailed, warm light, artstation',
  ],
  [
    'an old lighthouse in a storm',
    'an old lighthouse in a storm, dramatic sky',
    'an old lighthouse in a storm, cinematic lighting, matte painting, sharp focus',
  ],
  [
    'a robot reading in a library',
    'a robot in a library, concept art',
    'a robot reading in a library, intricate, volumetric light, concept art',
  ],
  [
    'lake in the middle of a rainforest',
    'lake in the rainforest, mist',
    'lake in the middle of a rainforest, mist, golden hour, wide angle',
  ],
  [
    'portrait of a fisherman',
    'portrait of a fisherman, by rembrandt',
    'portrait of a fisherman, studio lighting, detailed face, 85mm',
  ],
  [
    'a castle made of glass',
    'a castle made of glass, fantasy',
    'a castle made of glass, fantasy, trending on artstation, octane render, 8k, intricate reflections, a very long tail of modifiers that goes on for more than one line on a phone',
  ],
  ['two foxes under a red moon', 'two foxes under a moon', ''],
  [
    'a bicycle <b>leaning</b> on a "wall" & fence',
    'a bicycle leaning on a wall',
    'a bicycle leaning on a wall & fence, watercolor',
  ],
];

/** Descriptions with a text a method, made up. */
export const madeUpTexts = subjects.map(([x, sft, ppo]) => ({
  unchanged: x,
  'fixed-tail': `${x}, highly detailed, digital painting, artstation, sharp focus, 8k`,
  sft,
  ppo,
  target: `${x}, highly detailed, digital art`,
}));
