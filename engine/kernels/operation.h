// TensorFlow's C interface for operations of one's own, as far as these need it.
#pragma once

#include <cstdint>
#include <initializer_list>

#include "tensorflow/c/kernels.h"
#include "tensorflow/c/ops.h"
#include "tensorflow/c/tf_status.h"
#include "tensorflow/c/tf_tensor.h"

namespace burnish {

// One input or output: where its values are, and its shape.
struct Array {
  void* data = nullptr;
  int rank = 0;
  int64_t size = 0;
  int64_t shape[8] = {};

  float* floats() const { return static_cast<float*>(data); }
  const int32_t* ints() const { return static_cast<const int32_t*>(data); }
};

// One execution of an operation. A failure is told to TensorFlow once; results of later calls mean nothing.
class Execution {
 public:
  explicit Execution(TF_OpKernelContext* context);
  ~Execution();
  Execution(const Execution&) = delete;

  Array input(int index);
  // The values of a variable given by its handle, to be changed in place.
  Array variable(int index);
  Array output(int index, std::initializer_list<int64_t> shape);
  // An output of the input's shape, in the input's own memory where nothing else needs it. To be asked for before the
  // input itself; each of its numbers may be written once its own is read.
  Array outputOver(int index, int input);
  // Whether all went well up to here.
  bool ok() const { return !failed_; }
  // Fails with the message unless the condition holds; returns `ok`.
  bool require(bool condition, const char* message);

 private:
  Array hold(TF_Tensor* tensor);

  TF_OpKernelContext* context_;
  TF_Status* status_;
  bool failed_ = false;
  static constexpr int MOST = 12;
  TF_Tensor* held_[MOST];
  int count_ = 0;
};

// Attributes are read once, when TensorFlow makes the kernel of a node.
struct Attributes {
  TF_OpKernelConstruction* context;
  float number(const char* name) const;
  int64_t integer(const char* name) const;
  bool flag(const char* name) const;
};

struct Description {
  const char* name;
  std::initializer_list<const char*> inputs;
  std::initializer_list<const char*> outputs;
  std::initializer_list<const char*> attributes;
  // Changes variables, so that it is never left out or run once for two.
  bool changesVariables = false;
};

using Create = void* (*)(TF_OpKernelConstruction*);
using Compute = void (*)(void*, TF_OpKernelContext*);
using Delete = void (*)(void*);

// Makes the operation known to TensorFlow, with its kernel for the CPU; false if TensorFlow refuses.
bool registerOperation(const Description& description, Create create, Compute compute, Delete remove);

// The same for a struct that is made from Attributes and has `void run(Execution&) const`.
template <class Kernel>
bool registerKernel(const Description& description) {
  return registerOperation(
      description, [](TF_OpKernelConstruction* context) -> void* { return new Kernel(Attributes{context}); },
      [](void* kernel, TF_OpKernelContext* context) {
        Execution execution(context);
        static_cast<const Kernel*>(kernel)->run(execution);
      },
      [](void* kernel) { delete static_cast<Kernel*>(kernel); });
}

}  // namespace burnish
