// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/sbm/sampled_spectrum.hpp"
#include "attnwalk/sbm/spectrum.hpp"
#include "attnwalk/workflow/input.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace attnwalk::workflow {

/// Which block model: a spec of one `sbm` term, a file, or a matrix of hard blocks.
struct ModelOptions {
  std::string source; ///< "sbm:k=4,in=.5,out=.05", "sbm:file=...", or an .npz file
  /// Instead: the probabilities of hard, contiguous blocks, a row per block of queries and a number
  /// per block of keys.
  std::vector<std::vector<double>> blocks;
  std::vector<Index> query_sizes; ///< of the blocks; empty: near equal
  std::vector<Index> key_sizes; ///< empty: query_sizes for as many keys and blocks, else near equal
  std::optional<Index> queries; ///< of a planted spec and of blocks
  std::optional<Index> keys;    ///< equal to queries if left out
  std::optional<double> degree; ///< scales the blocks to so many entries a row
  std::optional<double> density; ///< the same as a share of the keys
  std::optional<double> delta;   ///< exploration mass, instead of the stored one
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
  std::optional<double> asked_degree; ///< entries a row that the blocks were scaled to
};

/// Reads or builds the model, corrects its degrees, scales it. A file holds mixed memberships Y, S,
/// Z (two dimensions each) or hard ones query_block, S, key_block with optional weights theta, phi;
/// `delta` is optional.
///
/// @throws Error{domain} for a spec that is no block model or without a size, for blocks and sizes that
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
  std::optional<double> asked_degree; ///< as NamedModel: the clamp and forced loops may change it
  double rate_bound = 0;
  double half_squared_rates = 0; ///< about the copies that a Poisson graph draws too often
  double poisson_empty_rows = 0;
  sbm::ExpectedSpectrum spectrum; ///< without forced loops
  sbm::Detectability detectability;
  sbm::SampledSpectrum sampled; ///< predicted for a drawn mask
};
[[nodiscard]] ModelReport describe(const sbm::Model& model, int threads = 0);

/// The report of the block model behind an input: none unless that is one term `sbm`.
[[nodiscard]] std::optional<ModelReport> expected_of(const Provenance& origin);

} // namespace attnwalk::workflow
