#pragma once

#include <cstdint>
#include <functional>

namespace burnish {

// Runs work(part) for every part in 0..parts-1, on the caller's thread and on those of the pool, and returns when all
// are done. Which thread takes which part is open, so a part's result must not depend on it.
void parallel(int parts, const std::function<void(int)>& work);

struct Range {
  int64_t begin;
  int64_t end;
};

// The same over ranges that make up 0..count, in multiples of `unit`, as many as pay for that many multiplications in all.
void parallelRanges(int64_t count, int64_t unit, int64_t multiplications, const std::function<void(Range)>& work);

}  // namespace burnish
