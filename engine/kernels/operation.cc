#include "operation.h"

#include <cstring>

#include "tensorflow/c/kernels_experimental.h"

namespace burnish {

Execution::Execution(TF_OpKernelContext* context) : context_(context), status_(TF_NewStatus()) {}

Execution::~Execution() {
  for (int index = 0; index < count_; ++index) TF_DeleteTensor(held_[index]);
  TF_DeleteStatus(status_);
}

bool Execution::require(bool condition, const char* message) {
  if (failed_ || condition) return !failed_;
  failed_ = true;
  TF_SetStatus(status_, TF_INVALID_ARGUMENT, message);
  TF_OpKernelContext_Failure(context_, status_);
  return false;
}

Array Execution::hold(TF_Tensor* tensor) {
  Array array;
  if (TF_GetCode(status_) != TF_OK || tensor == nullptr || count_ == MOST) {
    if (!failed_) {
      failed_ = true;
      if (TF_GetCode(status_) == TF_OK) TF_SetStatus(status_, TF_INTERNAL, "a tensor could not be had");
      TF_OpKernelContext_Failure(context_, status_);
    }
    return array;
  }
  held_[count_++] = tensor;
  array.data = TF_TensorData(tensor);
  array.rank = TF_NumDims(tensor);
  array.size = TF_TensorElementCount(tensor);
  for (int axis = 0; axis < array.rank && axis < 8; ++axis) array.shape[axis] = TF_Dim(tensor, axis);
  return array;
}

Array Execution::input(int index) {
  TF_Tensor* tensor = nullptr;
  TF_GetInput(context_, index, &tensor, status_);
  return hold(tensor);
}

Array Execution::variable(int index) {
  TF_Tensor* tensor = nullptr;
  const auto copy = [](TF_OpKernelContext*, TF_Tensor* source, TF_Tensor* target) {
    std::memcpy(TF_TensorData(target), TF_TensorData(source), TF_TensorByteSize(source));
  };
  TF_GetInputTensorFromVariable(context_, index, /*lock_held=*/false, /*isVariantType=*/false, /*sparse=*/false, copy,
                                &tensor, status_);
  return hold(tensor);
}

Array Execution::output(int index, std::initializer_list<int64_t> shape) {
  // Outputs are float32 or int32.
  size_t bytes = 4;
  for (const int64_t size : shape) bytes *= size;
  return hold(TF_AllocateOutput(context_, index, TF_ExpectedOutputDataType(context_, index), shape.begin(),
                                static_cast<int>(shape.size()), bytes, status_));
}

Array Execution::outputOver(int index, int input) {
  TF_Tensor* like = nullptr;
  TF_GetInput(context_, input, &like, status_);
  if (TF_GetCode(status_) != TF_OK) return hold(nullptr);
  int64_t shape[8] = {};
  const int rank = TF_NumDims(like);
  for (int axis = 0; axis < rank && axis < 8; ++axis) shape[axis] = TF_Dim(like, axis);
  // A tensor that is held counts as needed.
  TF_DeleteTensor(like);
  int forwarded = -1;
  return hold(TF_ForwardInputOrAllocateOutput(context_, &input, 1, index, shape, rank, &forwarded, status_));
}

namespace {

template <class Value, class Read>
Value readAttribute(TF_OpKernelConstruction* context, const char* name, Read read) {
  TF_Status* status = TF_NewStatus();
  Value value{};
  read(context, name, &value, status);
  if (TF_GetCode(status) != TF_OK) TF_OpKernelConstruction_Failure(context, status);
  TF_DeleteStatus(status);
  return value;
}

}  // namespace

float Attributes::number(const char* name) const {
  return readAttribute<float>(context, name, TF_OpKernelConstruction_GetAttrFloat);
}
int64_t Attributes::integer(const char* name) const {
  return readAttribute<int64_t>(context, name, TF_OpKernelConstruction_GetAttrInt64);
}
bool Attributes::flag(const char* name) const {
  return readAttribute<TF_Bool>(context, name, TF_OpKernelConstruction_GetAttrBool) != 0;
}

bool registerOperation(const Description& description, Create create, Compute compute, Delete remove) {
  TF_Status* status = TF_NewStatus();
  TF_OpDefinitionBuilder* definition = TF_NewOpDefinitionBuilder(description.name);
  for (const char* input : description.inputs) TF_OpDefinitionBuilderAddInput(definition, input);
  for (const char* output : description.outputs) TF_OpDefinitionBuilderAddOutput(definition, output);
  for (const char* attribute : description.attributes) TF_OpDefinitionBuilderAddAttr(definition, attribute);
  TF_OpDefinitionBuilderSetIsStateful(definition, description.changesVariables);
  TF_OpDefinitionBuilderSetShapeInferenceFunction(definition, TF_ShapeInferenceContextSetUnknownShape);
  TF_RegisterOpDefinition(definition, status);
  if (TF_GetCode(status) == TF_OK)
    TF_RegisterKernelBuilder(description.name, TF_NewKernelBuilder(description.name, "CPU", create, compute, remove),
                             status);
  const bool registered = TF_GetCode(status) == TF_OK;
  TF_DeleteStatus(status);
  return registered;
}

}  // namespace burnish
