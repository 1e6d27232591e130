// How the loader combines all our libraries. Compilers and linkers report none of these three faults, and programs seem
// to work with them. For the reasons see scripts/cmake/README.md, "Three silent traps".
#include <ATen/core/Tensor.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/ones.h>
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <sentencepiece_processor.h>
#include <sentencepiece_trainer.h>
#include <spdlog/spdlog.h>  // trap 1: does not compile where the fmt headers of libtorch's wheel hide the system's

#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "image/decode.h"
#include "llama32med/core/error.h"
#include "llama32med/image/png.h"

namespace llama32med {
namespace {

// The library that `symbol` is bound to in this process.
std::string home_of(const char* symbol) {
  void* address = ::dlsym(RTLD_DEFAULT, symbol);
  Dl_info info{};
  return address && ::dladdr(address, &info) ? info.dli_fname : "";
}

std::set<std::string> loaded_libraries(const std::string& part) {
  std::set<std::string> found;
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);)
    if (const auto slash = line.find('/'); slash != line.npos && line.find(part, slash) != line.npos)
      found.insert(line.substr(slash));
  return found;
}

Picture noise() {
  Picture picture{{5, 7}, 3, {}};
  for (unsigned i = 0; i < 5 * 7 * 3; ++i) picture.pixels.push_back(static_cast<std::uint8_t>(i * 2654435761U >> 13));
  return picture;
}

// OpenCV and its libraries come into the process with the first image, as in the program: before every test here.
class CodecsAreLoaded : public testing::Environment {
 public:
  void SetUp() override {
    ASSERT_TRUE(loaded_libraries("libopencv_core").empty());
    decode_image_bytes(encode_png(noise()), "noise.png", {});
    ASSERT_FALSE(loaded_libraries("llama32med_codecs").empty());
  }
};
const testing::Environment* const kCodecsAreLoaded = testing::AddGlobalTestEnvironment(new CodecsAreLoaded);

// A fixed list of sentences for the trainer.
class Sentences : public sentencepiece::SentenceIterator {
 public:
  bool done() const override { return next_ == lines_.size(); }
  void Next() override { ++next_; }
  const std::string& value() const override { return lines_[next_]; }
  sentencepiece::util::Status status() const override { return {}; }

 private:
  std::vector<std::string> lines_ = {"is there a fracture", "is there an effusion", "which side is the lesion on"};
  std::size_t next_ = 0;
};

TEST(Process, LogsWithTheFmtOfTheSystem) {
  EXPECT_EQ(fmt::format("{}", data_error("{}: {}", "a.json", 1).what()), "a.json: 1");
  EXPECT_EQ(spdlog::level::to_string_view(spdlog::level::warn), "warning");
}

TEST(Process, SentencePieceDoesNotWriteIntoLibtorch) {  // trap 2
  std::string model;
  Sentences sentences;
  const auto trained = sentencepiece::SentencePieceTrainer::Train(
      "--vocab_size=40 --model_type=bpe --hard_vocab_limit=false --minloglevel=2", &sentences, &model);
  ASSERT_TRUE(trained.ok()) << trained.ToString();
  sentencepiece::SentencePieceProcessor processor;
  ASSERT_TRUE(processor.LoadFromSerializedProto(model).ok());
  EXPECT_FALSE(processor.EncodeAsIds("is there a lesion").empty());

  const auto* flag = static_cast<const int*>(::dlsym(RTLD_DEFAULT, "FLAGS_minloglevel"));
  const auto* neighbor = static_cast<const unsigned char*>(::dlsym(RTLD_DEFAULT, "FLAGS_caffe2_use_fatal_for_enforce"));
  ASSERT_TRUE(flag && neighbor);
  EXPECT_EQ(*neighbor, 0) << "sentencepiece has written over libc10's flags; llama32med_load_order() is missing";
  const bool flag_is_libtorchs = home_of("FLAGS_minloglevel").find("libc10") != std::string::npos;
  EXPECT_TRUE(!flag_is_libtorchs || *flag == 0);
}

TEST(Process, MatrixProductsRunInLibtorchsBlas) {  // trap 3
  EXPECT_EQ(at::matmul(at::ones({2, 3}), at::ones({3, 2})).sum().item<double>(), 12.0);
  EXPECT_NE(home_of("sgemm_").find("libtorch_cpu"), std::string::npos)
      << home_of("sgemm_") << " does them, ten times slower; a program must link libtorch_cpu itself";
}

TEST(Process, HasOneOpenMp) { EXPECT_EQ(loaded_libraries("libgomp").size(), 1u); }

TEST(Process, CodecsReadWhatTheyWrite) {
  const auto picture = noise();
  EXPECT_EQ(decode_image_bytes(encode_png(picture), "noise.png", {}).pixels, picture.pixels);
  EXPECT_EQ(decode_image_bytes(encode_jpeg(picture, 90), "noise.jpg", {}).size, picture.size);
}

}  // namespace
}  // namespace llama32med
