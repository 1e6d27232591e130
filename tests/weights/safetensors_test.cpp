#include "llama32med/weights/safetensors.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>

#include <cstring>
#include <fstream>

#include "llama32med/core/sha256.h"
#include "llama32med/tensor/device.h"
#include "support/expect_error.h"
#include "support/temp_folder.h"
#include "support/test_data.h"

namespace llama32med {
namespace {

using test::TempFolder;

// A file with this header followed by `data` zero bytes.
std::filesystem::path raw_file(const TempFolder& folder, std::string header, std::size_t data) {
  const std::uint64_t length = header.size();
  std::string bytes(sizeof length, '\0');
  std::memcpy(bytes.data(), &length, sizeof length);
  const auto path = folder / "x.safetensors";
  write_file(path, bytes + header + std::string(data, '\0'));
  return path;
}

std::string entry(const std::string& name, const std::string& dtype, const std::string& shape, int begin, int end) {
  return fmt::format(R"("{}":{{"dtype":"{}","shape":{},"data_offsets":[{},{}]}})", name, dtype, shape, begin, end);
}

std::map<std::string, at::Tensor> one_of_each() {
  const auto values = at::arange(6, at::kFloat).view({2, 3});
  return {{"b", values.to(at::kByte)},
          {"c", values.to(at::kChar)},
          {"s", values.to(at::kShort)},
          {"h", values.to(at::kHalf)},
          {"g", values.to(at::kBFloat16)},
          {"i", values.to(at::kInt)},
          {"f", values},
          {"d", values.to(at::kDouble)},
          {"l", values.to(at::kLong)},
          {"t", values.to(at::kBool)},
          {"scalar", at::ones({})},
          {"empty", at::zeros({0, 3})}};
}

TEST(Safetensors, RoundTripOfEveryDtype) {
  const TempFolder folder;
  const auto tensors = one_of_each();
  write_safetensors(folder / "a.safetensors", tensors, {{"format", "pt"}, {"note", "a \"quoted\" é"}});
  const SafetensorsFile file(folder / "a.safetensors");
  EXPECT_EQ(file.metadata(), (Metadata{{"format", "pt"}, {"note", "a \"quoted\" é"}}));
  EXPECT_EQ(file.names().size(), tensors.size());
  for (const auto& [name, tensor] : tensors) {
    EXPECT_EQ(file.info(name).dtype, tensor.scalar_type()) << name;
    EXPECT_EQ(file.info(name).shape, tensor.sizes().vec()) << name;
    EXPECT_TRUE(file.tensor(name).equal(tensor)) << name;
    EXPECT_TRUE(file.view(name).equal(tensor)) << name;
    EXPECT_TRUE(file.read(name, {}).equal(tensor)) << name;
    EXPECT_TRUE(file.read(name, at::TensorOptions(at::kDouble)).equal(tensor.to(at::kDouble))) << name;
  }
}

// Element types in the Python package's order, each sorted by name, header padded with spaces; created with safetensors
// 0.8.0: safetensors.torch.save({"l": zeros(2, int64), "k": float64, "a2": zeros(1), "zz": zeros(()), ...}, {"format":
// "pt", ...})
TEST(Safetensors, BytesEqualThePythonPackages) {
  const TempFolder folder;
  const auto two = [](at::ScalarType type) { return at::zeros({2}, type); };
  write_safetensors(folder / "a.safetensors",
                    {{"a", two(at::kBool)},
                     {"b", two(at::kByte)},
                     {"c", two(at::kChar)},
                     {"d", two(at::kShort)},
                     {"f", two(at::kHalf)},
                     {"g", two(at::kBFloat16)},
                     {"h", two(at::kInt)},
                     {"j", two(at::kFloat)},
                     {"k", two(at::kDouble)},
                     {"l", two(at::kLong)},
                     {"zz", at::zeros({})},
                     {"e0", at::zeros({0, 3})},
                     {"a2", at::zeros({1})}},
                    {{"format", "pt"}, {"b", "x"}, {"a\"", "é"}});
  const std::string header =
      R"({"__metadata__":{"a\"":"é","b":"x","format":"pt"},"l":{"dtype":"I64","shape":[2],"data_offsets":[0,16]},)"
      R"("k":{"dtype":"F64","shape":[2],"data_offsets":[16,32]},)"
      R"("a2":{"dtype":"F32","shape":[1],"data_offsets":[32,36]},)"
      R"("e0":{"dtype":"F32","shape":[0,3],"data_offsets":[36,36]},)"
      R"("j":{"dtype":"F32","shape":[2],"data_offsets":[36,44]},)"
      R"("zz":{"dtype":"F32","shape":[],"data_offsets":[44,48]},)"
      R"("h":{"dtype":"I32","shape":[2],"data_offsets":[48,56]},)"
      R"("g":{"dtype":"BF16","shape":[2],"data_offsets":[56,60]},)"
      R"("f":{"dtype":"F16","shape":[2],"data_offsets":[60,64]},)"
      R"("d":{"dtype":"I16","shape":[2],"data_offsets":[64,68]},"c":{"dtype":"I8","shape":[2],"data_offsets":[68,70]},)"
      R"("b":{"dtype":"U8","shape":[2],"data_offsets":[70,72]},)"
      R"("a":{"dtype":"BOOL","shape":[2],"data_offsets":[72,74]}})"
      "       ";
  const std::string length("\x08\x03\0\0\0\0\0\0", 8);
  EXPECT_EQ(read_file(folder / "a.safetensors"), length + header + std::string(74, '\0'));
}

