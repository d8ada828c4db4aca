// Draws each row's next token from its logits, as engine/model/sampling.ts does in plain operations.
#include <algorithm>
#include <atomic>
#include <cmath>
#include <functional>
#include <numeric>
#include <vector>

#include "kernels.h"
#include "operation.h"
#include "threads.h"
#include "vectors.h"

namespace burnish {
namespace {

struct Choice {
  float value;
  int32_t token;
};

// Larger first; of equals the one that comes first in the vocabulary.
struct IsBefore {
  bool operator()(const Choice& a, const Choice& b) const {
    return a.value > b.value || (a.value == b.value && a.token < b.token);
  }
};

// Returns whether all are numbers; sorting others could leave the array.
bool takeColumn(const float* logits, int64_t rows, float* values, int64_t count) {
  bool areNumbers = true;
  for (int64_t index = 0; index < count; ++index) {
    values[index] = logits[index * rows];
    areNumbers &= values[index] == values[index];
  }
  return areNumbers;
}

// Tokens whose highest is looked up together.
constexpr int64_t BLOCK = 16;
// How many are sorted first where top-p alone says how many count.
constexpr int64_t FIRST_CHOICES = 64;

void highestOfBlocks(const float* values, int64_t blocks, float* highest) {
  for (int64_t block = 0; block < blocks; ++block) {
    float best = values[block * BLOCK];
    for (int64_t index = 1; index < BLOCK; ++index) best = std::max(best, values[block * BLOCK + index]);
    highest[block] = best;
  }
}

// Probabilities up to a factor, and their sum over each whole block; returns the sum of all.
double exponentials(std::vector<float>& values, float temperature, std::vector<float>& sums) {
  const float highest = *std::max_element(values.begin(), values.end());
  const int64_t count = values.size();
  double whole = 0;
  int64_t index = 0;
  for (; index + BLOCK <= count; index += BLOCK) {
    float* block = values.data() + index;
    at<BLOCK>(block) = exponential<BLOCK>((at<BLOCK>(block) - highest) / temperature);
    whole += sums[index / BLOCK] = sumOf(at<BLOCK>(block));
  }
  for (; index < count; ++index)
    whole += values[index] = forOne((values[index] - highest) / temperature, exponential<4>);
  return whole;
}

struct DrawTokens {
  bool greedy;
  int64_t topK;
  float topP;
  float penalty;
  explicit DrawTokens(Attributes attributes)
      : greedy(attributes.flag("greedy")),
        topK(attributes.integer("top_k")),
        topP(attributes.number("top_p")),
        penalty(attributes.number("penalty")) {}

  // The `count` best of the values in order.
  std::vector<Choice> best(const std::vector<float>& values, int64_t count) const {
    const int64_t vocabulary = values.size(), blocks = vocabulary / BLOCK;
    float least = -INFINITY;
    if (count < blocks) {
      // At least `count` values reach the highest of the block that stands at this place.
      std::vector<float> highest(blocks);
      highestOfBlocks(values.data(), blocks, highest.data());
      std::nth_element(highest.begin(), highest.begin() + (count - 1), highest.end(), std::greater<float>());
      least = highest[count - 1];
    }
    std::vector<Choice> choices;
    for (int64_t token = 0; token < vocabulary; ++token)
      if (values[token] >= least) choices.push_back({values[token], static_cast<int32_t>(token)});
    count = std::min<int64_t>(count, choices.size());
    std::partial_sort(choices.begin(), choices.begin() + count, choices.end(), IsBefore());
    choices.resize(count);
    return choices;
  }

  static int64_t lastWithMass(const std::vector<float>& masses, int64_t count) {
    int64_t last = count - 1;
    while (last > 0 && masses[last] == 0) --last;
    return last;
  }

  // First place whose cumulative mass is above `uniform` times that of those that top-p keeps of the `whole`.
  static int64_t invert(const std::vector<float>& masses, double uniform, double topP, double whole) {
    double kept = 0, cumulative = 0;
    int64_t count = 0;
    for (; count < static_cast<int64_t>(masses.size()) && (count == 0 || kept < topP * whole); ++count)
      kept += masses[count];
    const int64_t last = lastWithMass(masses, count);
    for (int64_t place = 0; place < last; ++place)
      if ((cumulative += masses[place]) > uniform * kept) return place;
    return last;
  }

