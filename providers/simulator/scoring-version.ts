/**
 * Version of the simulator's pictures and scores. Raise it when they change: scores that were recorded before are then
 * asked for again.
 */
export const scoringVersion = 1;
