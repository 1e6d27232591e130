// Captures messages of image codecs for our own errors instead of letting them reach the user's terminal.
//
// libjpeg and libpng write messages with fprintf(stderr), OpenCV with std::cerr, and OpenCV does not expose their
// handlers. So the first CodecMessages installs a filter on stderr and std::cerr, once per process: what a thread
// writes while it holds a CodecMessages is captured there, everything else passes through unchanged. Threads do not
// affect each other and no lock is held while decoding. One side effect: fileno(stderr) is -1 from then on, so use
// isatty(STDERR_FILENO). Without glibc there is no filter, and libjpeg's warnings are visible.
#pragma once
#include <string>

namespace llama32med {

class CodecMessages {
 public:
  CodecMessages();
  ~CodecMessages();
  CodecMessages(const CodecMessages&) = delete;
  CodecMessages& operator=(const CodecMessages&) = delete;

  const std::string& text() const { return text_; }  // at most 4 KiB, unchanged

 private:
  std::string text_;
  std::string* outer_;
};

}  // namespace llama32med
