/** Providers of a recipe: the simulator, of whose answers 2 % are faults of every kind. */
export const faultyProviders = {
  simulator: {
    transport: {
      tooManyRequests: 0.003,
      retryAfterSeconds: 1,
      serverError: 0.003,
      cutConnection: 0.002,
      cutBody: 0.002,
      invalidJson: 0.002,
    },
    content: {
      refusal: 0.002,
      otherLanguage: 0.001,
      duplicate: 0.001,
      empty: 0.002,
      cut: 0.001,
      offFormat: 0.001,
    },
  },
};
