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
  long status = 0;                    // 0: no response
  std::string body;                   // whole, if there is no problem
  std::string problem;                // why the transfer failed; "" if it did not
  std::optional<double> retry_after;  // in seconds, as requested by the server
};

enum class ProxyUse {
  kEnvironment,  // as http_proxy, https_proxy, all_proxy and no_proxy say
  kNone
};

// The host in a URL as it is connected to: without user and port, numeric addresses as a.b.c.d. Throws Error{kUsage}
// for a URL that cannot be understood.
std::string host_of(const std::string& url);

class HttpPosts {
 public:
  struct Target {
    std::string url;
    std::string secret_header;  // goes into each request and nowhere else; "" for none
    ProxyUse proxy = ProxyUse::kEnvironment;
    double timeout_seconds = 120;
  };
  explicit HttpPosts(const Target& target);
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
