#include "llama32med/scoring/item_json.h"

#include <gtest/gtest.h>

#include "llama32med/core/config_json.h"

namespace llama32med::test {
namespace {

Item full_item() {
  Item item;
  auto& record = item.record;
  record.id = "7", record.image_id = "x.jpg", record.image = "data/x.jpg", record.question = "Q?";
  record.answer = "Left", record.answer_type = "OPEN", record.split = "test", record.fields = {{"modality", "CT"}};
  item.prediction = {.id = "7",
                     .text = "left",
                     .finish_reason = "stop",
                     .image_sha256 = "ab",
                     .prompt_tokens = 20,
                     .new_tokens = 3,
                     .log_probability = -2.0,
                     .p_yes = 0.25,
                     .p_no = 0.75};
  return item;
}

TEST(ItemJson, ReadsBackWhatItWrote) {
  const auto line = item_json(full_item());
  const Item again{record_from_json(line), prediction_from_json(line)};
  EXPECT_EQ(item_json(again), line);
  EXPECT_EQ(line["logprob_mean"], -0.5);  // three tokens and the end token
  EXPECT_EQ(again.record.fields, full_item().record.fields);
}

TEST(ItemJson, WhatIsUnknownIsAbsent) {
  Item item;
  item.record.id = "1", item.prediction.text = "a";
  const auto line = item_json(item);
  for (const auto* key : {"p_yes", "logprob_sum", "finish_reason", "fields", "error", "image"})
    EXPECT_FALSE(line.contains(key)) << key;
}

}  // namespace
}  // namespace llama32med::test
