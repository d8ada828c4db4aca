// Attention of one new token a row over the keys and values before it; its own are stored first.
#include <cmath>
#include <vector>

#include "kernels.h"
#include "operation.h"
#include "threads.h"
#include "vectors.h"

namespace burnish {
namespace {

struct Attention {
  float* keys;         // [rows * heads, slots, headSize]
  float* values;       // the same
  const float* fused;  // [heads * 3 * headSize, rows]: query, key and value of each head
  const float* bias;   // [rows * heads, slots]
  float* context;      // [heads * headSize, rows]
  int64_t rows;
  int64_t heads;
  int64_t headSize;
  int64_t slots;
  int64_t slot;  // of the new token
};

BURNISH_INLINE float dot(const float* a, const float* b, int64_t size) {
  Lanes<16>::Floats sums = {};
  int64_t index = 0;
  for (; index + 16 <= size; index += 16) sums += at<16>(a + index) * at<16>(b + index);
  float sum = sumOf(sums);
  for (; index < size; ++index) sum += a[index] * b[index];
  return sum;
}

// The slots' values times their scores, for 16 numbers of a head times `vectors`.
template <int vectors>
BURNISH_INLINE void addUp(const float* scores, const float* values, int64_t headSize, int64_t count, float* sums) {
  Lanes<16>::Floats totals[vectors] = {};
  for (int64_t slot = 0; slot < count; ++slot)
    for (int index = 0; index < vectors; ++index)
      totals[index] += scores[slot] * at<16>(values + slot * headSize + 16 * index);
  for (int index = 0; index < vectors; ++index) at<16>(sums + 16 * index) = totals[index];
}

// `room` is for `slots` scores, and for a query and a sum of `headSize` numbers each.
void attend(const Attention& a, int64_t place, float* room) {
  const int64_t row = place / a.heads, head = place % a.heads, count = a.slot + 1;
  float *scores = room, *query = room + a.slots, *sums = query + a.headSize;
  float* keys = a.keys + place * a.slots * a.headSize;
  float* values = a.values + place * a.slots * a.headSize;
  const float* own = a.fused + head * 3 * a.headSize * a.rows + row;
  const float scale = 1.0f / std::sqrt(static_cast<float>(a.headSize));
  for (int64_t index = 0; index < a.headSize; ++index) {
    query[index] = own[index * a.rows] * scale;
    keys[a.slot * a.headSize + index] = own[(a.headSize + index) * a.rows];
    values[a.slot * a.headSize + index] = own[(2 * a.headSize + index) * a.rows];
  }
  const float* bias = a.bias + place * a.slots;
  float highest = -INFINITY;
  for (int64_t slot = 0; slot < count; ++slot) {
    scores[slot] = dot(query, keys + slot * a.headSize, a.headSize) + bias[slot];
    highest = scores[slot] > highest ? scores[slot] : highest;
  }
  // Past the last slot the sums below would read what does not count, so the last few are computed one by one.
  int64_t slot = 0;
  for (; slot + 16 <= count; slot += 16) at<16>(scores + slot) = exponential<16>(at<16>(scores + slot) - highest);
  for (; slot < count; ++slot) scores[slot] = forOne(scores[slot] - highest, exponential<4>);
  float total = 0;
  for (slot = 0; slot < count; ++slot) total += scores[slot];
  int64_t index = 0;
  for (; index + 32 <= a.headSize; index += 32) addUp<2>(scores, values + index, a.headSize, count, sums + index);
  for (; index + 16 <= a.headSize; index += 16) addUp<1>(scores, values + index, a.headSize, count, sums + index);
  for (; index < a.headSize; ++index) {
    sums[index] = 0;
    for (slot = 0; slot < count; ++slot) sums[index] += scores[slot] * values[slot * a.headSize + index];
  }
  float* context = a.context + head * a.headSize * a.rows + row;
  for (index = 0; index < a.headSize; ++index) context[index * a.rows] = sums[index] / total;
}

struct CachedAttention {
  int64_t heads;
  explicit CachedAttention(Attributes attributes) : heads(attributes.integer("heads")) {}

  void run(Execution& execution) const {
    const Array keys = execution.variable(0), values = execution.variable(1);
    const Array fused = execution.input(2), bias = execution.input(3), slot = execution.input(4);
    if (!execution.require(fused.rank == 2 && fused.shape[0] % (3 * heads) == 0, "expected [heads * 3 * size, rows]"))
      return;
    const int64_t rows = fused.shape[1], headSize = fused.shape[0] / (3 * heads), slots = keys.shape[1];
    const int64_t cached = rows * heads * headSize * slots;
    if (!execution.require(keys.rank == 3 && keys.shape[2] == headSize && keys.size == cached && values.size == cached,
                           "expected keys and values [rows * heads, slots, size]") ||
        !execution.require(bias.size == rows * heads * slots, "expected a bias for each row, head and slot") ||
        !execution.require(slot.size == 1 && slot.ints()[0] >= 0 && slot.ints()[0] < slots, "expected a slot of the cache"))
      return;
    const Array context = execution.output(0, {heads * headSize, rows});
    if (!execution.ok()) return;
    const Attention attention{keys.floats(), values.floats(),  fused.floats(), bias.floats(), context.floats(),
                              rows,          heads,            headSize,       slots,         slot.ints()[0]};
    parallelRanges(rows * heads, 1, 2 * rows * heads * headSize * (attention.slot + 1), [&](Range range) {
      std::vector<float> room(slots + 2 * headSize);
      for (int64_t place = range.begin; place < range.end; ++place)
        attend(attention, place, room.data());
    });
  }
};

}  // namespace

bool registerCachedAttention() {
  return registerKernel<CachedAttention>({"BurnishCachedAttention",
                                          {"keys: resource", "values: resource", "fused: float", "bias: float", "slot: int32"},
                                          {"context: float"},
                                          {"heads: int"},
                                          /*changesVariables=*/true});
}

}  // namespace burnish
