#include "raters/judge_route.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "llama32med/core/error.h"
#include "llama32med/core/strings.h"

namespace llama32med {
namespace {

std::string environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value ? std::string(trim(value)) : "";
}

std::string key_of(const std::string& variable) {
  if (variable.empty()) return "";
  auto key = environment(variable);
  if (key.empty())
    throw usage_error(
        "the environment variable {} is not set; it must contain the key of the judge's server (or choose another "
        "variable with --key-variable, \"\" for a server without keys)",
        variable);
  if (std::ranges::any_of(key, [](char c) { return c <= ' ' || c >= 0x7F || c == '"' || c == '\\'; }))
    throw usage_error("the key in {} contains spaces, quotes or other characters that are not allowed in a key",
                      variable);
  return key;
}

std::string url_of(const std::string& base_url) {
  auto url = base_url.substr(0, base_url.find_last_not_of('/') + 1);
  if (!url.starts_with("http://") && !url.starts_with("https://"))
    throw usage_error("--base-url {}: must begin with http:// or https://", base_url);
  if (url.ends_with("/chat/completions")) return url;
  if (url.find('/', url.find("://") + 3) == url.npos) url += "/v1";
  url += "/chat/completions";
  return url;
}

// ---- this machine, and proxies -------------------------------------------------------------------------------------

bool is_numeric_loopback(const std::string& host) {  // 127.0.0.0/8, as libcurl writes numeric addresses
  const auto parts = split(host, '.');
  const auto is_number = [](const std::string& part) {
    return !part.empty() && part.size() <= 3 && part.find_first_not_of("0123456789") == part.npos;
  };
  return parts.size() == 4 && parts[0] == "127" && std::ranges::all_of(parts, is_number);
}

bool is_this_machine(const std::string& host) {
  return host == "localhost" || host == "[::1]" || is_numeric_loopback(host);
}

// Whether no_proxy excludes the host: "*", the host, or a domain above it.
bool is_excluded(const std::string& host) {
  auto list = environment("no_proxy");
  if (list.empty()) list = environment("NO_PROXY");
  std::ranges::replace(list, ' ', ',');
  for (const auto& entry : split(ascii_lower(list), ',')) {
    const auto name = entry.substr(entry.starts_with('.') ? 1 : 0);
    if (name == "*" || (!name.empty() && (host == name || host.ends_with("." + name)))) return true;
  }
  return false;
}

// The variable that names a proxy for this URL, by libcurl's rules; "" if there is none.
std::string proxy_variable(const std::string& url) {
  static const std::vector<std::string> kHttp = {"http_proxy", "all_proxy", "ALL_PROXY"};
  static const std::vector<std::string> kHttps = {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"};
  for (const auto& name : url.starts_with("https") ? kHttps : kHttp)
    if (!environment(name).empty()) return name;
  return "";
}

ProxyUse proxy_use(const JudgeEndpoint& endpoint, const std::string& url, const std::string& host) {
  if (endpoint.key_variable.empty() || endpoint.key_through_proxy == KeyPath::kAllowed) return ProxyUse::kEnvironment;
  if (is_excluded(host)) return ProxyUse::kNone;
  if (const auto variable = proxy_variable(url); !variable.empty())
    throw usage_error(
        "{}: the environment variable {} names a proxy, which would carry the key in {}; exclude this host with "
        "no_proxy, or allow it with --key-through-proxy",
        url, variable, endpoint.key_variable);
  return ProxyUse::kNone;
}

// ---- spellings of the key ------------------------------------------------------------------------------------------

// The length of the spelling of `c` with which `rest` begins; 0 if it begins with another character.
std::size_t length_of_spelling(std::string_view rest, char c) {
  const auto backslashes = std::min(rest.find_first_not_of('\\'), rest.size());  // more than one: escaped again
  const auto after = ascii_lower(rest.substr(backslashes, 8));
  const auto lower = ascii_lower(std::string_view(&c, 1));
  const auto code = static_cast<unsigned char>(c);
  if (after.starts_with(lower)) return backslashes + 1;
  const std::array spellings = {fmt::format("u{:04x}", code), fmt::format("%{:02x}", code), fmt::format("&#{};", code),
                                fmt::format("&#x{:x};", code)};
  for (std::size_t i = backslashes > 0 ? 0 : 1; i < spellings.size(); ++i)  // u002f only after a backslash
    if (after.starts_with(spellings[i])) return backslashes + spellings[i].size();
  return 0;
}

std::size_t length_of_key(std::string_view text, const std::string& key) {
  std::size_t at = 0;
  for (const char c : key) {
    const auto length = length_of_spelling(text.substr(at), c);
    if (length == 0) return 0;
    at += length;
  }
  return at;
}

}  // namespace

JudgeRoute judge_route(const JudgeEndpoint& endpoint) {
  JudgeRoute route{.url = url_of(endpoint.base_url), .key = key_of(endpoint.key_variable)};
  const auto host = ascii_lower(host_of(route.url));
  if (!route.key.empty() && route.url.starts_with("http://") && !is_this_machine(host) &&
      endpoint.key_over_http == KeyPath::kRefused)
    throw usage_error(
        "{}: would send the key in {} over plain http, where everyone on the way can read it; use https, or allow it "
        "with --key-over-http",
        route.url, endpoint.key_variable);
  route.proxy = proxy_use(endpoint, route.url, host);
  return route;
}

std::string without_key(std::string text, const std::string& key) {
  if (key.empty()) return text;
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const auto length = length_of_key(std::string_view(text).substr(at), key);
    if (length == 0)
      out += text[at++];
    else
      out += "***", at += length;
  }
  return out;
}

}  // namespace llama32med
