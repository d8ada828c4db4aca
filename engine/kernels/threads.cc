#include "threads.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <thread>
#include <vector>

namespace burnish {
namespace {

// Decoding starts such work every few microseconds, and waking a thread takes longer than the work; in training work is
// rarer, and whoever waits takes time from TensorFlow's own threads.
constexpr auto WAIT_AWAKE = std::chrono::microseconds(30);

inline void pauseBriefly() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#else
  std::this_thread::yield();
#endif
}

struct Pool {
  std::mutex owner;
  std::mutex sleep;
  std::condition_variable wake;
  std::atomic<const std::function<void(int)>*> work{nullptr};
  std::atomic<int> next{0};
  std::atomic<int> parts{0};
  std::atomic<int> busy{0};
  std::atomic<unsigned> round{0};
  std::atomic<int> sleepers{0};

  explicit Pool(int threads) {
    for (int index = 1; index < threads; ++index) std::thread([this] { serve(); }).detach();
  }

  void takeParts(const std::function<void(int)>& function) {
    const int count = parts.load();
    for (int part = next.fetch_add(1); part < count; part = next.fetch_add(1)) function(part);
  }

  void serve() {
    unsigned seen = 0;
    for (;;) {
      const auto since = std::chrono::steady_clock::now();
      while (round.load() == seen) {
        if (std::chrono::steady_clock::now() - since < WAIT_AWAKE) {
          pauseBriefly();
          continue;
        }
        std::unique_lock<std::mutex> lock(sleep);
        sleepers.fetch_add(1);
        wake.wait(lock, [&] { return round.load() != seen; });
        sleepers.fetch_sub(1);
      }
      seen = round.load();
      busy.fetch_add(1);
      // Withdrawn when its owner did everything alone; whoever is counted as busy holds it in place.
      const std::function<void(int)>* function = work.load();
      if (function != nullptr) takeParts(*function);
      busy.fetch_sub(1);
    }
  }

  void run(int count, const std::function<void(int)>& function) {
    next.store(0);
    parts.store(count);
    work.store(&function);
    {
      std::lock_guard<std::mutex> lock(sleep);
      round.fetch_add(1);
    }
    // Waking costs, so no more are woken than have something to do.
    for (int woken = std::min(sleepers.load(), count - 1); woken > 0; --woken) wake.notify_one();
    takeParts(function);
    work.store(nullptr);
    while (busy.load() > 0) pauseBriefly();
  }
};

// TF_NUM_INTRAOP_THREADS, else one a core; the caller's is among them.
int threadCount() {
  static const int count = [] {
    const char* asked = std::getenv("TF_NUM_INTRAOP_THREADS");
    const int number = asked != nullptr ? std::atoi(asked) : 0;
    return number > 0 ? number : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  }();
  return count;
}

}  // namespace

void parallel(int parts, const std::function<void(int)>& work) {
  // Never destroyed: its threads may outlive what runs at exit.
  static Pool* pool = new Pool(threadCount());
  std::unique_lock<std::mutex> owned(pool->owner, std::try_to_lock);
  if (parts > 1 && threadCount() > 1 && owned.owns_lock()) return pool->run(parts, work);
  for (int part = 0; part < parts; ++part) work(part);
}

void parallelRanges(int64_t count, int64_t unit, int64_t multiplications, const std::function<void(Range)>& work) {
  // A part takes some microseconds at least, or handing it over costs as much as it saves.
  constexpr int64_t SMALLEST_PART = 1 << 15;
  const int64_t most = std::min<int64_t>(2 * threadCount(), multiplications / SMALLEST_PART);
  const int64_t parts = std::max<int64_t>(1, most), units = (count + unit - 1) / unit;
  const auto boundary = [&](int64_t part) { return std::min(count, units * part / parts * unit); };
  parallel(static_cast<int>(parts), [&](int part) { work({boundary(part), boundary(part + 1)}); });
}

}  // namespace burnish
