// Loaded into Node like an addon; all it does is to make the operations known to the TensorFlow of the process.
#include <algorithm>

#include "kernels.h"
#include "threads.h"

namespace burnish {

int shareParts(int64_t multiplications) {
  // A part takes some microseconds at least, or handing it over costs as much as it saves.
  constexpr int64_t SMALLEST_PART = 1 << 15;
  return std::max<int64_t>(1, std::min<int64_t>(2 * threadCount(), multiplications / SMALLEST_PART));
}

}  // namespace burnish

extern "C" {

__attribute__((visibility("default"))) int32_t node_api_module_get_api_version_v1() { return 8; }

__attribute__((visibility("default"))) void* napi_register_module_v1(void*, void* exports) {
  using namespace burnish;
  // Node calls this once for every thread that loads the addon; TensorFlow takes an operation once.
  static const bool registered = registerLinearColumns() && registerNormColumns() && registerCachedAttention() &&
                                 registerDrawTokens() && registerGelu() && registerLayerNorm() &&
                                 registerCrossEntropy() && registerAttentionSoftmax();
  return registered ? exports : nullptr;
}
}
