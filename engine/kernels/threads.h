#pragma once

#include <functional>

namespace burnish {

// Runs work(part) for every part in 0..parts-1, on the caller's thread and on those of the pool, and returns when all
// are done. Which thread takes which part is open, so a part's result must not depend on it.
void parallel(int parts, const std::function<void(int)>& work);

// Threads that take part, the caller's among them: TF_NUM_INTRAOP_THREADS, else one a core.
int threadCount();

// The range of `count` items, in multiples of `unit`, that is the part's share.
struct Range {
  int64_t begin;
  int64_t end;
};
Range shareOf(int64_t count, int64_t unit, int part, int parts);

}  // namespace burnish
