#include "raters/judge_route.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "support/expect_error.h"

namespace llama32med::test {
namespace {

constexpr const char* kKey = "sk-abc/def+SECRET0123";

TEST(JudgeKey, IsRemovedInEverySpelling) {
  const std::string key = kKey;
  for (const auto* spelling :
       {"sk-abc/def+SECRET0123", R"(sk-abc\/def+SECRET0123)", R"(sk-abc\u002fdef\u002BSECRET0123)",
        R"(\u0073k-abc\\\/def+SECRET0123)", R"(sk-abc\\u002fdef+SECRET0123)", "sk-abc%2Fdef%2bSECRET0123",
        "sk-abc&#47;def&#x2b;SECRET0123", "SK-ABC/DEF+secret0123", R"(\s\k\-\a\b\c\/\d\e\f\+\S\E\C\R\E\T\0\1\2\3)"})
    EXPECT_EQ(without_key(std::string("a \"") + spelling + "\" b " + spelling, key), "a \"***\" b ***") << spelling;
  EXPECT_EQ(without_key("sk-abc/def+SECRET012 stays", key), "sk-abc/def+SECRET012 stays");
  EXPECT_EQ(without_key("sk-abcsk-abc/def+SECRET0123", key), "sk-abc***");
  EXPECT_EQ(without_key("nothing to hide", ""), "nothing to hide");
}

class JudgeRoutes : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const auto* name : kVariables) ::unsetenv(name);
    ::setenv("TEST_JUDGE_KEY", kKey, 1);
  }
  void TearDown() override { SetUp(), ::unsetenv("TEST_JUDGE_KEY"); }

  static JudgeEndpoint endpoint(const std::string& url) { return {.base_url = url, .key_variable = "TEST_JUDGE_KEY"}; }
  static constexpr std::array kVariables = {"http_proxy", "https_proxy", "HTTPS_PROXY", "HTTP_PROXY",
                                            "all_proxy",  "ALL_PROXY",   "no_proxy",    "NO_PROXY"};
};

TEST_F(JudgeRoutes, TheUrlIsCompleted) {
  EXPECT_EQ(judge_route(endpoint("https://host")).url, "https://host/v1/chat/completions");
  EXPECT_EQ(judge_route(endpoint("https://host/api/")).url, "https://host/api/chat/completions");
  EXPECT_EQ(judge_route(endpoint("https://host/v1/chat/completions")).url, "https://host/v1/chat/completions");
  EXPECT_EQ(judge_route(endpoint("https://host")).key, kKey);
  EXPECT_ERROR(judge_route(endpoint("ftp://host")), ErrorKind::kUsage, "ftp://host", "https://");
  EXPECT_ERROR(judge_route(endpoint("https://ho st")), ErrorKind::kUsage, "is not a URL");
}

TEST_F(JudgeRoutes, AKeyDoesNotTravelOverPlainHttp) {
  for (const auto* url : {"http://host", "http://10.0.0.1:8000/v1", "http://127.0.0.1@host/v1", "http://127.0.0.1.host",
                          "http://localhost.host", "http://[fe80::1]/v1", "http://128.0.0.1"})
    EXPECT_ERROR(judge_route(endpoint(url)), ErrorKind::kUsage, url, "TEST_JUDGE_KEY", "plain http", "--key-over-http");
  for (const auto* url : {"http://127.0.0.1:8000", "http://localhost/v1", "http://LOCALHOST:1/v1",
                          "http://[::1]:8000/v1", "http://127.1.2.3/v1", "http://user@localhost/v1"})
    EXPECT_NO_THROW(judge_route(endpoint(url))) << url;
  auto allowed = endpoint("http://host"), without = allowed;
  allowed.key_over_http = KeyPath::kAllowed;
  EXPECT_NO_THROW(judge_route(allowed));
  without.key_variable = "";
  EXPECT_NO_THROW(judge_route(without));
}

TEST_F(JudgeRoutes, AKeyDoesNotTravelThroughAProxyOfTheEnvironment) {
  EXPECT_EQ(judge_route(endpoint("https://host")).proxy, ProxyUse::kNone);
  for (const auto* variable : {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"}) {
    ::setenv(variable, "http://127.0.0.1:9", 1);
    EXPECT_ERROR(judge_route(endpoint("https://host")), ErrorKind::kUsage, variable, "TEST_JUDGE_KEY",
                 "--key-through-proxy");
    ::unsetenv(variable);
  }
  ::setenv("http_proxy", "http://127.0.0.1:9", 1);
  EXPECT_NO_THROW(judge_route(endpoint("https://host")));
  EXPECT_ERROR(judge_route(endpoint("http://127.0.0.1:8000")), ErrorKind::kUsage, "http_proxy");
  for (const auto* excluded : {"127.0.0.1", "*", "a.b, 127.0.0.1", "x 127.0.0.1"}) {
    ::setenv("no_proxy", excluded, 1);
    EXPECT_EQ(judge_route(endpoint("http://127.0.0.1:8000")).proxy, ProxyUse::kNone) << excluded;
  }
  ::setenv("no_proxy", "other.host", 1);
  EXPECT_ERROR(judge_route(endpoint("http://127.0.0.1:8000")), ErrorKind::kUsage, "http_proxy");
  auto allowed = endpoint("http://127.0.0.1:8000"), without = allowed;
  allowed.key_through_proxy = KeyPath::kAllowed;
  EXPECT_EQ(judge_route(allowed).proxy, ProxyUse::kEnvironment);
  without.key_variable = "";
  EXPECT_EQ(judge_route(without).proxy, ProxyUse::kEnvironment);
}

}  // namespace
}  // namespace llama32med::test
