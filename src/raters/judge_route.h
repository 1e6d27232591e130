// Where a judge's key may go, and what of it may be seen elsewhere.
#pragma once
#include <string>

#include "llama32med/raters/judge_asking.h"
#include "raters/http_posts.h"

namespace llama32med {

struct JudgeRoute {
  std::string url;
  std::string key;  // "" for a server without keys
  ProxyUse proxy = ProxyUse::kEnvironment;
};

// Reads the key and decides how it travels. Throws Error{kUsage} for a missing key, for a URL that is neither http nor
// https, and where the key would be readable on the way: plain http to another machine, or a proxy that the environment
// names, unless the endpoint allows it.
JudgeRoute judge_route(const JudgeEndpoint& endpoint);

// The text without the key: servers may repeat it in their answers. Finds it in either case, with escapes of JSON
// ("\/", "\u002f", also escaped several times), URLs (%2f) and HTML (&#47; &#x2f;).
std::string without_key(std::string text, const std::string& key);

}  // namespace llama32med
