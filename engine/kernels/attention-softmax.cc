// softmax(scale scores + bias) of each query, and the gradient of the scores, each in one pass over memory.
#include <cmath>

#include "kernels.h"
#include "operation.h"
#include "threads.h"
#include "vectors.h"

namespace burnish {
namespace {

void softmax(const float* scores, const float* bias, float scale, float* masses, int64_t count) {
  Lanes<16>::Floats tops = Lanes<16>::Floats{} - INFINITY, sums = {};
  int64_t index = 0;
  for (; index + 16 <= count; index += 16) {
    const Lanes<16>::Floats value = at<16>(scores + index) * scale + at<16>(bias + index);
    tops = value > tops ? value : tops;
    at<16>(masses + index) = value;
  }
  float top = highestOf(tops);
  for (; index < count; ++index) {
    masses[index] = scores[index] * scale + bias[index];
    top = masses[index] > top ? masses[index] : top;
  }
  for (index = 0; index + 16 <= count; index += 16) {
    at<16>(masses + index) = exponential<16>(at<16>(masses + index) - top);
    sums += at<16>(masses + index);
  }
  float sum = sumOf(sums);
  for (; index < count; ++index) sum += masses[index] = forOne(masses[index] - top, exponential<4>);
  const float inverse = 1.0f / sum;
  for (index = 0; index < count; ++index) masses[index] *= inverse;
}

// dscores = scale masses (dy - sum(dy masses))
void pullBack(const float* dy, const float* masses, float scale, float* dscores, int64_t count) {
  Lanes<16>::Floats sums = {};
  int64_t index = 0;
  for (; index + 16 <= count; index += 16) sums += at<16>(dy + index) * at<16>(masses + index);
  float sum = sumOf(sums);
  for (; index < count; ++index) sum += dy[index] * masses[index];
  for (index = 0; index + 16 <= count; index += 16)
    at<16>(dscores + index) = scale * at<16>(masses + index) * (at<16>(dy + index) - sum);
  for (; index < count; ++index) dscores[index] = scale * masses[index] * (dy[index] - sum);
}

constexpr int64_t COST = 16;

struct AttentionSoftmax {
  float scale;
  explicit AttentionSoftmax(Attributes attributes) : scale(attributes.number("scale")) {}

  void run(Execution& execution) const {
    const Array masses = execution.outputOver(0, 0), scores = execution.input(0), bias = execution.input(1);
    if (!execution.require(scores.rank == 3 && bias.rank == 3 && bias.shape[0] == scores.shape[0] &&
                               bias.shape[2] == scores.shape[2] &&
                               (bias.shape[1] == 1 || bias.shape[1] == scores.shape[1]),
                           "expected scores [heads, queries, keys] and bias [heads, 1 or queries, keys]"))
      return;
    const int64_t queries = scores.shape[1], keys = scores.shape[2], rows = scores.shape[0] * queries;
    parallelRanges(rows, 1, COST * scores.size, [&](Range range) {
      for (int64_t row = range.begin; row < range.end; ++row) {
        const int64_t biasRow = bias.shape[1] == 1 ? row / queries : row;
        softmax(scores.floats() + row * keys, bias.floats() + biasRow * keys, scale, masses.floats() + row * keys, keys);
      }
    });
  }
};

struct AttentionSoftmaxGradient {
  float scale;
  explicit AttentionSoftmaxGradient(Attributes attributes) : scale(attributes.number("scale")) {}

  void run(Execution& execution) const {
    const Array dscores = execution.outputOver(0, 0), dy = execution.input(0), masses = execution.input(1);
    if (!execution.require(masses.rank == 3 && dy.size == masses.size, "expected dy and masses [heads, queries, keys]"))
      return;
    const int64_t keys = masses.shape[2], rows = keys == 0 ? 0 : masses.size / keys;
    parallelRanges(rows, 1, COST * masses.size, [&](Range range) {
      for (int64_t row = range.begin; row < range.end; ++row)
        pullBack(dy.floats() + row * keys, masses.floats() + row * keys, scale, dscores.floats() + row * keys, keys);
    });
  }
};

}  // namespace

bool registerAttentionSoftmax() {
  return registerKernel<AttentionSoftmax>(
             {"BurnishAttentionSoftmax", {"scores: float", "bias: float"}, {"masses: float"}, {"scale: float"}}) &&
         registerKernel<AttentionSoftmaxGradient>(
             {"BurnishAttentionSoftmaxGradient", {"dy: float", "masses: float"}, {"dscores: float"}, {"scale: float"}});
}

}  // namespace burnish