// Files with several dtypes, written by Python: reading and writing them gives the same bytes.
TEST(Safetensors, PythonFilesRoundTripByteForByte) {
  const TempFolder folder;
  for (const char* name : {"tiny/model/model.safetensors", "tiny/logits.safetensors", "tiny/nf4.safetensors",
                           "tiny/adapters/dora/adapter_model.safetensors", "tiny/preprocess.safetensors"}) {
    const SafetensorsFile file(test::golden(name));
    std::map<std::string, at::Tensor> tensors;
    for (const auto& tensor : file.names()) tensors[tensor] = file.view(tensor);
    write_safetensors(folder / "again", tensors, file.metadata());
    EXPECT_EQ(sha256_of_file(folder / "again"), sha256_of_file(test::golden(name))) << name;
  }
}

TEST(Safetensors, ViewOutlivesTheFile) {
  const TempFolder folder;
  write_safetensors(folder / "a", {{"x", at::arange(4, at::kFloat)}});
  at::Tensor view;
  {
    const SafetensorsFile file(folder / "a");
    view = file.view("x");
    EXPECT_EQ(file.view("x").const_data_ptr(), view.const_data_ptr());  // the same pages
    EXPECT_NE(file.tensor("x").const_data_ptr(), view.const_data_ptr());
    file.read("x", {});
    EXPECT_TRUE(view.equal(at::arange(4, at::kFloat)));  // released pages are read again
  }
  EXPECT_TRUE(view.equal(at::arange(4, at::kFloat)));
}

TEST(Safetensors, UnalignedTensorsAreCopied) {
  const TempFolder folder;
  const SafetensorsFile file(
      raw_file(folder, "{" + entry("x", "F32", "[1]", 0, 4) + "}", 4));  // header with odd length
  EXPECT_EQ(file.view("x").item<float>(), 0);
  EXPECT_EQ(file.read("x", {}).item<float>(), 0);
}

TEST(Safetensors, UnknownNameSuggestsTheNearest) {
  const SafetensorsFile file(test::golden("tiny/model/model.safetensors"));
  EXPECT_ERROR(file.info("vision_model.class_embeding"), ErrorKind::kData, "tiny/model/model.safetensors",
               "vision_model.class_embeding", "did you mean \"vision_model.class_embedding\"?");
}

