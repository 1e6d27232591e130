#include "raters/http_posts.h"

#include "llama32med/core/error.h"

#ifdef LLAMA32MED_CURL
#include <curl/curl.h>

#include <map>
#include <stdexcept>

namespace llama32med {
namespace {

constexpr std::size_t kLargestAnswer = std::size_t{16} << 20;
constexpr long kConnectSeconds = 20;

struct EasyEnd {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
struct MultiEnd {
  void operator()(CURLM* handle) const { curl_multi_cleanup(handle); }
};
struct ListEnd {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using Headers = std::unique_ptr<curl_slist, ListEnd>;

Headers headers_with(const std::string& secret) {
  curl_slist* list = curl_slist_append(nullptr, "Content-Type: application/json");
  list = curl_slist_append(list, "Expect:");  // avoids a round trip before the body
  if (!secret.empty()) list = curl_slist_append(list, secret.c_str());
  return Headers(list);
}

struct Received {
  std::string body;
  bool too_large = false;
};

std::size_t take_bytes(char* data, std::size_t size, std::size_t count, void* into) {
  auto& received = *static_cast<Received*>(into);
  received.too_large = received.body.size() + size * count > kLargestAnswer;
  if (received.too_large) return 0;  // aborts the transfer
  received.body.append(data, size * count);
  return size * count;
}

struct UrlEnd {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};

}  // namespace

std::string host_of(const std::string& url) {
  const std::unique_ptr<CURLU, UrlEnd> parsed(curl_url());
  char* host = nullptr;
  const auto failed = curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0);
  if (failed != CURLUE_OK || curl_url_get(parsed.get(), CURLUPART_HOST, &host, 0) != CURLUE_OK)
    throw usage_error("--base-url {}: is not a URL ({})", url, curl_url_strerror(failed));
  std::string name(host);
  curl_free(host);
  return name;
}

struct HttpPosts::Transfer {
  std::unique_ptr<CURL, EasyEnd> easy;
  std::string request;
  Received received;
};

struct HttpPosts::State {
  Target target;
  Headers headers;
  std::map<std::size_t, Transfer> transfers;
  std::unique_ptr<CURLM, MultiEnd> multi;  // declared last, so destroyed first
};

HttpPosts::HttpPosts(const Target& target) {
  curl_global_init(CURL_GLOBAL_DEFAULT);
  state_ = std::make_unique<State>(State{target, headers_with(target.secret_header)});
  state_->multi.reset(curl_multi_init());
  if (!state_->multi) throw std::runtime_error("libcurl gave no handle");
}

HttpPosts::~HttpPosts() {
  for (const auto& [id, transfer] : state_->transfers)
    curl_multi_remove_handle(state_->multi.get(), transfer.easy.get());
}

std::size_t HttpPosts::active() const { return state_->transfers.size(); }

void HttpPosts::start(std::size_t id, std::string body) {
  auto& transfer = state_->transfers[id];
  transfer.easy.reset(curl_easy_init());
  if (!transfer.easy) throw std::runtime_error("libcurl gave no handle");
  transfer.request = std::move(body);
  auto* easy = transfer.easy.get();
  curl_easy_setopt(easy, CURLOPT_URL, state_->target.url.c_str());
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  if (state_->target.proxy == ProxyUse::kNone) curl_easy_setopt(easy, CURLOPT_PROXY, "");
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, state_->headers.get());
  curl_easy_setopt(easy, CURLOPT_POSTFIELDS, transfer.request.c_str());
  curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(transfer.request.size()));
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_bytes);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &transfer.received);
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(1000 * state_->target.timeout_seconds));
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, kConnectSeconds);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_PRIVATE, static_cast<void*>(nullptr));
  curl_multi_add_handle(state_->multi.get(), easy);
}

std::vector<HttpReply> HttpPosts::wait(std::chrono::milliseconds at_most) {
  int running = 0, left = 0;
  curl_multi_perform(state_->multi.get(), &running);
  if (static_cast<std::size_t>(running) == state_->transfers.size())  // nothing has finished yet
    curl_multi_poll(state_->multi.get(), nullptr, 0, static_cast<int>(at_most.count()), nullptr);
  curl_multi_perform(state_->multi.get(), &running);
  std::vector<HttpReply> replies;
  while (const CURLMsg* message = curl_multi_info_read(state_->multi.get(), &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const auto result = message->data.result;
    for (auto& [id, transfer] : state_->transfers) {
      if (transfer.easy.get() != message->easy_handle) continue;
      HttpReply reply{.id = id, .body = std::move(transfer.received.body)};
      curl_easy_getinfo(transfer.easy.get(), CURLINFO_RESPONSE_CODE, &reply.status);
      if (transfer.received.too_large)
        reply.problem = fmt::format("the answer is larger than {} MiB", kLargestAnswer >> 20);
      else if (result != CURLE_OK)
        reply.problem = curl_easy_strerror(result);
      curl_off_t pause = 0;
      if (curl_easy_getinfo(transfer.easy.get(), CURLINFO_RETRY_AFTER, &pause) == CURLE_OK && pause > 0)
        reply.retry_after = static_cast<double>(pause);
      replies.push_back(std::move(reply));
    }
    curl_multi_remove_handle(state_->multi.get(), message->easy_handle);
    state_->transfers.erase(replies.back().id);
  }
  return replies;
}

}  // namespace llama32med

#else  // portable builds have no libcurl

namespace llama32med {

struct HttpPosts::State {};

std::string host_of(const std::string&) { return ""; }

HttpPosts::HttpPosts(const Target&) {
  throw usage_error(
      "this program was built without libcurl; use `judge export`, run the requests elsewhere, and `judge import` "
      "the answers");
}
HttpPosts::~HttpPosts() = default;
void HttpPosts::start(std::size_t, std::string) {}
std::vector<HttpReply> HttpPosts::wait(std::chrono::milliseconds) { return {}; }
std::size_t HttpPosts::active() const { return 0; }

}  // namespace llama32med
#endif
