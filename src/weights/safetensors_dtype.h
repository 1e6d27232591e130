// The supported element types of safetensors files, in the order in which the Python package stores them.
#pragma once
#include <c10/core/ScalarType.h>

#include <array>
#include <string_view>

namespace llama32med {

struct SafetensorsDType {
  std::string_view tag;
  at::ScalarType type;
};

inline constexpr std::array kSafetensorsDTypes = {
    SafetensorsDType{"I64", at::kLong},  SafetensorsDType{"F64", at::kDouble},    SafetensorsDType{"F32", at::kFloat},
    SafetensorsDType{"I32", at::kInt},   SafetensorsDType{"BF16", at::kBFloat16}, SafetensorsDType{"F16", at::kHalf},
    SafetensorsDType{"I16", at::kShort}, SafetensorsDType{"I8", at::kChar},       SafetensorsDType{"U8", at::kByte},
    SafetensorsDType{"BOOL", at::kBool},
};

}  // namespace llama32med
