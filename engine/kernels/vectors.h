// Vectors that GCC and Clang turn into AVX-512, AVX2, SSE or NEON, whichever the flags of bootstrap allow.
#pragma once

#include <cstdint>
#include <cstring>

#define BURNISH_INLINE inline __attribute__((always_inline))

namespace burnish {

template <int lanes>
struct Lanes {
  // Loads and stores need no alignment.
  typedef float Floats __attribute__((vector_size(lanes * 4), aligned(4), may_alias));
  typedef int32_t Ints __attribute__((vector_size(lanes * 4), aligned(4), may_alias));
};

template <int lanes>
BURNISH_INLINE typename Lanes<lanes>::Floats& at(float* place) {
  return *reinterpret_cast<typename Lanes<lanes>::Floats*>(place);
}

template <int lanes>
BURNISH_INLINE const typename Lanes<lanes>::Floats& at(const float* place) {
  return *reinterpret_cast<const typename Lanes<lanes>::Floats*>(place);
}

// e^x within 2e-7 relative; 0 below -87, and never infinite: above 88 it is e^88.
// Source: Cephes expf: 2^n times a polynomial of the rest.
template <int lanes>
BURNISH_INLINE typename Lanes<lanes>::Floats exponential(typename Lanes<lanes>::Floats given) {
  typedef typename Lanes<lanes>::Floats Floats;
  typedef typename Lanes<lanes>::Ints Ints;
  const Floats zero = {};
  Floats x = given < zero - 87.0f ? zero - 87.0f : given;
  x = x > zero + 88.0f ? zero + 88.0f : x;
  // Adding 1.5 * 2^23 rounds to the nearest integer.
  const Floats shifted = x * 1.44269504f + 12582912.0f;
  const Floats whole = shifted - 12582912.0f;
  const Floats rest = (x - whole * 0.693359375f) + whole * 2.12194440e-4f;
  Floats sum = zero + 1.9875691500e-4f;
  sum = sum * rest + 1.3981999507e-3f;
  sum = sum * rest + 8.3334519073e-3f;
  sum = sum * rest + 4.1665795894e-2f;
  sum = sum * rest + 1.6666665459e-1f;
  sum = sum * rest + 5.0000001201e-1f;
  sum = sum * rest * rest + rest + 1.0f;
  const Ints power = (__builtin_convertvector(whole, Ints) + 127) << 23;
  Floats scale;
  std::memcpy(&scale, &power, sizeof(scale));
  return given < zero - 87.0f ? zero : sum * scale;
}

// The sum of the lanes, halves first, whatever the machine.
BURNISH_INLINE float sumOf(Lanes<16>::Floats vector) {
  float lanes[16];
  at<16>(lanes) = vector;
  at<8>(lanes) = at<8>(lanes) + at<8>(lanes + 8);
  at<4>(lanes) = at<4>(lanes) + at<4>(lanes + 4);
  return (lanes[0] + lanes[1]) + (lanes[2] + lanes[3]);
}

BURNISH_INLINE float highestOf(Lanes<16>::Floats vector) {
  float highest = vector[0];
  for (int lane = 1; lane < 16; ++lane) highest = vector[lane] > highest ? vector[lane] : highest;
  return highest;
}

// What a function of vectors gives for one number.
template <class Function>
BURNISH_INLINE float forOne(float x, Function function) {
  Lanes<4>::Floats one = {x};
  return function(one)[0];
}

// sqrt(2 / pi) as BLOOM writes it, and the factor of the cube.
constexpr float GELU_SCALE = 0.79788456f;
constexpr float GELU_CUBE = 0.044715f;

// GELU in the tanh form, as x / (1 + e^-2u), which equals x (1 + tanh u) / 2.
template <int lanes>
BURNISH_INLINE typename Lanes<lanes>::Floats gelu(typename Lanes<lanes>::Floats x) {
  const typename Lanes<lanes>::Floats u = GELU_SCALE * x * (1.0f + GELU_CUBE * x * x);
  return x / (1.0f + exponential<lanes>(-2.0f * u));
}

// The derivative of the above.
template <int lanes>
BURNISH_INLINE typename Lanes<lanes>::Floats geluSlope(typename Lanes<lanes>::Floats x) {
  typedef typename Lanes<lanes>::Floats Floats;
  const Floats u = GELU_SCALE * x * (1.0f + GELU_CUBE * x * x);
  const Floats share = 1.0f / (1.0f + exponential<lanes>(-2.0f * u));
  const Floats rise = GELU_SCALE * (1.0f + 3.0f * GELU_CUBE * x * x);
  return share + 2.0f * x * share * (1.0f - share) * rise;
}

}  // namespace burnish
