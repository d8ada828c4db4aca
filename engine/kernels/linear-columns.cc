// y = W x, plus a bias and an addition, through GELU where asked; x and y hold one row of the batch in each column.
#include <algorithm>

#include "kernels.h"
#include "operation.h"
#include "threads.h"
#include "vectors.h"

namespace burnish {
namespace {

struct Product {
  const float* weight;  // [outputs, inputs]
  const float* x;       // [inputs, columns]
  const float* bias;    // [outputs], or null
  const float* added;   // [outputs, columns], or null
  float* y;             // [outputs, columns]
  int64_t inputs;
  int64_t columns;
  bool gelu;
};

// Sums of as many outputs run side by side as hide the time that one multiplication takes.
constexpr int TILE = 8;
// Floats of a cache line.
constexpr int64_t LINE = 16;

// Each sum runs over the inputs in order, so a column's result depends on no other column and on no thread.
template <int lanes, int tile>
BURNISH_INLINE void multiplyTile(const Product& p, int64_t output, int64_t column) {
  typedef typename Lanes<lanes>::Floats Floats;
  Floats sums[tile] = {};
  const float* weight = p.weight + output * p.inputs;
  const float* x = p.x + column;
  // Each row of the weights is read from memory once, and the next tile's while this one is multiplied.
  const float* following = weight + tile * p.inputs;
  for (int64_t begin = 0; begin < p.inputs; begin += LINE) {
    for (int index = 0; index < tile; ++index) __builtin_prefetch(following + index * p.inputs + begin);
    const int64_t end = begin + LINE < p.inputs ? begin + LINE : p.inputs;
    for (int64_t input = begin; input < end; ++input) {
      const Floats value = at<lanes>(x + input * p.columns);
      for (int index = 0; index < tile; ++index) sums[index] += weight[index * p.inputs + input] * value;
    }
  }
  for (int index = 0; index < tile; ++index) {
    Floats sum = sums[index];
    const int64_t place = (output + index) * p.columns + column;
    if (p.bias != nullptr) sum += p.bias[output + index];
    if (p.added != nullptr) sum += at<lanes>(p.added + place);
    if (p.gelu) sum = gelu<lanes>(sum);
    at<lanes>(p.y + place) = sum;
  }
}

template <int lanes>
BURNISH_INLINE int64_t multiplyColumns(const Product& p, Range outputs, int64_t column) {
  for (; column + lanes <= p.columns; column += lanes) {
    int64_t output = outputs.begin;
    for (; output + TILE <= outputs.end; output += TILE) multiplyTile<lanes, TILE>(p, output, column);
    for (; output < outputs.end; ++output) multiplyTile<lanes, 1>(p, output, column);
  }
  return column;
}

void multiply(const Product& p, Range outputs) {
  int64_t column = multiplyColumns<16>(p, outputs, 0);
  column = multiplyColumns<8>(p, outputs, column);
  multiplyColumns<4>(p, outputs, column);
}

struct LinearColumns {
  bool gelu;
  explicit LinearColumns(Attributes attributes) : gelu(attributes.flag("gelu")) {}

  void run(Execution& execution) const {
    const Array weight = execution.input(0), x = execution.input(1), bias = execution.input(2), added = execution.input(3);
    if (!execution.require(weight.rank == 2 && x.rank == 2 && weight.shape[1] == x.shape[0],
                           "expected weight [outputs, inputs] and x [inputs, columns]") ||
        !execution.require(x.shape[1] % COLUMN_UNIT == 0, "expected a multiple of 4 columns") ||
        !execution.require(bias.size == 0 || bias.size == weight.shape[0], "expected a bias for each output, or none") ||
        !execution.require(added.size == 0 || added.size == weight.shape[0] * x.shape[1],
                           "expected an addition of y's shape, or none"))
      return;
    const int64_t outputs = weight.shape[0];
    const Array y = execution.output(0, {outputs, x.shape[1]});
    if (!execution.ok()) return;
    const Product product{weight.floats(), x.floats(),  bias.size > 0 ? bias.floats() : nullptr,
                          added.size > 0 ? added.floats() : nullptr,
                          y.floats(),      x.shape[0], x.shape[1], gelu};
    parallelRanges(outputs, TILE, weight.size * x.shape[1], [&](Range range) { multiply(product, range); });
  }
};

}  // namespace

bool registerLinearColumns() {
  return registerKernel<LinearColumns>({"BurnishLinearColumns",
                                        {"weight: float", "x: float", "bias: float", "added: float"},
                                        {"y: float"},
                                        {"gelu: bool"}});
}

}  // namespace burnish
