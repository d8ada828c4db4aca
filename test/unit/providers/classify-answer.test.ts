import { describe, expect, it } from 'vitest';
import { classifyAnswer, unwrapAnswer } from '../../../providers/classify-answer.js';

const answer = (text: string, finishReason: string | null = 'stop') => ({
  text,
  finishReason,
  refusal: null,
});

describe('classifyAnswer', () => {
  it.each([
    'a cat on a sofa',
    'a cat on a sofa, oil painting, 8k, by greg rutkowski',
    'great wave off kanagawa, ukiyo-e, woodblock print',
    'yes, a robot that is sorry, sad eyes, cinematic',
    'woman as an ai, cyberpunk, neon',
    "i can't breathe, graffiti on a brick wall",
    'ok computer album cover, minimal',
    'portrait of a woman: half human, half machine',
    '"love" and "hate" tattooed on knuckles, macro photo',
    'a man with a sign that says "the end"',
    'a [cat:dog:0.5] hybrid, {detailed}',
    'a man leaning against the wall of a police station',
  ])('takes a line as it is: %s', (text) => {
    expect(classifyAnswer(answer(text))).toBe('usable');
    expect(unwrapAnswer(text)).toBe(text);
  });
  it.each([
    ['Sure! Here is an improved prompt: "a cat, 8k"', 'a cat, 8k'],
    ["Sure, here's a description of the picture:\n\n“a cat, 8k”", 'a cat, 8k'],
    ['Certainly! a cat, 8k', 'a cat, 8k'],
    ['Of course. a cat, 8k', 'a cat, 8k'],
    ['Here’s the prompt:\na cat, 8k', 'a cat, 8k'],
    ['Prompt: a cat, 8k', 'a cat, 8k'],
    ['**Improved prompt:** a cat, 8k', 'a cat, 8k'],
    ['Final Answer: a cat, 8k', 'a cat, 8k'],
    ['```\na cat, 8k\n```', 'a cat, 8k'],
    ['```text\na cat, 8k```', 'a cat, 8k'],
    ['`a cat, 8k`', 'a cat, 8k'],
    ['**a cat, 8k**', 'a cat, 8k'],
    ['*a cat, 8k*', 'a cat, 8k'],
    ["'a cat, 8k'", 'a cat, 8k'],
    ['- a cat, 8k', 'a cat, 8k'],
    ['1. a cat, 8k', 'a cat, 8k'],
    ['<think>\nThe user wants a cat.\n</think>\n\na cat, 8k', 'a cat, 8k'],
    ['  a cat, 8k\n', 'a cat, 8k'],
  ])('strips harmless wrapping: %j', (text, bare) => {
    expect(unwrapAnswer(text)).toBe(bare);
    expect(classifyAnswer(answer(text))).toBe('usable');
  });
  it.each([
    "I'm sorry, but I can't assist with that request.",
    'I’m sorry, I cannot help with that.',
    'Sorry, I am unable to create this prompt.',
    "I can't help with creating sexual content.",
    'I cannot fulfill your request.',
    'I am not able to describe people in this picture.',
    'I must decline this request.',
    'Unfortunately, I cannot process this image.',
    'As an AI language model, I do not have preferences.',
    'This prompt goes against our content policy.',
    'Your request contains inappropriate content.',
    "I don't see any image attached.",
  ])('knows a refusal: %s', (text) => {
    expect(classifyAnswer(answer(text))).toBe('refused');
  });
  it('knows a refusal that the protocol tells', () => {
    expect(classifyAnswer(answer('', 'content_filter'))).toBe('refused');
    expect(classifyAnswer({ text: '', finishReason: 'stop', refusal: 'No.' })).toBe('refused');
    expect(classifyAnswer({ text: 'a cat', finishReason: 'stop', refusal: '' })).toBe('usable');
  });
  it.each(['length', 'max_tokens'])('knows an answer cut by %s', (reason) => {
    expect(classifyAnswer(answer('a cat on a', reason))).toBe('cut');
    expect(classifyAnswer(answer('', reason))).toBe('cut');
  });
  it.each(['', '  \n', '""', 'Sure! Here is the prompt:', '```\n\n```'])(
    'knows an answer that says nothing: %j',
    (text) => {
      expect(classifyAnswer(answer(text))).toBe('empty');
    },
  );
  it.each([
    'a cat, 8k\n\nThis prompt adds detail and light.',
    '1. a cat\n2. a dog',
    '1. a cat 2. a dog',
    '- a cat\n- a dog',
    '{"prompt": "a cat"}',
    '["a cat"]',
    '```json\n{"prompt": "a cat"}\n```',
    '# A cat\na cat',
    '**Subject:** a cat **Style:** oil painting',
    '<html><body>error</body></html>',
    '<think>The user wants a cat',
    'Could you tell me more about the picture?',
    'a cat, 8k. Let me know if you would like changes!',
  ])('calls the rest off the format: %j', (text) => {
    expect(classifyAnswer(answer(text))).toBe('off-format');
  });
  it('takes an answer of a server that does not say why it ended', () => {
    expect(classifyAnswer(answer('a cat', null))).toBe('usable');
  });
  it.each([
    ['"'.repeat(20_000), 'usable'],
    ['sure '.repeat(20_000), 'usable'],
    ['<think>'.repeat(10_000), 'off-format'],
  ])('ends quickly on long text: %.8s...', (long, outcome) => {
    expect(classifyAnswer(answer(long))).toBe(outcome);
  });
});
