// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/version.hpp"
#include "attnwalk/io/file.hpp"
#include "attnwalk/report/block_model.hpp"
#include "attnwalk/report/svg.hpp"

#include "options.hpp"
#include "verbs.hpp"

#include <cmath>
#include <memory>

namespace attnwalk::tools {
namespace {

struct Options {
  report::InputOptions in; ///< -n, --seed, --threads
  report::ModelOptions model;
  sbm::SampleOptions how;
  Index selftest = 0;
  std::string test;
  double level = 1e-4;
  Output out;
};

/// The mask, with the copies of a Poisson graph as values.
CsrView<double> written(const sbm::Sample& mask, Buffer<double>& copies) {
  CsrView<double> A = mask.pattern.view();
  copies.assign(mask.copies.begin(), mask.copies.end());
  A.values = copies.empty() ? nullptr : copies.data();
  return A;
}

/// The fit of --selftest or --test, if one was asked for.
void add_fit(const Options& options, const sbm::Model& model, report::SampleReport& report) {
  if (options.selftest > 0) {
    report.tested = message(options.selftest, " draws");
    report.fit = report::timed(report.timings, "selftest",
                               [&] { return sbm::selftest(model, options.selftest, options.how); });
    return;
  }
  if (options.test.empty())
    return;
  report.tested = options.test;
  io::Loaded loaded = io::read_sparse(options.test);
  std::vector<std::uint32_t> copies;
  if (sbm::law_of(options.how.method) == sbm::MaskLaw::poisson)
    for (const double x : loaded.matrix.values) {
      require(x >= 1 && x < 4e9 && x == std::floor(x), Code::domain, options.test, " holds ", x,
              " copies of an edge; the method poisson needs whole numbers from 1");
      copies.push_back(static_cast<std::uint32_t>(x));
    }
  loaded.matrix.values.clear();
  const pattern::Pattern mask(std::move(loaded.matrix));
  report.fit = report::timed(report.timings, "test", [&] {
    return sbm::goodness_of_fit(model, {&mask, 1}, sbm::law_of(options.how.method), copies,
                                options.how.threads);
  });
}

void run(Options& options, Session& session) {
  const Output& out = options.out;
  check(out);
  require(options.selftest == 0 || options.test.empty(), Code::domain,
          "--selftest and --test are two tests where one is run");
  require(options.level > 0 && options.level < 1, Code::domain, "level = ", options.level,
          " must be in (0, 1)");
  options.model.queries = options.in.queries;
  options.model.keys = options.in.keys;
  options.model.seed = options.in.seed;
  const report::NamedModel named = report::resolve_model(options.model);
  options.how.key = named.key;
  options.how.threads = options.in.threads;
  report::SampleReport report;
  report.name = named.name;
  report.seed = named.key.seed;
  report.level = options.level;
  report.output = out.file == "-" ? "" : out.file.string();
  const sbm::Sample mask = report::timed(report.timings, "sample",
                                         [&] { return sbm::sample(named.model, options.how); });
  report.method = mask.method;
  report.cost = mask.cost;
  report.mask = report::summarize(mask.pattern.view());
  report.model = report::timed(report.timings, "model",
                               [&] { return report::describe(named.model, options.how.threads); });
  add_fit(options, named.model, report);
  plot(out, [&] { return report::mask_svg(mask.pattern.view(), {.title = named.name}); });
  Buffer<double> copies;
  if (!out.file.empty()) {
    pattern::Certificate origin;
    origin.spec = named.name;
    origin.seed = named.key.seed;
    origin.version = version;
    io::write_sparse(out.file, written(mask, copies), origin);
  }
  if (out.json)
    session.print(report::sample_json(report));
  else if (out.file == "-")
    session.remark(report::sample_text(report));
  else
    session.print(report::sample_text(report, {.color = session.color()}));
  if (report.fit && !report.fit->accepted(options.level))
    session.exit_code = 1;
}

} // namespace

void add_sample(CLI::App& app, Session& session) {
  using sbm::SampleMethod;
  auto* verb = app.add_subcommand(
      "sample", "Draw a mask from a block model; test samplers and edge files against it");
  const auto options = std::make_shared<Options>();
  options->how.monitor = session.monitor();
  verb->add_option("model", options->model.source,
                   "a spec such as sbm:k=4,in=.5,out=.05, or an .npz file with Y, S, Z or "
                   "query_block, S, key_block [theta, phi, delta]")
      ->type_name("SPEC|FILE");
  add_matrix(*verb, "--blocks", options->model.blocks,
             "instead: probabilities between hard blocks, a row per block of queries and a number "
             "per block of keys: .5,.1,.1;.2,.4,0");
  add_list(*verb, "--query-sizes", options->model.query_sizes,
           "tokens in each block of queries; near equal without");
  add_list(*verb, "--key-sizes", options->model.key_sizes,
           "tokens in each block of keys; near equal, or those of the queries, without");
  add_sizes(*verb, options->in);
  std::vector<Choice<SampleMethod>> methods;
  for (const SampleMethod method :
       {SampleMethod::automatic, SampleMethod::poisson, SampleMethod::poisson_distinct,
        SampleMethod::bernoulli, SampleMethod::bernoulli_tiled, SampleMethod::bernoulli_dense})
    methods.push_back({std::string(sbm::to_string(method)), method});
  add_choice(*verb, "method", options->how.method, std::move(methods),
             "how it is drawn [automatic]");
  add_number(*verb, "--degree", options->model.degree, "scale the blocks to so many entries a row");
  add_number(*verb, "--density", options->model.density,
             "scale the blocks to this share of the keys");
  add_number(
      *verb, "--spread", options->model.spread,
      "degree correction: tokens weighted by e^(spread x normal), mean 1 in each hard block");
  add_number(*verb, "--delta", options->model.delta,
             "exploration mass, added to every probability");
  verb->add_flag("--clamp", options->model.clamp, "probabilities above 1 count as 1");
  verb->add_flag("--loops", options->model.loops, "every token attends itself");
  add_integer(*verb, "--selftest", options->selftest, 0,
              "draw so many masks and test them against the model");
  add_text(*verb, "--test", options->test, "test this mask against the model instead", "FILE");
  add_number(*verb, "--level", options->level, "reject (exit 1) below this p-value");
  add_file(*verb, options->out);
  add_output(*verb, options->out, session, {"mask"});
  verb->callback([verb, options, &session] {
    const bool tests = options->selftest > 0 || !options->test.empty();
    refuse_ignored(*verb, {{{"--level"}, tests, "--selftest and --test"}});
    run(*options, session);
  });
}

} // namespace attnwalk::tools
