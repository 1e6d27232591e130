#include "app/common/shapes_only.h"

#include <ATen/ops/zeros.h>

#include "llama32med/core/config_json.h"
#include "llama32med/models/model_folder.h"

namespace llama32med {
namespace {

class ShapesOnly final : public WeightSource {
 public:
  explicit ShapesOnly(const WeightSource& base) : base_(&base) {}
  bool has(const std::string& name) const override { return base_->has(name); }
  TensorInfo info(const std::string& name) const override { return base_->info(name); }
  at::Tensor read(const std::string& name, const at::TensorOptions& target) const override {
    return at::zeros({1}, target).expand(info(name).shape);
  }
  std::vector<std::string> names() const override { return base_->names(); }
  std::string where() const override { return base_->where(); }

 private:
  const WeightSource* base_;
};

}  // namespace

std::unique_ptr<Backbone> load_without_values(const Checkpoint& checkpoint, const std::filesystem::path& folder,
                                              const LinearChooser& linears) {
  const auto config = read_model_config(folder);
  return load_backbone({config, (folder / "config.json").string(), ShapesOnly(checkpoint)}, {}, at::dtype(at::kFloat),
                       &linears);
}

}  // namespace llama32med
