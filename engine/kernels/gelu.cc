// GELU in the tanh form, and its gradient, each in one pass.
#include "kernels.h"
#include "operation.h"
#include "threads.h"
#include "vectors.h"

namespace burnish {
namespace {

void activate(const float* x, float* y, Range range) {
  int64_t index = range.begin;
  for (; index + 16 <= range.end; index += 16) at<16>(y + index) = gelu<16>(at<16>(x + index));
  for (; index < range.end; ++index) y[index] = forOne(x[index], gelu<4>);
}

void pullBack(const float* dy, const float* x, float* dx, Range range) {
  int64_t index = range.begin;
  for (; index + 16 <= range.end; index += 16) at<16>(dx + index) = at<16>(dy + index) * geluSlope<16>(at<16>(x + index));
  for (; index < range.end; ++index) dx[index] = dy[index] * forOne(x[index], geluSlope<4>);
}

// About as many multiplications as one number's function takes.
constexpr int64_t COST = 16;

struct Gelu {
  explicit Gelu(Attributes) {}
  void run(Execution& execution) const {
    const Array y = execution.outputOver(0, 0), x = execution.input(0);
    if (!execution.ok()) return;
    parallelRanges(x.size, 16, COST * x.size, [&](Range range) { activate(x.floats(), y.floats(), range); });
  }
};

struct GeluGradient {
  explicit GeluGradient(Attributes) {}
  void run(Execution& execution) const {
    const Array dx = execution.outputOver(0, 0), dy = execution.input(0), x = execution.input(1);
    if (!execution.require(dy.size == x.size, "expected a gradient of x's shape")) return;
    parallelRanges(x.size, 16, COST * x.size,
                   [&](Range range) { pullBack(dy.floats(), x.floats(), dx.floats(), range); });
  }
};

}  // namespace

bool registerGelu() {
  return registerKernel<Gelu>({"BurnishGelu", {"x: float"}, {"y: float"}, {}}) &&
         registerKernel<GeluGradient>({"BurnishGeluGradient", {"dy: float", "x: float"}, {"dx: float"}, {}});
}

}  // namespace burnish
