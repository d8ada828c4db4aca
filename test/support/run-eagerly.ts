import { tf } from '../../engine/tensor.js';
import type { Tensor } from '../../engine/tensor.js';
import { checkValues, fillFrom, groupNames, readAll, sizeOf } from '../../engine/graph/program.js';
import type {
  AdamUpdate,
  Program,
  Scope,
  Session,
  Signature,
  Snapshot,
} from '../../engine/graph/program.js';

/** One AdamW step in plain tensor operations; what the compiled graph's fused operation is held to. */
function adamStep(
  variable: Tensor,
  moments: { first: Tensor; second: Tensor },
  update: AdamUpdate,
): { value: Tensor; first: Tensor; second: Tensor } {
  const { gradient, beta1, beta2 } = update;
  const first = moments.first.add(gradient.sub(moments.first).mul(1 - beta1));
  const second = moments.second.add(
    gradient
      .square()
      .sub(moments.second)
      .mul(1 - beta2),
  );
  const decayed = update.decay ? variable.sub(variable.mul(update.decay)) : variable;
  const value = decayed.sub(first.mul(update.stepSize).div(second.sqrt().add(update.epsilon)));
  return { value, first, second };
}

/** Runs a program operation by operation; slow, and used where the compiled graph is held to it. */
export function runEagerly(program: Program): Session {
  const state = new Map<string, Tensor>();
  for (const [name, { shape, dtype }] of Object.entries(program.variables))
    state.set(name, tf.zeros(shape, dtype ?? 'float32'));

  const replace = (name: string, value: Tensor): void => {
    state.get(name)?.dispose();
    state.set(name, value);
  };
  const runBody = (
    signature: Signature,
    feeds: Record<string, Tensor>,
  ): { outputs: Record<string, Tensor>; updates: Record<string, Tensor> } => {
    const updates: Record<string, Tensor> = {};
    const scope: Scope = {
      feed: (name) => feeds[name]!,
      variable: (name) => state.get(name)!,
      assign: (name, value) => void (updates[name] = value),
      updateRows: (name, indices, rows) => {
        const value = tf.tensorScatterUpdate(state.get(name)!, indices, rows);
        updates[name] = value;
        return value;
      },
      changeVariables: ({ op }) => {
        throw new Error(`${op} changes variables in place, which compiled graphs only can do`);
      },
      applyAdam: (name, update) => {
        const moments = {
          first: state.get(update.firstMoment)!,
          second: state.get(update.secondMoment)!,
        };
        const next = adamStep(state.get(name)!, moments, update);
        updates[name] = next.value;
        updates[update.firstMoment] = next.first;
        updates[update.secondMoment] = next.second;
      },
    };
    const outputs = signature.body(scope);
    return { outputs, updates };
  };

  const snapshot = (group: string): Snapshot => {
    const held = new Map(
      groupNames(program, group).map((name) => [name, state.get(name)!.clone()]),
    );
    return {
      names: [...held.keys()],
      read: (name) => held.get(name)!.dataSync<'float32'>().slice(),
      release: () => {
        for (const tensor of held.values()) tensor.dispose();
      },
    };
  };

  return {
    run(name, values) {
      const signature = program.signatures[name];
      if (!signature) throw new Error(`no signature ${name}`);
      checkValues(`signature ${name}`, signature.feeds, values);
      tf.engine().startScope(name);
      try {
        const feeds = Object.fromEntries(
          Object.entries(signature.feeds).map(([feed, { shape, dtype }]) => [
            feed,
            tf.tensor(values[feed]!, shape, dtype),
          ]),
        );
        const { outputs, updates } = runBody(signature, feeds);
        const results = Object.fromEntries(
          Object.entries(outputs).map(([key, tensor]) => [
            key,
            tensor.dataSync<'float32'>().slice(),
          ]),
        );
        for (const [variable, value] of Object.entries(updates))
          replace(variable, tf.keep(value.clone()));
        for (const tensor of Object.values(outputs)) if (tensor.kept) tensor.dispose();
        return results;
      } finally {
        tf.engine().endScope();
      }
    },
    read: (group) => readAll(snapshot(group)),
    snapshot,
    write(group, values) {
      const wanted = Object.fromEntries(
        groupNames(program, group).map((name) => [name, program.variables[name]!]),
      );
      checkValues(`group ${group}`, wanted, values);
      const filled = Object.entries(wanted).map(([name, { shape, dtype }]) => {
        const value = new (dtype === 'int32' ? Int32Array : Float32Array)(sizeOf(shape));
        fillFrom(values[name]!, value);
        return { name, shape, dtype, value };
      });
      for (const { name, shape, dtype, value } of filled)
        if (value.length > 0) replace(name, tf.tensor(value, shape, dtype ?? 'float32'));
    },
    dispose: () => {
      for (const tensor of state.values()) tensor.dispose();
      state.clear();
    },
  };
}
