/** Results and gradients by name, of inputs by name; `rise` is the gradient of the result. */
export type Reference = (values: Record<string, ArrayLike<number>>) => Record<string, number[]>;

/** GELU and its gradient in double precision. */
export const geluInDoubles: Reference = ({ x, rise }) => {
  const scale = 0.79788456;
  const inner = Array.from(x!, (value) => Math.tanh(scale * value * (1 + 0.044715 * value ** 2)));
  return {
    y: inner.map((tanh, index) => (x![index]! * (1 + tanh)) / 2),
    dx: inner.map((tanh, index) => {
      const slope = scale * (1 + 3 * 0.044715 * x![index]! ** 2);
      return (rise![index]! * (1 + tanh + x![index]! * (1 - tanh ** 2) * slope)) / 2;
    }),
  };
};

/** Layer norm of rows as long as `weight`, and its gradients, in double precision. */
export const layerNormInDoubles: Reference = ({ x, weight, bias, rise }) => {
  const width = weight!.length;
  const rows = Array.from({ length: x!.length / width }, (_, row) => {
    const own = Array.from({ length: width }, (__, index) => x![row * width + index]!);
    const dy = own.map((__, index) => rise![row * width + index]!);
    const mean = own.reduce((sum, value) => sum + value, 0) / width;
    const variance = own.reduce((sum, value) => sum + (value - mean) ** 2, 0) / width;
    const inverse = 1 / Math.sqrt(variance + 1e-5);
    const normed = own.map((value) => (value - mean) * inverse);
    const g = dy.map((value, index) => value * weight![index]!);
    const meanG = g.reduce((sum, value) => sum + value, 0) / width;
    const meanGn = g.reduce((sum, value, index) => sum + value * normed[index]!, 0) / width;
    return {
      normed,
      dy,
      dx: g.map((value, index) => inverse * (value - meanG - normed[index]! * meanGn)),
    };
  });
  const overRows = (of: (row: (typeof rows)[number], index: number) => number): number[] =>
    Array.from({ length: width }, (_, index) => rows.reduce((sum, row) => sum + of(row, index), 0));
  return {
    y: rows.flatMap(({ normed }) =>
      normed.map((value, index) => value * weight![index]! + bias![index]!),
    ),
    dx: rows.flatMap(({ dx }) => dx),
    dweight: overRows(({ dy, normed }, index) => dy[index]! * normed[index]!),
    dbias: overRows(({ dy }, index) => dy[index]!),
  };
};

/** Cross-entropy of as many rows as labels, and its gradient, in double precision. */
export const crossEntropyInDoubles: Reference = ({ logits, labels, rise }) => {
  const width = logits!.length / labels!.length;
  const rows = Array.from(labels!, (label, row) => {
    const own = Array.from({ length: width }, (_, index) => logits![row * width + index]!);
    const top = Math.max(...own);
    const whole = top + Math.log(own.reduce((sum, value) => sum + Math.exp(value - top), 0));
    const one = (index: number): number => (index === label ? 1 : 0);
    return {
      loss: whole - own[label]!,
      gradient: own.map((value, index) => (Math.exp(value - whole) - one(index)) * rise![row]!),
    };
  });
  return { y: rows.map(({ loss }) => loss), dlogits: rows.flatMap(({ gradient }) => gradient) };
};

/** Softmax of `scale` scores plus a bias over rows of `keys`, and its gradient, in double precision. */
export const softmaxInDoubles =
  (keys: number, scale: number): Reference =>
  ({ scores, bias, rise }) => {
    const rows = Array.from({ length: scores!.length / keys }, (_, row) => {
      const place = (index: number): number => row * keys + index;
      const own = Array.from(
        { length: keys },
        (__, index) => scores![place(index)]! * scale + bias![place(index) % bias!.length]!,
      );
      const top = Math.max(...own);
      const powers = own.map((value) => Math.exp(value - top));
      const whole = powers.reduce((sum, value) => sum + value, 0);
      const masses = powers.map((value) => value / whole);
      const mean = masses.reduce((sum, mass, index) => sum + mass * rise![place(index)]!, 0);
      return {
        masses,
        gradient: masses.map((mass, index) => scale * mass * (rise![place(index)]! - mean)),
      };
    });
    return {
      y: rows.flatMap(({ masses }) => masses),
      dscores: rows.flatMap((row) => row.gradient),
    };
  };
