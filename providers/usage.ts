/** What a client has used since it was made. */
export interface Usage {
  /** Calls asked for. */
  requests: number;
  /** HTTP requests sent, retries included. */
  attempts: number;
  /** Calls that ended in an error. */
  failures: number;
  /** As counted by the server; 0 where it does not say. */
  promptTokens: number;
  completionTokens: number;
  /** Pictures received. */
  images: number;
  /** Scores received. */
  scores: number;
}

/** A meter at zero. */
export function createUsage(): Usage {
  return {
    requests: 0,
    attempts: 0,
    failures: 0,
    promptTokens: 0,
    completionTokens: 0,
    images: 0,
    scores: 0,
  };
}
