// What a program that uses the installed libraries needs, by task. Each header can be included on its own; all other
// installed headers serve these and may change. Link the library in parentheses: it brings those it builds on.
#pragma once

// Errors, devices
#include "llama32med/core/error.h"     // Error{kind}: what is wrong, where, and what to do (llama32med::core)
#include "llama32med/tensor/device.h"  // CPU or GPU, memory (llama32med::tensor)

// Ask a model about images (llama32med::generate)
#include "llama32med/batch/collator.h"         // images and padded rows of text as model input
#include "llama32med/generate/generator.h"     // answers prompts, by sampling or from given choices
#include "llama32med/image/image_processor.h"  // an image file to resized and tiled pixels
#include "llama32med/models/backbone.h"        // the model: images to memory, text and memory to logits
#include "llama32med/models/backbone_kind.h"   // loads model, tokenizer and processor from a Hugging Face folder
#include "llama32med/text/chat.h"              // turns of a conversation to token ids
#include "llama32med/text/prompt_template.h"   // prompt files with slots
#include "llama32med/text/tokenizer.h"         // text to token ids and back

// Adapters (llama32med::peft)
#include "llama32med/peft/adapter_chooser.h"  // a model with an adapter: pass it to load_backbone()
#include "llama32med/peft/adapter_folder.h"   // an adapter in PEFT's format
#include "llama32med/peft/merge.h"            // merges it into the weights

// Read datasets (llama32med::data)
#include "llama32med/data/dataset.h"         // VQA-RAD, SLAKE, PathVQA, ROCOv2 and records.jsonl
#include "llama32med/data/record.h"          // one question or caption about one image
#include "llama32med/data/sample_encoder.h"  // a record as token ids, labels and an image

// Predict and score (llama32med::predict, llama32med::scoring, llama32med::report)
#include "llama32med/predict/predictor.h"          // a model answers a dataset
#include "llama32med/report/run_report.h"          // report.json, report.md and report.html
#include "llama32med/scoring/prediction_reader.h"  // predictions of any program
#include "llama32med/scoring/protocol.h"           // one answer in, a score out
#include "llama32med/scoring/score_table.h"        // scores of a run, with intervals

// Train (llama32med::train)
#include "llama32med/train/trainer.h"    // optimizer steps
#include "llama32med/train/two_phase.h"  // the gradient of a step: text in parts, vision once per image
