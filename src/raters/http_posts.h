// JSON POST requests over HTTP, several at a time in one thread. Its source is the only one that uses libcurl.
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
  long status = 0;  // 0: no response; `problem` says why
  std::string body, problem;
  std::optional<double> retry_after;  // in seconds, as requested by the server
};

class HttpPosts {
 public:
  // `secret_header`, e.g. "Authorization: Bearer ...", goes into each request and nowhere else; "" for none.
  HttpPosts(std::string url, const std::string& secret_header, double timeout_seconds);
  ~HttpPosts();
  HttpPosts(const HttpPosts&) = delete;
  HttpPosts& operator=(const HttpPosts&) = delete;

  void start(std::size_t id, std::string body);
  std::vector<HttpReply> wait(std::chrono::milliseconds at_most);  // finished requests, possibly none
  std::size_t active() const;

 private:
  struct Transfer;
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace llama32med
