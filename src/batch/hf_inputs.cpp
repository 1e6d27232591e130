#include "llama32med/batch/hf_inputs.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "llama32med/core/error.h"

namespace llama32med {
namespace {

void require_shape(const char* name, const at::Tensor& tensor, at::IntArrayRef shape) {
  if (!tensor.defined()) throw data_error("inputs: \"{}\" is missing", name);
  if (tensor.sizes() != shape)
    throw data_error("inputs: \"{}\" has shape [{}], expected [{}]", name, fmt::join(tensor.sizes(), ", "),
                     fmt::join(shape, ", "));
}

void require_integers(const char* name, const at::Tensor& tensor) {
  if (tensor.defined() && !c10::isIntegralType(tensor.scalar_type(), /*includeBool=*/false))
    throw data_error("inputs: \"{}\" has dtype {}, expected integers", name, c10::toString(tensor.scalar_type()));
}

std::vector<std::int64_t> row_lengths(const HfInputs& in) {
  const auto rows = in.input_ids.size(0), length = in.input_ids.size(1);
  if (!in.attention_mask.defined()) return std::vector<std::int64_t>(static_cast<std::size_t>(rows), length);
  require_shape("attention_mask", in.attention_mask, {rows, length});
  std::vector<std::int64_t> lengths;
  for (std::int64_t b = 0; b < rows; ++b) {
    const auto row = in.attention_mask.select(0, b);
    const auto count = row.ne(0).sum().item<std::int64_t>();
    if (count == 0) throw data_error("inputs: row {} of \"attention_mask\" has no tokens", b);
    if (row.narrow(0, 0, count).ne(0).sum().item<std::int64_t>() != count)
      throw data_error("inputs: row {} of \"attention_mask\" is not padded on the right", b);
    lengths.push_back(count);
  }
  return lengths;
}

std::vector<std::int64_t> row_ids(const HfInputs& in, std::int64_t row, std::int64_t length) {
  const auto ids = in.input_ids.select(0, row).to(at::kLong).contiguous();
  return {ids.const_data_ptr<std::int64_t>(), ids.const_data_ptr<std::int64_t>() + length};
}

class Converter {
 public:
  Converter(const HfInputs& in, std::int64_t image_token, AbsentImages absent)
      : in_(in), image_token_(image_token), absent_(absent) {}

  HfBatch convert() {
    if (!in_.input_ids.defined() || in_.input_ids.dim() != 2)
      throw data_error("inputs: \"input_ids\" [rows, tokens] is missing or does not have two dimensions");
    if (in_.input_ids.numel() == 0) throw data_error("inputs: \"input_ids\" has no tokens");
    require_integers("input_ids", in_.input_ids);
    require_integers("aspect_ratio_ids", in_.aspect_ratio_ids);
    batch_.text.ids = in_.input_ids.to(at::kLong);
    batch_.text.lengths = row_lengths(in_);
    if (in_.pixel_values.defined()) check_images();
    for (std::int64_t row = 0; row < in_.input_ids.size(0); ++row) add_row(row);
    return std::move(batch_);
  }

 private:
  void check_images() {
    const auto rows = in_.input_ids.size(0);
    if (in_.pixel_values.dim() != 6 || in_.pixel_values.size(0) != rows || in_.pixel_values.size(3) != 3 ||
        in_.pixel_values.size(4) != in_.pixel_values.size(5) || !c10::isFloatingType(in_.pixel_values.scalar_type()))
      throw data_error("inputs: \"pixel_values\" must be floating-point numbers [{}, images, tiles, 3, side, side]",
                       rows);
    slots_ = in_.pixel_values.size(1);
    tiles_ = in_.pixel_values.size(2);
    require_shape("aspect_ratio_ids", in_.aspect_ratio_ids, {rows, slots_});
    require_shape("aspect_ratio_mask", in_.aspect_ratio_mask, {rows, slots_, tiles_});
    if (in_.cross_attention_mask.defined())
      require_shape("cross_attention_mask", in_.cross_attention_mask, {rows, in_.input_ids.size(1), slots_, tiles_});
  }