TEST(Safetensors, UnfinishedWriterLeavesNoFile) {
  const TempFolder folder;
  const auto path = folder / "a.safetensors";
  write_file(path, "old");
  const std::vector<NamedTensorInfo> plan = {{"x", {at::kFloat, {2}}}, {"y", {at::kFloat, {2}}}};
  {
    SafetensorsWriter writer(path, plan, {});
    EXPECT_EQ(writer.tensor_bytes(), 16);
    writer.add(at::zeros({2}));
    EXPECT_THROW(writer.finish(), std::logic_error);  // y is missing
    EXPECT_THROW(writer.add(at::zeros({3})), std::logic_error);
  }
  EXPECT_EQ(read_file(path), "old");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1);
  SafetensorsWriter writer(path, plan, {});
  writer.add(at::zeros({2}));
  writer.add(at::arange(4, at::kFloat).slice(0, 0, 4, 2));  // strided
  writer.finish();
  EXPECT_EQ(SafetensorsFile(path).tensor("y")[1].item<float>(), 2);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1);
}

TEST(Safetensors, WriterNamesThePathItCannotWrite) {
  const TempFolder folder;
  write_file(folder / "file", "");
  EXPECT_ERROR(write_safetensors(folder / "file/a", {}), ErrorKind::kUsage, "file");
}

// ---- broken files -------------------------------------------------------------------------------------------------

TEST(BrokenSafetensors, NotASafetensorsFile) {
  const TempFolder folder;
  const auto path = folder / "x.safetensors";
  EXPECT_ERROR(SafetensorsFile(path), ErrorKind::kData, "x.safetensors", "No such file");
  write_file(path, "");
  EXPECT_ERROR(SafetensorsFile(path), ErrorKind::kData, "x.safetensors", "0 bytes", "truncated");
  write_file(path, "1234567");
  EXPECT_ERROR(SafetensorsFile(path), ErrorKind::kData, "7 bytes", "truncated");
  write_file(path, std::string(8, '\0'));
  EXPECT_ERROR(SafetensorsFile(path), ErrorKind::kData, "not a safetensors file");
  write_file(path, "version https://git-lfs.github.com/spec/v1\noid sha256:0\n");
  EXPECT_ERROR(SafetensorsFile(path), ErrorKind::kData, "Git LFS pointer", "git lfs pull");
  write_file(path, "PK\x03\x04 a zip file, say");
  EXPECT_ERROR(SafetensorsFile(path), ErrorKind::kData, "not a safetensors file");
  EXPECT_ERROR(SafetensorsFile(folder.path()), ErrorKind::kData, "folder");
}

TEST(BrokenSafetensors, Truncated) {
  const TempFolder folder;
  const auto path = folder / "x.safetensors";
  write_safetensors(path, {{"x", at::ones({4})}, {"y", at::ones({4})}});
  const auto whole = read_file(path);
  write_file(path, whole.substr(0, whole.size() - 1));
  EXPECT_ERROR(SafetensorsFile(path), ErrorKind::kData, "truncated", "need 32 bytes", "has 31");
  write_file(path, whole.substr(0, 40));
  EXPECT_ERROR(SafetensorsFile(path), ErrorKind::kData, "truncated", "the file only 40");
  write_file(path, whole + "more");
  EXPECT_ERROR(SafetensorsFile(path), ErrorKind::kData, "4 extra bytes after the last tensor");
}

TEST(BrokenSafetensors, Header) {
  const TempFolder folder;
  const auto refuse = [&](const std::string& header, std::size_t data, std::initializer_list<const char*> parts) {
    SCOPED_TRACE(header);
    const auto path = raw_file(folder, header, data);
    test::expect_error([&] { SafetensorsFile file(path); }, ErrorKind::kData, parts);
  };
  refuse("{\"x\":", 0, {"x.safetensors", "not valid JSON"});
  refuse("{}]", 0, {"not valid JSON"});
  refuse("{\"x\":3}", 0, {"\"x\"", "description 3"});
  refuse("{\"__metadata__\":{\"a\":1}}", 0, {"__metadata__", "\"a\"", "not a string"});
  refuse("{\"__metadata__\":[]}", 0, {"__metadata__"});
  refuse("{" + entry("x", "F32", "[1]", 0, 4) + "," + entry("x", "F32", "[1]", 4, 8) + "}", 8, {"\"x\" twice"});
  refuse("{" + entry("x", "F33", "[1]", 0, 4) + "}", 4, {"\"x\"", "F33", "BF16"});
  refuse("{\"x\":{\"shape\":[1],\"data_offsets\":[0,4]}}", 4, {"\"x\"", "dtype is missing"});
  refuse("{\"x\":{\"dtype\":\"F32\",\"data_offsets\":[0,4]}}", 4, {"\"x\"", "shape is missing"});
  refuse("{\"x\":{\"dtype\":\"F32\",\"shape\":[1]}}", 4, {"\"x\"", "data_offsets"});
  refuse("{" + entry("x", "F32", "[-1]", 0, 4) + "}", 4, {"\"x\"", "[-1]"});
  refuse("{" + entry("x", "F32", "[1.5]", 0, 4) + "}", 4, {"\"x\"", "[1.5]"});
  refuse("{" + entry("x", "F32", "[4294967296,4294967296,4]", 0, 4) + "}", 4, {"\"x\"", "larger than any file"});
  refuse("{\xFF}", 0, {"not valid JSON"});
  auto path = folder / "x.safetensors";
  write_file(path, std::string("\xFF\xFF\xFF\xFF\0\0\0\0{}", 10));
  EXPECT_ERROR(SafetensorsFile(path), ErrorKind::kData, "4294967295", "limit");
}

