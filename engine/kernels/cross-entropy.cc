// Cross-entropy of each row against its label, and the gradient of the logits.
#include <cmath>
#include <cstring>

#include "kernels.h"
#include "operation.h"
#include "threads.h"
#include "vectors.h"

namespace burnish {
namespace {

// Log of the sum of the exponentials of a row.
float logSumExp(const float* logits, int64_t count) {
  const Lanes<16>::Floats lowest = Lanes<16>::Floats{} - INFINITY;
  Lanes<16>::Floats tops = lowest, sums = {};
  int64_t index = 0;
  for (; index + 16 <= count; index += 16) tops = at<16>(logits + index) > tops ? at<16>(logits + index) : tops;
  float top = highestOf(tops);
  for (; index < count; ++index) top = logits[index] > top ? logits[index] : top;
  for (index = 0; index + 16 <= count; index += 16) sums += exponential<16>(at<16>(logits + index) - top);
  float sum = sumOf(sums);
  for (; index < count; ++index) sum += forOne(logits[index] - top, exponential<4>);
  return top + std::log(sum);
}

// (softmax - one at the label) dy, for one row.
void pullBack(const float* logits, float whole, float dy, float* gradient, int64_t count) {
  int64_t index = 0;
  for (; index + 16 <= count; index += 16)
    at<16>(gradient + index) = exponential<16>(at<16>(logits + index) - whole) * dy;
  for (; index < count; ++index) gradient[index] = forOne(logits[index] - whole, exponential<4>) * dy;
}

constexpr int64_t COST = 16;

bool fits(Execution& execution, const Array& logits, const Array& labels) {
  if (!execution.require(logits.rank == 2 && labels.size == logits.shape[0], "expected logits [rows, count], labels [rows]"))
    return false;
  for (int64_t row = 0; row < labels.size; ++row)
    if (!execution.require(labels.ints()[row] >= 0 && labels.ints()[row] < logits.shape[1],
                           "a label is outside the vocabulary"))
      return false;
  return true;
}

struct CrossEntropy {
  explicit CrossEntropy(Attributes) {}

  void run(Execution& execution) const {
    const Array logits = execution.input(0), labels = execution.input(1);
    if (!fits(execution, logits, labels)) return;
    const int64_t rows = logits.shape[0], count = logits.shape[1];
    const Array loss = execution.output(0, {rows}), whole = execution.output(1, {rows});
    if (!execution.ok()) return;
    parallelRanges(rows, 1, COST * logits.size, [&](Range range) {
      for (int64_t row = range.begin; row < range.end; ++row) {
        const float* own = logits.floats() + row * count;
        whole.floats()[row] = logSumExp(own, count);
        loss.floats()[row] = whole.floats()[row] - own[labels.ints()[row]];
      }
    });
  }
};

struct CrossEntropyGradient {
  explicit CrossEntropyGradient(Attributes) {}

  void run(Execution& execution) const {
    const Array gradient = execution.outputOver(0, 1), logits = execution.input(1);
    const Array dy = execution.input(0), labels = execution.input(2), whole = execution.input(3);
    if (!fits(execution, logits, labels) ||
        !execution.require(dy.size == labels.size && whole.size == labels.size, "expected dy and whole [rows]"))
      return;
    const int64_t rows = logits.shape[0], count = logits.shape[1];
    parallelRanges(rows, 1, COST * logits.size, [&](Range range) {
      for (int64_t row = range.begin; row < range.end; ++row) {
        float* own = gradient.floats() + row * count;
        const float rise = dy.floats()[row];
        // Tokens that do not count, such as those of the prompt.
        if (rise == 0) {
          std::memset(own, 0, count * sizeof(float));
          continue;
        }
        pullBack(logits.floats() + row * count, whole.floats()[row], rise, own, count);
        own[labels.ints()[row]] -= rise;
      }
    });
  }
};

}  // namespace

bool registerCrossEntropy() {
  return registerKernel<CrossEntropy>(
             {"BurnishCrossEntropy", {"logits: float", "labels: int32"}, {"loss: float", "whole: float"}, {}}) &&
         registerKernel<CrossEntropyGradient>({"BurnishCrossEntropyGradient",
                                               {"dy: float", "logits: float", "labels: int32", "whole: float"},
                                               {"gradient: float"},
                                               {}});
}

}  // namespace burnish
