#include "llama32med/scoring/protocol.h"

#include <algorithm>

#include "llama32med/core/error.h"
#include "llama32med/core/strings.h"
#include "scoring/protocols/protocols.h"

namespace llama32med {
namespace {

// A new protocol is a file in protocols/ and a line here.
const std::vector<Protocol>& protocols() {
  static const std::vector<Protocol> table = {
      paper_protocol(),           paper_human_protocol(),       strict_em_protocol(),  plain_protocol(),
      vqa_norm_protocol(),        vqa_norm_freeform_protocol(), relaxed_protocol(),    token_f1_protocol(),
      llava_med_protocol(),       llava_med_batch_protocol(),   lmms_slake_protocol(), medevalkit_protocol(),
      pathvqa_official_protocol()};
  return table;
}

std::string_view type_name(TypeRule rule) {
  if (rule == TypeRule::kYesNo) return "yesno";
  return rule == TypeRule::kAnnotated ? "annotated-else-yesno" : "annotated-in-slake-else-yesno";
}

std::string label_part(std::string label) {
  if (label.empty()) return "";
  std::ranges::replace_if(
      label, [](char c) { return c == '|' || c == '\n' || c == '\r'; }, '_');
  return fmt::format("|label:{}", label);
}

}  // namespace

const std::vector<std::string>& protocol_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> list;
    for (const auto& entry : protocols()) list.push_back(entry.name);
    return list;
  }();
  return names;
}

const Protocol& protocol(std::string_view name) {
  for (const auto& entry : protocols())
    if (entry.name == name) return entry;
  const auto& names = protocol_names();
  throw usage_error("protocol \"{}\" is not known{}; known are {}", name, did_you_mean(name, names), join(names, ", "));
}

std::vector<const Protocol*> chosen_protocols(const std::vector<std::string>& names) {
  std::vector<const Protocol*> chosen;
  for (const auto& name : names == std::vector<std::string>{"all"} ? protocol_names() : names) {
    const auto* rule = &protocol(name);
    if (std::ranges::count(chosen, rule) > 0) throw usage_error("protocol \"{}\" is given twice", name);
    chosen.push_back(rule);
  }
  return chosen;
}

std::string signature(const Protocol& protocol, const ScoredSet& set) {
  static constexpr std::size_t kDigits = 12;  // digits of the SHA-256: enough to distinguish tables
  return fmt::format("vqa|proto:{}-{}|type:{}|extract:{}|split:{}-{}-{}{}|n:{}|decode:{}|tables:{}{}", protocol.name,
                     protocol.version, type_name(protocol.type_rule),
                     protocol.extract_rule == ExtractRule::kTemplate ? "template" : "none", set.dataset, set.split,
                     set.records, label_part(set.label), set.scored, set.decode,
                     protocol.tables_sha256().substr(0, kDigits), set.settings.empty() ? "" : "|" + set.settings);
}

}  // namespace llama32med
