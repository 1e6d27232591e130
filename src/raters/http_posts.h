// JSON posts over HTTP, several under way at a time in one thread. The one place that knows libcurl.
#pragma once
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace llama32med {

struct HttpReply {
  std::size_t id = 0;
  long status = 0;  // 0: no answer came; `problem` says why
  std::string body, problem;
  std::optional<double> retry_after;  // seconds, as the server asks
};

class HttpPosts {
 public:
  // `secret_header`, "Authorization: Bearer ...", goes into each request and nowhere else; "" for none.
  HttpPosts(std::string url, const std::string& secret_header, double timeout_seconds);
  ~HttpPosts();
  HttpPosts(const HttpPosts&) = delete;
  HttpPosts& operator=(const HttpPosts&) = delete;

  void start(std::size_t id, std::string body);
  std::vector<HttpReply> wait(std::chrono::milliseconds at_most);  // those that ended; may be none
  std::size_t active() const;

 private:
  struct Transfer;
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace llama32med
