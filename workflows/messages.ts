import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import { Message } from '../contracts/names.js';
import type { PipelineProgress, StageChange, StageStatus } from '../contracts/stages.js';

/** Where a pipeline stands, stage by stage. */
export const pipelineProgressQuery = defineQuery<PipelineProgress>(Message.progress);

/** Where one stage stands. */
export const stageProgressQuery = defineQuery<StageStatus>(Message.progress);

/** Holds the work: a running training segment writes a checkpoint and returns. */
export const pauseSignal = defineSignal(Message.pause);

/**
 * Goes on. After a guard of a training tripped, the optional argument is what the learning rate is multiplied by; it
 * stands in for the recipe's `guard.rateFactor`.
 */
export const resumeSignal = defineSignal<[rateFactor?: number]>(Message.resume);

/** Ends a stage for good; its newest checkpoint stays, and the same recipe goes on from there. */
export const stopSignal = defineSignal(Message.stop);

export const stageChangedSignal = defineSignal<[StageChange]>(Message.stageChanged);

/** Lets a pipeline that waits for approval publish; the argument is a note of who or why. */
export const approveUpdate = defineUpdate<string, [note: string | undefined]>(Message.approve);

/** Ends the wait without publishing; the argument is the reason. */
export const rejectUpdate = defineUpdate<string, [note: string]>(Message.reject);
