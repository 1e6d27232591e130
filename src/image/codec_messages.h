// Keeps what the codecs say from the user's terminal, and keeps it for our own error.
//
// libjpeg and libpng write complaints with fprintf(stderr), OpenCV with std::cerr; OpenCV lets nobody set their
// handlers. So the first CodecMessages puts a filter before stderr and std::cerr, once for the process: what a thread
// writes while it holds a CodecMessages is kept there, everything else passes through unchanged. Threads do not disturb
// each other and no lock is held while decoding. One side effect: fileno(stderr) is -1 from then on, so ask
// isatty(STDERR_FILENO). Where the C library is not glibc there is no filter, and libjpeg's warnings are seen.
#pragma once
#include <string>

namespace llama32med {

class CodecMessages {
 public:
  CodecMessages();
  ~CodecMessages();
  CodecMessages(const CodecMessages&) = delete;
  CodecMessages& operator=(const CodecMessages&) = delete;

  const std::string& text() const { return text_; }  // at most 4 KiB, lines as they came

 private:
  std::string text_;
  std::string* outer_;
};

}  // namespace llama32med
