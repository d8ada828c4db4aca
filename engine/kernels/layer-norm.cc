// Layer normalisation of each row, and its gradients. Source: Ba et al. 2016, arXiv:1607.06450.
#include <cmath>
#include <vector>

#include "kernels.h"
#include "operation.h"
#include "threads.h"
#include "vectors.h"

namespace burnish {
namespace {

struct Rows {
  const float* x;       // [rows, width]
  const float* weight;  // [width]
  const float* bias;    // [width], forward only
  float* mean;          // [rows]
  float* inverse;       // [rows], one over the standard deviation
  float* y;             // [rows, width]: the result, or the gradient of x
  const float* dy;      // [rows, width], backward only
  int64_t rows;
  int64_t width;
  float epsilon;
};

void normalise(const Rows& r, Range range) {
  const float width = static_cast<float>(r.width);
  for (int64_t row = range.begin; row < range.end; ++row) {
    const float* x = r.x + row * r.width;
    float* y = r.y + row * r.width;
    Lanes<16>::Floats sums = {}, squares = {};
    int64_t index = 0;
    for (; index + 16 <= r.width; index += 16) sums += at<16>(x + index);
    float sum = sumOf(sums);
    for (; index < r.width; ++index) sum += x[index];
    const float mean = sum / width;
    for (index = 0; index + 16 <= r.width; index += 16) {
      const Lanes<16>::Floats centred = at<16>(x + index) - mean;
      squares += centred * centred;
    }
    float square = sumOf(squares);
    for (; index < r.width; ++index) square += (x[index] - mean) * (x[index] - mean);
    const float inverse = 1.0f / std::sqrt(square / width + r.epsilon);
    for (index = 0; index + 16 <= r.width; index += 16)
      at<16>(y + index) =
          (at<16>(x + index) - mean) * inverse * at<16>(r.weight + index) + at<16>(r.bias + index);
    for (; index < r.width; ++index) y[index] = (x[index] - mean) * inverse * r.weight[index] + r.bias[index];
    r.mean[row] = mean;
    r.inverse[row] = inverse;
  }
}

// dx = inverse (g - mean(g) - n mean(g n)) with g = dy weight and n the normalised row.
void pullBack(const Rows& r, Range range) {
  const float width = static_cast<float>(r.width);
  for (int64_t row = range.begin; row < range.end; ++row) {
    const float *x = r.x + row * r.width, *dy = r.dy + row * r.width;
    float* dx = r.y + row * r.width;
    const float mean = r.mean[row], inverse = r.inverse[row];
    Lanes<16>::Floats sums = {}, products = {};
    int64_t index = 0;
    for (; index + 16 <= r.width; index += 16) {
      const Lanes<16>::Floats g = at<16>(dy + index) * at<16>(r.weight + index);
      sums += g;
      products += g * ((at<16>(x + index) - mean) * inverse);
    }
    float sum = sumOf(sums), product = sumOf(products);
    for (; index < r.width; ++index) {
      const float g = dy[index] * r.weight[index];
      sum += g;
      product += g * ((x[index] - mean) * inverse);
    }
    sum /= width;
    product /= width;
    for (index = 0; index + 16 <= r.width; index += 16)
      at<16>(dx + index) = (at<16>(dy + index) * at<16>(r.weight + index) - sum -
                            (at<16>(x + index) - mean) * inverse * product) *
                           inverse;
    for (; index < r.width; ++index)
      dx[index] = (dy[index] * r.weight[index] - sum - (x[index] - mean) * inverse * product) * inverse;
  }
}

// Rows whose products are added up before they join the whole sum, which keeps it exact.
constexpr int64_t ROWS_AT_ONCE = 64;

// Gradients of weight and bias for the columns of the range: sums over all rows, in their order.
void sumColumns(const Rows& r, Range columns, float* part, float* dweight, float* dbias) {
  const int64_t width = columns.end - columns.begin;
  for (int64_t index = 0; index < width; ++index) dweight[columns.begin + index] = dbias[columns.begin + index] = 0;
  for (int64_t begin = 0; begin < r.rows; begin += ROWS_AT_ONCE) {
    const int64_t end = begin + ROWS_AT_ONCE < r.rows ? begin + ROWS_AT_ONCE : r.rows;
    for (int64_t index = 0; index < 2 * width; ++index) part[index] = 0;
    for (int64_t row = begin; row < end; ++row) {
      const float *x = r.x + row * r.width + columns.begin, *dy = r.dy + row * r.width + columns.begin;
      const float mean = r.mean[row], inverse = r.inverse[row];
      for (int64_t index = 0; index < width; ++index) {
        part[index] += dy[index] * ((x[index] - mean) * inverse);
        part[width + index] += dy[index];
      }
    }
    for (int64_t index = 0; index < width; ++index) {
      dweight[columns.begin + index] += part[index];
      dbias[columns.begin + index] += part[width + index];
    }
  }
}

constexpr int64_t COST = 4;

struct LayerNorm {
  float epsilon;
  explicit LayerNorm(Attributes attributes) : epsilon(attributes.number("epsilon")) {}