TEST(BrokenSafetensors, Ranges) {
  const TempFolder folder;
  const auto refuse = [&](const std::string& header, std::size_t data, std::initializer_list<const char*> parts) {
    SCOPED_TRACE(header);
    const auto path = raw_file(folder, "{" + header + "}", data);
    test::expect_error([&] { SafetensorsFile file(path); }, ErrorKind::kData, parts);
  };
  refuse(entry("x", "F32", "[2]", 0, 4), 4, {"\"x\"", "[2]", "F32", "8 bytes", "0 to 4"});
  refuse(entry("x", "F32", "[1]", 4, 0), 4, {"\"x\"", "4 to 0"});
  refuse(entry("x", "F32", "[2]", 0, 8) + "," + entry("y", "F32", "[2]", 4, 12), 12,
         {"\"x\"", "\"y\"", "share bytes 4 to 8"});
  refuse(entry("x", "F32", "[1]", 0, 4) + "," + entry("y", "F32", "[1]", 8, 12), 12, {"4 to 8", "\"y\"", "any tensor"});
  refuse(entry("x", "F32", "[1]", 4, 8), 8, {"0 to 4", "\"x\"", "any tensor"});
  refuse(entry("x", "F32", "[1]", 8, 12), 4, {"truncated", "need 12 bytes"});
}

// ---- memory -------------------------------------------------------------------------------------------------------

bool reset_peak_memory() {
  std::ofstream file("/proc/self/clear_refs");
  return static_cast<bool>(file << "5" << std::flush);
}

// Reading 200 MB one tensor at a time never takes more than one tensor and the mapped pages of one tensor.
TEST(SafetensorsMemory, OneTensorAtATime) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "AddressSanitizer keeps freed memory";
#endif
  constexpr std::int64_t kTensors = 10, kNumbers = 10'000'000, kStored = 2 * kNumbers, kLoaded = 4 * kNumbers;
  const TempFolder folder;
  std::string header = "{";
  for (std::int64_t i = 0; i < kTensors; ++i)
    header += fmt::format("{}\"t{}\":{{\"dtype\":\"BF16\",\"shape\":[{}],\"data_offsets\":[{},{}]}}", i ? "," : "", i,
                          kNumbers, i * kStored, (i + 1) * kStored);
  header += "}";
  header.append((8 - header.size() % 8) % 8, ' ');
  const auto path = raw_file(folder, header, 0);
  std::filesystem::resize_file(path, std::filesystem::file_size(path) + kTensors * kStored);  // sparse
  const SafetensorsFile file(path);
  file.read("t0", at::TensorOptions(at::kFloat));  // starts libtorch's threads
  const auto before = host_memory();
  if (!reset_peak_memory()) GTEST_SKIP() << "this kernel cannot reset the peak";
  for (const auto& name : file.names())
    EXPECT_EQ(file.read(name, at::TensorOptions(at::kFloat))[kNumbers - 1].item<float>(), 0);
  EXPECT_LT(peak_host_memory() - before, kStored + kLoaded + (8 << 20));
  EXPECT_LT(host_memory() - before, 8 << 20);  // and all of it is released
}

}  // namespace
}  // namespace llama32med
