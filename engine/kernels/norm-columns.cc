// Layer normalisation of each column.
#include <cmath>

#include "kernels.h"
#include "operation.h"
#include "vectors.h"

namespace burnish {
namespace {

struct Norm {
  const float* x;       // [features, columns]
  const float* weight;  // [features]
  const float* bias;    // [features]
  float* y;             // [features, columns]
  int64_t features;
  int64_t columns;
  float epsilon;
};

template <int lanes>
BURNISH_INLINE int64_t normaliseColumns(const Norm& n, int64_t column) {
  typedef typename Lanes<lanes>::Floats Floats;
  for (; column + lanes <= n.columns; column += lanes) {
    Floats mean = {}, variance = {}, scale;
    for (int64_t row = 0; row < n.features; ++row) mean += at<lanes>(n.x + row * n.columns + column);
    mean /= static_cast<float>(n.features);
    for (int64_t row = 0; row < n.features; ++row) {
      const Floats centred = at<lanes>(n.x + row * n.columns + column) - mean;
      variance += centred * centred;
    }
    for (int lane = 0; lane < lanes; ++lane)
      scale[lane] = 1.0f / std::sqrt(variance[lane] / static_cast<float>(n.features) + n.epsilon);
    for (int64_t row = 0; row < n.features; ++row) {
      const int64_t place = row * n.columns + column;
      at<lanes>(n.y + place) = (at<lanes>(n.x + place) - mean) * scale * n.weight[row] + n.bias[row];
    }
  }
  return column;
}

void normalise(const Norm& n) {
  int64_t column = normaliseColumns<16>(n, 0);
  column = normaliseColumns<8>(n, column);
  normaliseColumns<4>(n, column);
}

struct NormColumns {
  float epsilon;
  explicit NormColumns(Attributes attributes) : epsilon(attributes.number("epsilon")) {}

  void run(Execution& execution) const {
    const Array x = execution.input(0), weight = execution.input(1), bias = execution.input(2);
    if (!execution.require(x.rank == 2 && weight.size == x.shape[0] && bias.size == x.shape[0],
                           "expected x [features, columns], weight and bias [features]") ||
        !execution.require(x.shape[1] % COLUMN_UNIT == 0, "expected a multiple of 4 columns"))
      return;
    const Array y = execution.output(0, {x.shape[0], x.shape[1]});
    if (!execution.ok()) return;
    normalise({x.floats(), weight.floats(), bias.floats(), y.floats(), x.shape[0], x.shape[1], epsilon});
  }
};

}  // namespace

bool registerNormColumns() {
  return registerKernel<NormColumns>({"BurnishNormColumns",
                                      {"x: float", "weight: float", "bias: float"},
                                      {"y: float"},
                                      {"epsilon: float"}});
}

}  // namespace burnish
