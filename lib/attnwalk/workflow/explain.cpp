// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/workflow/explain.hpp"

#include "attnwalk/core/error.hpp"
#include "attnwalk/grammar/suggest.hpp"

#include <algorithm>

namespace attnwalk::workflow {
namespace {

/// The name without what reports put around it: "class 0: ", "(k)", "_lo" and "_hi".
std::string_view bare(std::string_view name) {
  if (const std::size_t colon = name.find(": "); colon != std::string_view::npos)
    name.remove_prefix(colon + 2);
  name = name.substr(0, name.find('('));
  if (name.ends_with("_lo") || name.ends_with("_hi"))
    name.remove_suffix(3);
  return name;
}

} // namespace

const std::vector<Explanation>& explanations() {
  static const std::vector<Explanation> all{
      {"lambda_2",
       "The second largest eigenvalue of the walk of an undirected pattern, of N = D^-1/2 W "
       "D^-1/2.",
       "How well the graph hangs together: the slowest pattern that does not change sign from hop "
       "to hop.",
       "The gap is 1 - lambda_2; larger is better. Cheeger: (1 - lambda_2) / 2 <= conductance <= "
       "sqrt(2 (1 - lambda_2)).",
       "Undirected, reversible and causal walks; refused where eigenvalues need not be real.",
       "Certified by dense solvers or by counting eigenvalues (inertia); otherwise probable."},
      {"lambda_n", "The smallest eigenvalue of the walk of an undirected pattern.",
       "How close the walk is to a two-coloring that alternates at each hop. Self loops raise it.",
       "The gap is 1 + lambda_n; larger is better, 0 means that the graph is bipartite.",
       "Undirected, reversible and causal walks.", "As lambda_2."},
      {"slem",
       "The second largest eigenvalue modulus: the largest |lambda| of A besides the eigenvalue 1.",
       "How fast the walk mixes in the long run. This is the number to quote.",
       "The gap is 1 - slem; larger is better, in [0, 1]. slem^k / 2 <= d(k); alone it bounds no "
       "finite k from above.",
       "Every walk. The gap is 0 where the walk is periodic or has several closed classes.",
       "Certified by dense solvers and for undirected and causal walks; on large directed walks "
       "the upper end is probable and the lower end an estimate."},
      {"sigma_2",
       "The norm ||D||_2 of D = Pi^1/2 A Pi^-1/2 - q q', q = sqrt(pi): the second singular value "
       "of the walk weighted by its limit.",
       "What every single hop removes, at least, whatever came before.",
       "The gap is 1 - sigma_2; larger is better. slem <= sigma_2, and d(k) <= sigma_2^k sqrt((1 - "
       "pi_min) / pi_min) / 2.",
       "Walks with one closed class and positive pi; refused on causal walks.",
       "Certified by dense solvers; probable above their size."},
      {"additive",
       "The second eigenvalue of the mean of the walk and its time reversal, (M + M') / 2 with M = "
       "Pi^1/2 A Pi^-1/2.",
       "Diffusion and heat kernels on directed attention, and Cheeger cuts of the flow Pi A.",
       "The gap is 1 - additive; larger is better, and at least 1 - sigma_2.",
       "Walks with one closed class and positive pi, periodic ones too; refused on causal walks.",
       "Certified by dense solvers; probable above their size."},
      {"chatterjee", "The smallest singular value of I - M besides 0, with M = Pi^1/2 A Pi^-1/2.",
       "How fast averages over many hops settle, even for periodic walks.",
       "The value itself is the gap; larger is better. 1 - additive <= chatterjee <= |1 - mu| for "
       "every eigenvalue mu besides 1.",
       "Walks with one closed class and positive pi; refused on causal walks.",
       "Certified by dense solvers; probable above their size."},
      {"k_step",
       "||D^k||^(1/k): what k hops forget together, as a mean per hop; k is set by --steps.",
       "A walk whose first hops do less than its later ones.",
       "The gap is 1 - k_step; larger is better. It lies between the gaps of sigma_2 and slem.",
       "As sigma_2.", "Certified by dense solvers; probable above their size."},
      {"pseudo_gap", "max over k of (1 - ||D^k||^2) / k.",
       "The mixing time of a walk that is not reversible.",
       "The value itself is the gap; larger is better. t_mix(1/4) <= (1 + 2 ln 2 + ln(1 / pi_min)) "
       "/ pseudo_gap.",
       "As sigma_2; 0 where the walk is periodic.",
       "Certified by dense solvers; otherwise probable. The upper end covers every k."},
      {"doeblin", "delta = sum_j min_i A_ij: the mass that all rows share.",
       "Whether every query gives some attention to a common key.",
       "The value itself is the gap; larger is better, in [0, 1]. d(k) <= (1 - delta)^k; it is 0 "
       "unless some key is attended by all.",
       "Every square matrix.", "Always certified, in one pass over the entries."},
      {"dobrushin",
       "tau = max over i, j of TV(row i, row j), the largest total variation distance between two "
       "rows.",
       "How much closer one hop brings any two tokens, in the worst case.",
       "The gap is 1 - tau; larger is better. d(k) <= tau^k; it is 1 as soon as two rows share no "
       "key.",
       "Every square matrix of at least two rows.",
       "Certified up to 4e9 operations; above, a lower end from sampled pairs."},
      {"consensus",
       "||(I - J/n) A||_2, J the matrix of ones: how far one hop leaves values from their plain "
       "mean.",
       "Oversmoothing: whether values at all tokens come to agree in the plain mean.",
       "The gap is 1 - consensus; larger is better. It may be negative, which means that one hop "
       "can widen the spread.",
       "Every square matrix.", "Certified by dense solvers; probable above their size."},
      {"sigma_2_bipartite",
       "The second singular value of D_r^-1/2 B D_c^-1/2 for queries B and keys.",
       "How evenly a rectangular pattern joins queries and keys.",
       "The gap is 1 - sigma_2_bipartite; larger is better. It bounds the mixing lemma between "
       "sets of queries and keys.",
       "Rectangular matrices, or --kind bipartite.", "As lambda_2."},
      {"mixing_time",
       "The least k with d(k) <= 1/4, where d(k) is the largest total variation distance of a row "
       "of A^k from the limit pi. mixing_time_lo and mixing_time_hi bound it.",
       "How many hops attention needs to reach its limit; compare it with the hops your model "
       "makes.",
       "Smaller is better. At least ln 2 / ln(1/slem), at most the least of the bounds by sigma_2, "
       "the pseudo-gap and Doeblin.",
       "Walks that mix; exact on causal walks, infinite for periodic walks and several closed "
       "classes.",
       "As certain as the gap that it is formed from; the lower end needs a proved slem."},
      {"mixing_time_sigma_2",
       "The bound ln(2 / sqrt(pi_min)) / ln(1 / sigma_2) on the mixing time.",
       "Which gap gives mixing_time_hi.", "Smaller is better; the mixing time is at most this.",
       "Where sigma_2 is shown to be below 1.", "As sigma_2."},
      {"mixing_time_pseudo_gap",
       "The bound (1 + 2 ln 2 + ln(1/pi_min)) / pseudo_gap on the mixing time.",
       "Which gap gives mixing_time_hi.", "Smaller is better; the mixing time is at most this.",
       "Where a positive pseudo-gap is proved.", "As pseudo_gap."},
      {"mixing_time_doeblin",
       "The bound ln 4 / ln(1 / (1 - delta)) on the mixing time, delta the larger lower end of the "
       "gaps of doeblin and dobrushin.",
       "Which gap gives mixing_time_hi.", "Smaller is better; the mixing time is at most this.",
       "Where all rows share mass.", "Always certified."},
      {"distance",
       "Bounds distance_lo(k) <= d(k) <= distance_hi(k), where d(k) is the largest total variation "
       "distance of a row of A^k from the limit pi.",
       "How far attention still is from its limit after k hops.",
       "Smaller is better, in [0, 1]. slem^k / 2 below; sigma_2, Doeblin or Dobrushin above.",
       "Walks with a positive limit.", "As the gaps that the ends are formed from."},
      {"hop_bound",
       "A number of hops after which every token has heard of every other, from sigma_2 and the "
       "two smallest pi.",
       "An upper bound on the reach without a graph search.",
       "Smaller is better; the exact reach is at most this.",
       "Connected walks whose sigma_2 is shown to be below 1.", "As sigma_2."},
      {"cheeger",
       "The conductance: the least share of attention that leaves a set of tokens of at most half "
       "the volume; cheeger_lo and cheeger_hi bound it.",
       "Whether the pattern has a bottleneck, a group of tokens that keeps to itself.",
       "Larger is better. gap / 2 <= conductance <= sqrt(gap (2 - gap)) where lambda_2 >= 0, and "
       "at most that of the sweep cut.",
       "Undirected and rectangular patterns.", "As lambda_2."},
      {"connectivity",
       "The algebraic connectivity: the second smallest eigenvalue of the Laplacian D - W; "
       "connectivity_lo and connectivity_hi bound it.",
       "How many edges must go before the graph falls apart.",
       "Larger is better. gap d_min <= connectivity <= min(gap d_max, n / (n - 1) min_i (d_i - "
       "w_ii)).",
       "Undirected patterns.", "As lambda_2."},
      {"diameter",
       "diameter_hi bounds the largest number of hops between two tokens, by Chung, Faber and "
       "Manteuffel.",
       "How many hops reach every token at most.",
       "Smaller is better; the graph search of `attnwalk info` gives the exact number.",
       "Connected undirected patterns.", "As lambda_2 and lambda_n."},
      {"resistance",
       "Bounds on the effective resistance between tokens i and j; resistance_lo and resistance_hi "
       "hold for every pair.",
       "How many short paths join two tokens: few and long ones give a large resistance.",
       "Smaller is better. (1/d_i + 1/d_j) / (1 - lambda_n) below, (1/d_i + 1/d_j) / (1 - "
       "lambda_2) above.",
       "Connected undirected patterns.", "As lambda_2 and lambda_n."},
      {"alon_boppana",
       "A lower bound on lambda_2 of every regular graph with this degree and diameter.",
       "How far a regular pattern is from the best possible of its degree.",
       "A yardstick, not a property: lambda_2 can come close to it but hardly below.",
       "Simple regular graphs of diameter 2 or more.", "Always certified."},
      {"ramanujan",
       "1 if every eigenvalue besides the trivial ones obeys |l| <= 2 sqrt(d - 1) / d, else 0; "
       "biregular graphs use sqrt(a - 1) + sqrt(b - 1).",
       "Whether an expander is as good as its degree allows, up to a vanishing term.",
       "1 is better.", "Simple regular and biregular graphs.",
       "As the gap; absent where the interval holds the bound."},
      {"irregular_reference",
       "2 sum d sqrt(d - 1) / sum d^2, the second eigenvalue to expect of a random graph with "
       "these degrees.",
       "A yardstick for patterns whose degrees differ.",
       "A reference under conditions on the degrees, not a bound.",
       "Undirected patterns without weights.", "Exact, but proves nothing of the walk."},
      {"kemeny",
       "Kemeny's constant: the sum of 1 / (1 - lambda_i) over the eigenvalues besides 1, which is "
       "the mean number of hops to a token drawn from pi.",
       "How long a search by random steps takes on average, with all eigenvalues counted.",
       "Smaller is better. At least (n - 1) / 2, and the slowest eigenvalue adds 1 / (1 - "
       "lambda_2).",
       "Connected undirected patterns.",
       "From the whole spectrum if solved densely; with --spectrum estimated by Hutch++, kemeny_lo "
       "and kemeny_hi, on larger ones."},
      {"two_step_gap", "The gap 1 - sigma_2_bipartite^2 of the walk from queries to keys and back.",
       "How fast a rectangular pattern mixes its queries.", "Larger is better, in [0, 1].",
       "Rectangular matrices.", "As sigma_2_bipartite."},
      {"tv_max", "tv_max(k): the largest total variation distance of a row of A^k from the limit.",
       "How much attention of the slowest token is still on its way after k hops.",
       "Smaller is better, in [0, 1].", "Causal walks, where the limit is token 0.",
       "Exact up to rounding, from k products."},
      {"tv_mean", "tv_mean(k): the same distance as tv_max(k), averaged over the tokens.",
       "How much attention of a typical token is still on its way after k hops.",
       "Smaller is better, in [0, 1], and at most tv_max(k).", "Causal walks.",
       "Exact up to rounding, from k products."},
      {"absorption_mean",
       "The mean number of hops until a token's walk enters a closed class, (I - A_TT)^-1 1 "
       "averaged over all tokens.",
       "When information stops moving: on a causal walk, until token 0 has it.",
       "Neither is better; at most absorption_max.",
       "Causal walks, and directed ones with transient tokens.",
       "Exact up to rounding by substitution on causal walks; from a linear solve with a residual "
       "on others."},
      {"absorption_max",
       "The largest number of hops, on average, until a token's walk enters a closed class.",
       "The slowest token to drain.", "Neither is better; at least absorption_mean.",
       "Causal walks, and directed ones with transient tokens.", "As absorption_mean."},
      {"absorption",
       "The mean over all tokens of the probability to end in this class, (I - A_TT)^-1 A_TC 1.",
       "Which closed class gets most of the attention in the end.",
       "Neither is better; over all classes the values sum to 1.",
       "Walks with several closed classes.", "From a linear solve with a residual."},
      {"size", "The number of tokens of a closed class.",
       "How large the groups are in which attention stays.",
       "Larger is better if tokens are to hear of each other.",
       "Walks with several closed classes.", "Exact, by graph search."},
      {"closed_classes",
       "The number of groups of tokens that attend nobody outside themselves and hear of each "
       "other.",
       "Whether the walk has one limit.", "1 is needed for a single limit.",
       "Walks with several closed classes, and causal walks.", "Exact, by graph search."},
      {"hops_to_sink",
       "The largest number of hops on a shortest path from a token to a closed class.",
       "After how many hops the sink can have heard of all tokens.", "Smaller is faster.",
       "Causal walks.", "Exact, by graph search."},
      {"sink_mass", "The mean of A_i0: the attention that one hop gives to token 0.",
       "Attention sinks of causal heads.", "Neither is better; in [0, 1].", "Causal walks.",
       "Exact up to rounding."},
      {"transient_radius", "The spectral radius of the walk on tokens that it leaves for good.",
       "How fast attention drains from transient tokens in the long run.",
       "Smaller drains faster, in [0, 1).",
       "Causal walks, and directed ones with transient tokens.",
       "Exact on causal walks; between the bounds of Collatz and Wielandt on others."},
      {"norm_2", "||A||_2, the largest singular value of A.",
       "How much one hop can enlarge values; gradients and Lipschitz bounds.",
       "Not a measure of mixing; at least 1 for rows that sum to 1.", "Causal walks.",
       "As consensus."},
      {"pi",
       "The stationary distribution: pi A = pi, the limit of every row of A^k. --pi writes it into "
       "the JSON.",
       "Which tokens hold the attention in the end.",
       "It sums to 1; pi_min enters the bounds on mixing.", "Walks with one closed class.",
       "By row sums, detailed balance or elimination to rounding; by power iteration with a "
       "residual, else refused."},
      {"tv_uniform",
       "TV(pi, uniform) = sum_i |pi_i - 1/n| / 2: the distance of the limit from uniform "
       "attention.",
       "How even the limit is: no number of hops brings attention nearer to uniform than this.",
       "Smaller is more even, in [0, 1).", "Where pi exists.", "As pi."},
      {"reversibility_defect",
       "||Pi A - (Pi A)'||_F / ||Pi A||_F: how far the flow of attention is from going both ways "
       "alike.",
       "Whether the gaps of a directed walk differ from each other.",
       "0 means reversible: then slem, sigma_2 and k_step are equal.", "Where pi exists.",
       "As pi."},
  };
  return all;
}

const Explanation& explain(std::string_view name) {
  std::vector<std::string_view> names;
  for (const Explanation& each : explanations()) {
    if (each.name == bare(name))
      return each;
    names.push_back(each.name);
  }
  const std::string_view near = grammar::nearest(bare(name), names);
  throw Error(Code::domain,
              message(grammar::quoted(name), " is no quantity of a gap report",
                      near.empty() ? "; `attnwalk explain` lists them"
                                   : "; did you mean " + grammar::quoted(near) + "?"));
}

} // namespace attnwalk::workflow
