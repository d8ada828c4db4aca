import { describe, expect, it } from 'vitest';
import { createGate } from '../../../providers/gate.js';

describe('createGate', () => {
  it('lets in so many at once, and the others in the order they came', async () => {
    const gate = createGate(2);
    const order: number[] = [];
    let inside = 0;
    const visit = async (visitor: number): Promise<void> => {
      await gate.enter();
      inside += 1;
      expect(inside).toBeLessThanOrEqual(2);
      order.push(visitor);
      await Promise.resolve();
      inside -= 1;
      gate.leave();
    };
    await Promise.all([0, 1, 2, 3, 4, 5].map(visit));
    expect(order).toEqual([0, 1, 2, 3, 4, 5]);
  });
  it('forgets who gives up waiting, and gives the place to the next', async () => {
    const gate = createGate(1);
    await gate.enter();
    const abort = new AbortController();
    const givesUp = gate.enter(abort.signal);
    const waits = gate.enter();
    abort.abort(new Error('enough'));
    await expect(givesUp).rejects.toThrow('enough');
    gate.leave();
    await waits;
    gate.leave();
    await gate.enter();
  });
  it('lets nobody in whose signal was aborted before', async () => {
    const gate = createGate(1);
    await expect(gate.enter(AbortSignal.abort(new Error('late')))).rejects.toThrow('late');
    await gate.enter();
  });
});
