// SPDX-License-Identifier: Apache-2.0
// Malformed specs: each must name what is wrong and point at the character.
#include "attnwalk/core/error.hpp"
#include "attnwalk/grammar/grammar.hpp"

#include "catch.hpp"

#include <string>

using namespace attnwalk;
using namespace attnwalk::grammar;

namespace {

struct Refusal {
  const char* text;
  std::size_t caret;  ///< characters before the caret
  const char* saying; ///< part of the sentence
};

const Refusal refusals[] = {
    {"", 0, "expected a term such as window:w=8, not the end"},
    {"   ", 3, "not the end"},
    {"+", 0, "not '+'"},
    {"full+", 5, "not the end"},
    {"+full", 0, "not '+'"},
    {"full++none", 5, "not '+'"},
    {";", 0, "not ';'"},
    {"full;", 5, "not the end"},
    {"full;;none", 5, "not ';'"},
    {"full none", 5, "expected '+', ';' or the end of the spec, not 'n'"},
    {"full)", 4, "not ')'"},
    {"(full)", 0, "not '('"},
    {"full(none)", 4, "full is no filter"},
    {"windw:w=8", 0, "unknown term 'windw'; did you mean 'window'?"},
    {"Window:w=8", 0, "did you mean 'window'?"},
    {"winodw:w=8", 0, "did you mean 'window'?"},
    {"full+dilate:w=1", 5, "did you mean 'dilated'?"},
    {"hyper", 0, "did you mean 'hypercube'?"},
    {"xyzzyxyzzy", 0, "expected one of window, ring, blockwindow"},
    {"8", 0, "unknown term '8'"},
    {"window", 6, "window needs w=, an integer >= 0: window:w"},
    {"window:", 7, "expected a key of window, not the end; expected w"},
    {"window+full", 6, "window needs w="},
    {"window:8", 7, "unknown key '8' of window; expected w"},
    {"window:v=8", 7, "unknown key 'v' of window; expected w"},
    {"window:w", 8, "expected '=' and an integer >= 0 after 'w', not the end"},
    {"window:w=", 9, "w must be an integer >= 0, not the end"},
    {"window:w=,", 9, "not ','"},
    {"window:w==8", 9, "not '='"},
    {"window:w=8,", 11, "expected a key of window, not the end"},
    {"window:w=8,w=9", 11, "key 'w' of window is given twice"},
    {"window:w=8,seed=1", 11, "unknown key 'seed' of window; expected w"},
    {"window:w=8 9", 11, "expected ',' before another key"},
    {"window:w=8:x", 10, "not ':'"},
    {"window:w=-1", 9, "w = -1 must be at least 0"},
    {"window:w=+1", 9, "not '+'"},
    {"window:w=eight", 9, "w must be an integer >= 0, not 'e'"},
    {"window:w=8.5", 10, "'.' does not belong to the number"},
    {"window:w=1e3", 10, "'e' does not belong"},
    {"window:w=0x10", 10, "'x' does not belong"},
    {"window:w=8w", 10, "'w' does not belong"},
    {"window:w=99999999999999999999", 9, "'99999999999999999999' is out of range"},
    {"window:w=9223372036854775807", 9, "must be at most 9007199254740992"},
    {"window:w=-", 9, "not '-'"},
    {"window:w=nan", 9, "not 'n'"},
    {"window:w=8\x01", 10, "'\\x01'"},
    {"window:\xc3\xa9=8", 7, "expected a key of window"},
    {"window(w=8)", 6, "window is no filter"},
    {"ring:w=1,strid=2", 9, "did you mean 'stride'?"},
    {"ring:stride=2", 13, "ring needs w="},
    {"ring:w=1,stride=0", 16, "stride = 0 must be at least 1"},
    {"blockwindow:w=7", 14, "w = 7 must be even; the nearest are 6 and 8"},
    {"blockwindow:w=0", 14, "w = 0 must be at least 2"},
    {"dilated:w=3", 11, "dilated needs stride=, an integer >= 1: dilated:w,stride"},
    {"global:g=1,at=frist", 14,
     "at must be one of first spread random, not 'frist'; did you mean "
     "'first'?"},
    {"global:g=1,at=", 14, "not the end"},
    {"global:g=1,at=7", 14, "at must be one of first spread random, not '7'"},
    {"random:d=8,model=rows", 17, "did you mean 'row'?"},
    {"random:d=8,seed=-1", 16, "seed must be an integer from 0 to 18446744073709551615, not '-'"},
    {"random:d=8,seed=18446744073709551616", 16, "is out of range"},
    {"random:d=8,seed=1,seed=1", 18, "given twice"},
    {"expander:d=2", 11, "d = 2 must be at least 3"},
    {"expander:d=8,slack=-.1", 19, "slack = -0.1 must be a number from 0"},
    {"erdos:prob=1.5", 11, "prob = 1.5 must be a number from 0 to 1"},
    {"erdos:prob=-0.1", 11, "prob = -0.1 must be"},
    {"erdos:prob=nan", 11, "prob must be a number from 0 to 1, not 'n'"},
    {"erdos:prob=inf", 11, "not 'i'"},
    {"erdos:prob=-inf", 11, "not '-'"},
    {"erdos:prob=1e999", 11, "'1e999' is out of range"},
    {"erdos:prob=1e", 12, "'e' does not belong to the number"},
    {"erdos:prob=1.2.3", 14, "'.' does not belong"},
    {"erdos:prob=.1,directed=yes", 23, "directed must be true or false, not 'yes'"},
    {"erdos:prob=.1,directed=1", 23, "directed must be true or false, not '1'"},
    {"erdos:prob=.1,directed=True", 23, "did you mean 'true'?"},
    {"margulis:m=3", 9, "margulis takes no keys"},
    {"full:", 5, "full takes no keys"},
    {"lps:p=5", 7, "lps needs q="},
    {"torus:a=2,b=5", 8, "a = 2 must be at least 3"},
    {"diffuser:w=64,r=64", 18, "diffuser needs g="},
    {"diffuser:w=63,r=64,g=64", 11, "must be even"},
    {"longformer:width=5,g=1", 17, "width = 5 must be even; the nearest are 4 and 6"},
    {"sbm:k=3", 7, "sbm needs in=, a number from 0 to 1: sbm:k,in,out or sbm:file,layer,head"},
    {"sbm", 3, "sbm needs k="},
    {"sbm:file=x.npz", 14, "sbm needs layer="},
    {"sbm:k=3,file=x.npz", 8, "key 'file' does not go with 'k'"},
    {"sbm:layer=1,out=.5", 12, "key 'out' does not go with 'layer'"},
    {"sbm:file=,layer=1,head=1", 9, "file must be a file name, not ','"},
    {"sbm:file=\"\",layer=1,head=1", 9, "file must be a file name"},
    {"sbm:file=\"x.npz,layer=1", 9, "the quote that opens here is not closed"},
    {"causal", 6, "causal is a filter: expected '(' and a spec, not the end"},
    {"causal:w=1", 6, "causal is a filter"},
    {"causal(", 7, "not the end"},
    {"causal()", 7, "expected a term such as window:w=8, not ')'"},
    {"causal(full", 11, "expected '+' or the ')' of causal, not the end"},
    {"causal(full;none)", 11, "expected '+' or the ')' of causal, not ';'"},
    {"causal(full))", 12, "not ')'"},
    {"causal(full)full", 12, "expected '+', ';' or the end of the spec, not 'f'"},
    {"causal(widow:w=1)", 7, "did you mean 'window'?"},
};

std::string refusal_of(const std::string& text) {
  try {
    (void)parse_layers(text);
  } catch (const Error& error) {
    CHECK(error.code() == Code::domain);
    return error.what();
  }
  return "accepted";
}

/// Characters of the text before the caret: the last line holds two spaces, these, and '^'.
std::size_t caret(const std::string& message) {
  const std::size_t line = message.rfind('\n') + 1;
  CHECK(message.back() == '^');
  return message.size() - line - 3;
}

} // namespace