  void add_row(std::int64_t row) {
    ImageRun images{static_cast<std::int64_t>(batch_.images.size()), 0};
    for (std::int64_t slot = 0; slot < slots_; ++slot) images.count += add_image(row, slot);
    batch_.text.row_images.push_back(images);
    const auto length = batch_.text.lengths[static_cast<std::size_t>(row)];
    const auto ids = row_ids(in_, row, length);
    if (std::count(ids.begin(), ids.end(), image_token_) > images.count)
      throw data_error("inputs: row {} has more image tokens than images", row);
    const std::vector<std::int64_t> one_token_each(static_cast<std::size_t>(images.first + images.count), 1);
    for (const auto& span : image_spans(ids, image_token_, row, images, one_token_each))
      batch_.text.spans.push_back(span);
    if (!in_.cross_attention_mask.defined()) return;
    const auto seen = masked_segments(row, length, images);
    if (!batch_.text.seen) batch_.text.seen.emplace();
    batch_.text.seen->insert(batch_.text.seen->end(), seen.begin(), seen.end());
  }

  std::int64_t add_image(std::int64_t row, std::int64_t slot) {
    const auto id = in_.aspect_ratio_ids.select(0, row).select(0, slot).item<std::int64_t>();
    if (id == 0 && absent_ == AbsentImages::kDrop) return 0;
    const auto count = id == 0 ? 1 : real_tiles(row, slot);
    const auto pixels = in_.pixel_values.select(0, row).select(0, slot).narrow(0, 0, count);
    batch_.images.push_back({pixels, id, {1, {1, count}}});
    batch_.slots.push_back(row * slots_ + slot);
    return 1;
  }

  std::int64_t real_tiles(std::int64_t row, std::int64_t slot) const {
    const auto mask = in_.aspect_ratio_mask.select(0, row).select(0, slot).ne(0);
    const auto count = mask.sum().item<std::int64_t>();
    if (count == 0 || mask.narrow(0, 0, count).sum().item<std::int64_t>() != count)
      throw data_error("inputs: \"aspect_ratio_mask\" for row {}, image {} is not ones, then zeros", row, slot);
    return count;
  }

  // Runs of tokens that see the same images. With kDrop, the slots of a row are the images it has, in order.
  std::vector<Segment> masked_segments(std::int64_t row, std::int64_t length, const ImageRun& images) const {
    const auto seen = in_.cross_attention_mask.select(0, row).ne(0).any(-1).to(at::kLong).contiguous();  // [L, M]
    std::vector<Segment> segments;
    for (std::int64_t t = 0; t < length; ++t) {
      const auto run = visible_run(seen.const_data_ptr<std::int64_t>() + t * slots_, row, t, images.first);
      if (run.count == 0) continue;
      if (!segments.empty() && segments.back().end == t && segments.back().images == run)
        segments.back().end = t + 1;
      else
        segments.push_back({row, t, t + 1, run});
    }
    return segments;
  }

  ImageRun visible_run(const std::int64_t* seen, std::int64_t row, std::int64_t token, std::int64_t first_image) const {
    ImageRun run;
    for (std::int64_t slot = 0; slot < slots_; ++slot) {
      if (!seen[slot]) continue;
      if (run.count > 0 && slot != run.first + run.count)
        throw data_error("inputs: \"cross_attention_mask\" lets token {} of row {} see images that are not consecutive",
                         token, row);
      if (run.count++ == 0) run.first = slot;
    }
    return {first_image + run.first, run.count};
  }

  const HfInputs& in_;
  std::int64_t image_token_;
  AbsentImages absent_;
  std::int64_t slots_ = 0, tiles_ = 0;
  HfBatch batch_;
};

}  // namespace

HfBatch batch_from_hf(const HfInputs& inputs, std::int64_t image_token, AbsentImages absent_images) {
  return Converter(inputs, image_token, absent_images).convert();
}

}  // namespace llama32med
