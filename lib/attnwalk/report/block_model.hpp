// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/report/json.hpp"
#include "attnwalk/report/text.hpp"
#include "attnwalk/sbm/goodness_of_fit.hpp"
#include "attnwalk/sbm/sampled_spectrum.hpp"
#include "attnwalk/sbm/spectrum.hpp"
#include "attnwalk/theory/universality.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace attnwalk::report {

/// Which block model: a spec of one `sbm` term, a file, or a matrix of hard blocks.
struct ModelOptions {
  std::string source; ///< "sbm:k=4,in=.5,out=.05", "sbm:file=...", or an .npz file
  /// Instead: the probabilities of hard, contiguous blocks, a row per block of queries and a number
  /// per block of keys.
  std::vector<std::vector<double>> blocks;
  std::vector<Index> query_sizes; ///< of the blocks; empty: near equal
  std::vector<Index> key_sizes;   ///< empty: near equal, or query_sizes where nothing else fixes m
  std::optional<Index> queries;   ///< of a planted spec and of blocks
  std::optional<Index> keys;      ///< equal to queries if left out
  std::optional<double> degree;   ///< scales the blocks to so many entries a row
  std::optional<double> density;  ///< the same as a share of the keys
  std::optional<double> delta;    ///< exploration mass, instead of the stored one
  double spread = 0; ///< degree correction: sigma of log-normal weights of queries and keys, mean 1
                     ///< in each hard block
  bool clamp = false;     ///< probabilities above 1 count as 1
  bool loops = false;     ///< every token attends itself
  std::uint64_t seed = 0; ///< unless the term has its own
};

/// A model, what it is called, and the key that draws its mask: of a spec the one that
/// `grammar::build` draws.
struct NamedModel {
  sbm::Model model;
  std::string name;
  Key key;
};

/// Reads or builds the model, corrects its degrees, scales it. A file holds mixed memberships Y, S,
/// Z (two dimensions each) or hard ones query_block, S, key_block with optional weights theta, phi;
/// `delta` is optional.
///
/// @throws Error{domain} for a spec that is no block model or without -n, for blocks and sizes that
///         do not fit, or if both degree and density are given; Error{io} for a file without these
///         arrays; Error as sbm::check
[[nodiscard]] NamedModel resolve_model(const ModelOptions& how);

/// What the closed forms say of a model.
struct ModelReport {
  Index queries = 0;
  Index keys = 0;
  Index query_clusters = 0;
  Index key_clusters = 0;
  double delta = 0;
  bool loops = false;
  double entries = 0; ///< expected, of a Bernoulli mask
  double density = 0;
  double row_degree = 0;
  double rate_bound = 0;
  double half_squared_rates = 0; ///< about the copies that a Poisson graph draws too often
  double poisson_empty_rows = 0;
  sbm::ExpectedSpectrum spectrum; ///< without forced loops
  sbm::Detectability detectability;
  sbm::SampledSpectrum sampled; ///< predicted for a drawn mask
};
[[nodiscard]] ModelReport describe(const sbm::Model& model, int threads = 0);

/// The report of the block model behind an input: none unless that is one term `sbm`.
[[nodiscard]] std::optional<ModelReport> expected_of(const Provenance& from);

/// A table of the report for people; with a heading, or nothing without a report.
[[nodiscard]] std::string model_text(const ModelReport& report);
[[nodiscard]] std::string expected_text(const std::optional<ModelReport>& report);

/// A drawn mask with everything said of it.
struct SampleReport {
  std::string name;
  std::uint64_t seed = 0;
  ModelReport model;
  sbm::SampleMethod method = sbm::SampleMethod::automatic;
  sbm::Cost cost;
  Summary mask;
  std::optional<sbm::GoodnessOfFit> fit; ///< of --selftest or --test
  std::string tested;                    ///< "20 draws" or the file that was tested
  double level = 1e-4;                   ///< below which p-value the fit is rejected
  std::string output;
  std::vector<Timing> timings;
};
[[nodiscard]] std::string sample_text(const SampleReport& report, const TextOptions& how = {});
/// attnwalk.sample/1
[[nodiscard]] std::string sample_json(const SampleReport& report, const JsonOptions& how = {});

/// The conditions of universality for patterns, and their odds where a block model drew them.
struct UniversalityReport {
  std::string name;
  Index tokens = 0;
  Index layers = 0;
  std::uint64_t seed = 0;
  theory::Universality conditions;
  std::optional<theory::UniversalityOdds> odds;
  std::vector<Timing> timings;
};
[[nodiscard]] std::string universality_text(const UniversalityReport& report,
                                            const TextOptions& how = {});
/// attnwalk.universality/1
[[nodiscard]] std::string universality_json(const UniversalityReport& report,
                                            const JsonOptions& how = {});

} // namespace attnwalk::report