TEST_CASE("parse: malformed specs are refused with a sentence and a caret under the culprit",
          "[grammar][grammar]") {
  CHECK(std::size(refusals) >= 60);
  for (const Refusal& refusal : refusals) {
    INFO("spec: " << refusal.text);
    const std::string message = refusal_of(refusal.text);
    INFO(message);
    CHECK(caret(message) == refusal.caret);
    CHECK(message.find(refusal.saying) != std::string::npos);
    CHECK(message.substr(0, message.find('\n')).find(refusal.saying) != std::string::npos);
  }
}

TEST_CASE("parse: points as the eye sees it", "[grammar][grammar]") {
  CHECK(refusal_of("window:w=8+windw:w=9") ==
        "unknown term 'windw'; did you mean 'window'?\n  window:w=8+windw:w=9\n             ^");
  // Two-byte characters take one column; control characters show as one blank.
  CHECK(refusal_of("sbm:file=\"\xc3\xa9\xc3\xa9\",layer=x,head=1") ==
        "layer must be an integer >= 0, not 'x'\n  sbm:file=\"\xc3\xa9\xc3\xa9\",layer=x,head=1\n"
        "                      ^");
  CHECK(refusal_of("full\n+\tx") ==
        "unknown term 'x'" + refusal_of("x").substr(16, refusal_of("x").find('\n') - 16) +
            "\n  full + x\n         ^");
  // The surroundings of a culprit far inside a long text.
  std::string text = "full";
  for (int k = 0; k < 100; ++k)
    text += "+full";
  const std::string message = refusal_of(text + "+fulll" + text.substr(4));
  CHECK(message.size() < 300);
  CHECK(message.find("\n  ...") != std::string::npos);
  const std::size_t line = message.rfind("\n");
  const std::size_t shown = message.find('\n') + 1;
  const std::size_t column = message.size() - line - 2;
  CHECK(message.substr(shown + column, 5) == "fulll");
}

