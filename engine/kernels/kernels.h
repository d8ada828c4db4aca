#pragma once

#include <cstdint>

namespace burnish {

// Columns come in multiples of the smallest vector.
constexpr int64_t COLUMN_UNIT = 4;

// In how many parts work of this many multiplications is best done.
int shareParts(int64_t multiplications);

bool registerLinearColumns();
bool registerNormColumns();
bool registerCachedAttention();
bool registerDrawTokens();
bool registerGelu();
bool registerLayerNorm();
bool registerCrossEntropy();
bool registerAttentionSoftmax();

}  // namespace burnish
