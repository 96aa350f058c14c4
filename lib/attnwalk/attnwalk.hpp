// SPDX-License-Identifier: Apache-2.0
// Everything that is meant for users. Each of these headers can be included alone; what they do not
// reach is not installed.
#pragma once

// arrays, errors, random draws, progress
#include "attnwalk/core/buffer.hpp"
#include "attnwalk/core/dense.hpp"
#include "attnwalk/core/error.hpp"
#include "attnwalk/core/index.hpp"
#include "attnwalk/core/isa.hpp"
#include "attnwalk/core/monitor.hpp"
#include "attnwalk/core/names.hpp"
#include "attnwalk/core/random.hpp"
#include "attnwalk/core/threads.hpp"
#include "attnwalk/core/version.hpp"
#include "attnwalk/sparse/csr.hpp"

// patterns: who attends whom
#include "attnwalk/exports/blocks.hpp"
#include "attnwalk/exports/cost.hpp"
#include "attnwalk/exports/lists.hpp"
#include "attnwalk/exports/order.hpp"
#include "attnwalk/generators/algebraic.hpp"
#include "attnwalk/generators/banded.hpp"
#include "attnwalk/generators/bigbird.hpp"
#include "attnwalk/generators/circulant.hpp"
#include "attnwalk/generators/diffuser.hpp"
#include "attnwalk/generators/erdos.hpp"
#include "attnwalk/generators/global.hpp"
#include "attnwalk/generators/grids.hpp"
#include "attnwalk/generators/published.hpp"
#include "attnwalk/generators/random.hpp"
#include "attnwalk/generators/regular.hpp"
#include "attnwalk/generators/simple.hpp"
#include "attnwalk/grammar/build.hpp"
#include "attnwalk/grammar/grammar.hpp"
#include "attnwalk/pattern/algebra.hpp"
#include "attnwalk/pattern/batch.hpp"
#include "attnwalk/pattern/certificate.hpp"
#include "attnwalk/pattern/pattern.hpp"
#include "attnwalk/structure/structure.hpp"

// files
#include "attnwalk/io/array_file.hpp"
#include "attnwalk/io/dense_array.hpp"
#include "attnwalk/io/file.hpp"
#include "attnwalk/io/heads.hpp"
#include "attnwalk/io/matrix_market.hpp"
#include "attnwalk/io/npz.hpp"
#include "attnwalk/io/safetensors.hpp"
#include "attnwalk/io/scipy.hpp"
#include "attnwalk/io/stored_model.hpp"

// attention, diffusion, whole layers
#include "attnwalk/attention/attention.hpp"
#include "attnwalk/attention/weights.hpp"
#include "attnwalk/diffusion/diffuse.hpp"
#include "attnwalk/diffusion/propagate.hpp"
#include "attnwalk/layers/diffuser.hpp"
#include "attnwalk/layers/sampled.hpp"
#include "attnwalk/layers/sbm.hpp"

// block models
#include "attnwalk/sbm/goodness_of_fit.hpp"
#include "attnwalk/sbm/head.hpp"
#include "attnwalk/sbm/model.hpp"
#include "attnwalk/sbm/sample.hpp"
#include "attnwalk/sbm/sampled_spectrum.hpp"
#include "attnwalk/sbm/spectrum.hpp"
#include "attnwalk/sbm/straight_through.hpp"

// gaps with error bars, and what a pattern can express
#include "attnwalk/spectral/expander.hpp"
#include "attnwalk/spectral/gap.hpp"
#include "attnwalk/spectral/resistance.hpp"
#include "attnwalk/spectral/stationary.hpp"
#include "attnwalk/theory/universality.hpp"

// the verbs of the command as functions, and results as tables, JSON and pictures
#include "attnwalk/report/answer.hpp"
#include "attnwalk/report/csv.hpp"
#include "attnwalk/report/json.hpp"
#include "attnwalk/report/svg.hpp"
#include "attnwalk/report/text.hpp"
#include "attnwalk/workflow/fields.hpp"
#include "attnwalk/workflow/gap.hpp"