  void run(Execution& execution) const {
    const Array y = execution.outputOver(0, 0), x = execution.input(0);
    const Array weight = execution.input(1), bias = execution.input(2);
    if (!execution.require(x.rank == 2 && weight.size == x.shape[1] && bias.size == x.shape[1],
                           "expected x [rows, width], weight and bias [width]"))
      return;
    const int64_t rows = x.shape[0], width = x.shape[1];
    const Array mean = execution.output(1, {rows}), inverse = execution.output(2, {rows});
    if (!execution.ok()) return;
    const Rows r{x.floats(),       weight.floats(), bias.floats(), mean.floats(), inverse.floats(),
                 y.floats(), nullptr,         rows,          width,         epsilon};
    parallelRanges(rows, 1, COST * x.size, [&](Range range) { normalise(r, range); });
  }
};

struct LayerNormGradient {
  explicit LayerNormGradient(Attributes) {}

  void run(Execution& execution) const {
    const Array dx = execution.outputOver(0, 0), dy = execution.input(0);
    const Array x = execution.input(1), weight = execution.input(2);
    const Array mean = execution.input(3), inverse = execution.input(4);
    if (!execution.require(x.rank == 2 && dy.size == x.size && weight.size == x.shape[1] && mean.size == x.shape[0] &&
                               inverse.size == x.shape[0],
                           "expected dy and x [rows, width], weight [width], mean and inverse [rows]"))
      return;
    const int64_t rows = x.shape[0], width = x.shape[1];
    const Array dweight = execution.output(1, {width}), dbias = execution.output(2, {width});
    if (!execution.ok()) return;
    const Rows r{x.floats(),        weight.floats(), nullptr, mean.floats(), inverse.floats(),
                 dx.floats(), dy.floats(),     rows,    width,         0};
    // The sums first: dx may take the place of dy.
    parallelRanges(width, 16, COST * x.size, [&](Range columns) {
      std::vector<float> room(2 * (columns.end - columns.begin));
      sumColumns(r, columns, room.data(), dweight.floats(), dbias.floats());
    });
    parallelRanges(rows, 1, COST * x.size, [&](Range range) { pullBack(r, range); });
  }
};

}  // namespace

bool registerLayerNorm() {
  return registerKernel<LayerNorm>({"BurnishLayerNorm",
                                    {"x: float", "weight: float", "bias: float"},
                                    {"y: float", "mean: float", "inverse: float"},
                                    {"epsilon: float"}}) &&
         registerKernel<LayerNormGradient>({"BurnishLayerNormGradient",
                                            {"dy: float", "x: float", "weight: float", "mean: float", "inverse: float"},
                                            {"dx: float", "dweight: float", "dbias: float"},
                                            {}});
}

}  // namespace burnish
