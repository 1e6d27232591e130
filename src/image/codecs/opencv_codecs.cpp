// libllama32med_codecs.so: the only source that uses OpenCV.
#include <limits>
#include <new>
#include <opencv2/core.hpp>
#include <opencv2/core/utils/logger.hpp>
#include <opencv2/imgcodecs.hpp>
#include <utility>
#include <vector>

#include "image/codecs/codecs.h"

namespace llama32med {
namespace {

constexpr std::int64_t kUnlimited = std::numeric_limits<std::int64_t>::max();
thread_local std::int64_t most_elements = kUnlimited;  // in a matrix, while a file is decoded

class ElementLimit {
 public:
  explicit ElementLimit(std::int64_t most) { most_elements = most; }
  ~ElementLimit() { most_elements = kUnlimited; }
  ElementLimit(const ElementLimit&) = delete;
  ElementLimit& operator=(const ElementLimit&) = delete;
};

// Refuses images that are larger than the header that was checked: a codec may read its file differently.
class BoundedAllocator final : public cv::MatAllocator {
 public:
  cv::UMatData* allocate(int dims, const int* sizes, int type, void* data, std::size_t* step, cv::AccessFlag access,
                         cv::UMatUsageFlags usage) const override {
    std::int64_t elements = 1;
    for (int i = 0; i < dims; ++i) elements *= sizes[i];
    if (elements > most_elements)
      throw cv::Exception(cv::Error::StsOutOfRange, "an image larger than its header says", __func__, __FILE__,
                          __LINE__);
    return cv::Mat::getStdAllocator()->allocate(dims, sizes, type, data, step, access, usage);
  }
  bool allocate(cv::UMatData* data, cv::AccessFlag access, cv::UMatUsageFlags usage) const override {
    return cv::Mat::getStdAllocator()->allocate(data, access, usage);
  }
  void deallocate(cv::UMatData* data) const override { cv::Mat::getStdAllocator()->deallocate(data); }
};

bool prepare_opencv() {
  static BoundedAllocator allocator;
  cv::Mat::setDefaultAllocator(&allocator);
  cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
  return true;
}

template <class Work>
CodecStatus status_of(Work work) {
  try {
    return work() ? CodecStatus::kDone : CodecStatus::kBroken;
  } catch (const std::bad_alloc&) {
    return CodecStatus::kNoMemory;
  } catch (const cv::Exception& error) {
    return error.code == cv::Error::StsNoMem ? CodecStatus::kNoMemory : CodecStatus::kBroken;
  } catch (...) {
    return CodecStatus::kBroken;
  }
}

int flags_for(int divisor) {
  const int reduced = divisor == 2   ? cv::IMREAD_REDUCED_COLOR_2
                      : divisor == 4 ? cv::IMREAD_REDUCED_COLOR_4
                                     : cv::IMREAD_REDUCED_COLOR_8;
  return divisor == 1 ? static_cast<int>(cv::IMREAD_UNCHANGED) : reduced | cv::IMREAD_IGNORE_ORIENTATION;
}

Raster raster_of(cv::Mat image) {
  const auto owner = std::make_shared<const cv::Mat>(std::move(image));
  Raster raster{.size = {owner->rows, owner->cols},
                .channels = owner->channels(),
                .type = static_cast<SampleType>(owner->depth()),
                .row_bytes = owner->step};
  raster.data = reinterpret_cast<const std::byte*>(owner->data);
  raster.owner = owner;
  return raster;
}

CodecStatus decode(std::string_view file, const DecodeRequest& request, Raster& raster) {
  [[maybe_unused]] static const bool prepared = prepare_opencv();
  return status_of([&] {
    if (file.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) return false;
    const cv::Mat view(1, static_cast<int>(file.size()), CV_8U, const_cast<char*>(file.data()));
    const ElementLimit limit(request.max_pixels);
    auto image = cv::imdecode(view, flags_for(request.divisor));
    if (image.empty() || image.depth() > CV_64F) return false;
    raster = raster_of(std::move(image));
    return true;
  });
}

CodecStatus encode_jpeg(const Picture& picture, int quality, std::string& file) {
  return status_of([&] {
    const int rows = static_cast<int>(picture.size.height), columns = static_cast<int>(picture.size.width);
    cv::Mat image(rows, columns, picture.channels == 1 ? CV_8UC1 : CV_8UC3,
                  const_cast<std::uint8_t*>(picture.pixels.data()));
    std::vector<std::uint8_t> swapped;  // OpenCV's order is BGR
    if (picture.channels == 3) {
      swapped = picture.pixels;
      for (std::size_t i = 0; i < swapped.size(); i += 3) std::swap(swapped[i], swapped[i + 2]);
      image = cv::Mat(rows, columns, CV_8UC3, swapped.data());
    }
    std::vector<std::uint8_t> bytes;
    cv::imencode(".jpg", image, bytes, {cv::IMWRITE_JPEG_QUALITY, quality, cv::IMWRITE_JPEG_OPTIMIZE, 1});
    file.assign(bytes.begin(), bytes.end());
    return true;
  });
}

}  // namespace
}  // namespace llama32med

extern "C" [[gnu::visibility("default")]] const llama32med::Codecs llama32med_codecs_1 = {
    .decode = llama32med::decode, .encode_jpeg = llama32med::encode_jpeg};
