// Loaded into Node like an addon; all it does is to make the operations known to the TensorFlow of the process.
#include <cstdint>

#include "kernels.h"

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
