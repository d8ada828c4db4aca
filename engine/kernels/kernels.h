#pragma once

#include <cstdint>

namespace burnish {

// Columns come in multiples of the smallest vector.
constexpr int64_t COLUMN_UNIT = 4;

bool registerLinearColumns();
bool registerNormColumns();
bool registerCachedAttention();
bool registerDrawTokens();
bool registerGelu();
bool registerLayerNorm();
bool registerCrossEntropy();
bool registerAttentionSoftmax();

}  // namespace burnish