TEST_CASE("parse: hostile lengths end in a sentence", "[grammar][grammar]") {
  CHECK(refusal_of(std::string(70000, ' ')) ==
        "a spec of 70000 bytes is longer than the limit of 65536");
  std::string deep;
  for (int k = 0; k < 9000; ++k)
    deep += "causal(";
  CHECK(refusal_of(deep).starts_with("filters are nested deeper than 64\n"));
  // The limits themselves: 65536 bytes and 64 filters are taken, one more is not.
  CHECK_NOTHROW(parse("full" + std::string(65532, ' ')));
  CHECK(refusal_of("full" + std::string(65533, ' ')).starts_with("a spec of 65537 bytes"));
  const auto nested = [](int filters) {
    std::string text;
    for (int k = 0; k < filters; ++k)
      text += "causal(";
    return text + "full" + std::string(static_cast<std::size_t>(filters), ')');
  };
  CHECK_NOTHROW(parse(nested(64)));
  std::string beside = "causal(full)"; // as many beside each other are not deep
  for (int k = 0; k < 70; ++k)
    beside += "+causal(full)";
  CHECK_NOTHROW(parse(beside));
  CHECK(refusal_of(nested(65)).starts_with("filters are nested deeper than 64\n"));
  CHECK(refusal_of(std::string(60000, '(')).starts_with("expected a term"));
  CHECK(refusal_of(std::string(60000, 'a')).size() < 1000);
  CHECK(refusal_of("window:w=" + std::string(60000, '9')).size() < 300);
  CHECK(refusal_of("erdos:prob=" + std::string(60000, '9')).size() < 300);
  std::string many = "none";
  for (int k = 0; k < 13000; ++k)
    many += ";none";
  CHECK(parse_layers(many).size() == 13001);
}

TEST_CASE("parse: one spec refuses layers", "[grammar][grammar]") {
  CHECK_THROWS_WITH(parse("full ; none"), "one spec is wanted here, not several layers separated "
                                          "by ';'\n  full ; none\n       ^");
}