  // The same for a whole vocabulary without top-p, block by block.
  static int64_t invertAll(const std::vector<float>& masses, const std::vector<float>& sums, double uniform, double whole) {
    const int64_t blocks = sums.size();
    double cumulative = 0;
    int64_t place = 0;
    for (; place < blocks && cumulative + sums[place] <= uniform * whole; ++place) cumulative += sums[place];
    const int64_t last = lastWithMass(masses, masses.size());
    for (place *= BLOCK; place < last; ++place)
      if ((cumulative += masses[place]) > uniform * whole) return place;
    return last;
  }

  int32_t draw(const std::vector<float>& values, float uniform, float temperature) const {
    const int64_t vocabulary = values.size();
    if (greedy || topK == 1) return std::max_element(values.begin(), values.end()) - values.begin();
    const auto massesOf = [&](const std::vector<Choice>& choices) {
      std::vector<float> masses(choices.size());
      for (size_t place = 0; place < masses.size(); ++place)
        masses[place] = std::exp((choices[place].value - choices.front().value) / temperature);
      return masses;
    };
    if (topK > 0) {
      const std::vector<Choice> choices = best(values, std::min(topK, vocabulary));
      const std::vector<float> masses = massesOf(choices);
      return choices[invert(masses, uniform, topP, std::accumulate(masses.begin(), masses.end(), 0.0))].token;
    }
    std::vector<float> all = values, sums(vocabulary / BLOCK);
    const double whole = exponentials(all, temperature, sums);
    if (topP >= 1) return invertAll(all, sums, uniform, whole);
    // Top-p alone: the likeliest few hold enough as a rule, so that not all have to be sorted.
    for (int64_t count = FIRST_CHOICES;; count *= 4) {
      const std::vector<Choice> choices = best(values, std::min(count, vocabulary));
      const std::vector<float> masses = massesOf(choices);
      if (count >= vocabulary || std::accumulate(masses.begin(), masses.end(), 0.0) >= topP * whole)
        return choices[invert(masses, uniform, topP, whole)].token;
    }
  }

  void run(Execution& execution) const {
    const Array seen = execution.variable(0), token = execution.input(1), place = execution.input(2);
    const Array logits = execution.input(3), uniform = execution.input(4), temperature = execution.input(5);
    if (!execution.require(logits.rank == 2 && logits.size > 0, "expected logits [vocabulary, rows]")) return;
    const int64_t vocabulary = logits.shape[0], rows = logits.shape[1], length = seen.size / rows;
    if (!execution.require(token.size == rows && uniform.size == rows && temperature.size == 1 && seen.size % rows == 0,
                           "expected a token, a number and the tokens seen for each row") ||
        !execution.require(place.size == 1 && place.ints()[0] >= 0 && place.ints()[0] < length, "expected a place"))
      return;
    int32_t* tokensSeen = static_cast<int32_t*>(seen.data);
    for (int64_t row = 0; row < rows; ++row) tokensSeen[row * length + place.ints()[0]] = token.ints()[row];
    const bool areKnown = std::all_of(tokensSeen, tokensSeen + seen.size,
                                      [&](int32_t id) { return id >= 0 && id < vocabulary; });
    if (!execution.require(penalty == 1 || areKnown, "a token seen is outside the vocabulary")) return;
    const Array next = execution.output(0, {rows});
    if (!execution.ok()) return;
    std::atomic<bool> areNumbers{true};
    parallel(rows, [&](int row) {
      std::vector<float> values(vocabulary);
      static_cast<int32_t*>(next.data)[row] = 0;
      if (!takeColumn(logits.floats() + row, rows, values.data(), vocabulary)) {
        areNumbers = false;
        return;
      }
      const int32_t* tokens = tokensSeen + row * length;
      for (int64_t index = 0; penalty != 1 && index < length; ++index) {
        const float logit = logits.floats()[tokens[index] * rows + row];
        values[tokens[index]] = logit > 0 ? logit / penalty : logit * penalty;
      }
      static_cast<int32_t*>(next.data)[row] = draw(values, uniform.floats()[row], temperature.floats()[0]);
    });
    execution.require(areNumbers, "logits are no numbers: the weights are damaged, or training has diverged");
  }
};

}  // namespace

bool registerDrawTokens() {
  return registerKernel<DrawTokens>(
      {"BurnishDrawTokens",
       {"seen: resource", "token: int32", "place: int32", "logits: float", "uniform: float", "temperature: float"},
       {"next: int32"},
       {"greedy: bool", "top_k: int", "top_p: float", "penalty: float"},
       /*changesVariables=*/true});
}

}  // namespace burnish
