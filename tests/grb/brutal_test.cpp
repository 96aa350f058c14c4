// SPDX-License-Identifier: Apache-2.0
// Memory runs out at the first allocation of GraphBLAS, at the second, ... until the operation
// succeeds: each failure is Error{memory}, and no block stays behind. A program of its own, because
// it starts GraphBLAS with allocators that fail.
#define CATCH_CONFIG_RUNNER
#include "attnwalk/grb/api.hpp"
#include "attnwalk/grb/border.hpp"
#include "attnwalk/grb/ops.hpp"

#include "catch.hpp"
#include "support/matrices.hpp"

#include <array>
#include <mutex>
#include <unordered_set>

using namespace attnwalk;

namespace {

/// The blocks that GraphBLAS holds, and the allocation that fails.
struct Heap {
  std::mutex mutex; // GraphBLAS allocates from several threads
  std::unordered_set<const void*> blocks;
  long allocations = 0;
  long failing = 0; ///< the number of the allocation that fails, from 1; 0: none

  bool fails() {
    const std::lock_guard lock(mutex);
    return ++allocations == failing;
  }
  void* keep(void* block) {
    const std::lock_guard lock(mutex);
    if (block != nullptr)
      blocks.insert(block);
    return block;
  }
  void drop(const void* block) {
    const std::lock_guard lock(mutex);
    blocks.erase(block);
  }
};

Heap& heap() {
  static Heap all;
  return all;
}

void* failing_malloc(std::size_t bytes) {
  return heap().fails() ? nullptr : heap().keep(std::malloc(bytes));
}
void* failing_calloc(std::size_t count, std::size_t bytes) {
  return heap().fails() ? nullptr : heap().keep(std::calloc(count, bytes));
}
void* failing_realloc(void* block, std::size_t bytes) {
  if (heap().fails())
    return nullptr;
  heap().drop(block);
  return heap().keep(std::realloc(block, bytes));
}
// Arrays that the library handed over come from malloc itself, so that a block may be unknown.
void counting_free(void* block) {
  heap().drop(block);
  std::free(block);
}

/// Runs the operation with allocation 1, 2, ... failing until it takes fewer; how many times it
/// failed.
template <class Operation>
long failures(Operation&& operation) {
  long failed = 0;
  for (long k = 1;; ++k) {
    const auto before = heap().blocks;
    heap().allocations = 0;
    heap().failing = k;
    bool memory = false;
    try {
      operation();
    } catch (const Error& error) {
      memory = error.code() == Code::memory;
      UNSCOPED_INFO("allocation " << k << ": " << error.what());
      REQUIRE(memory);
    }
    heap().failing = 0;
    INFO("allocation " << k);
    REQUIRE(heap().blocks == before);
    if (heap().allocations < k) {
      REQUIRE_FALSE(memory); // nothing failed, so that the operation succeeded
      return failed;
    }
    failed += memory;
  }
}

Csr<double> matrix_by_hand() {
  return support::csr_of({{1, 2, 0, 0}, {0, 3, 4, 0}, {5, 0, 6, 0}, {0, 0, 0, 7}});
}

grb::Matrix matrix() {
  return grb::from_csr(matrix_by_hand().view());
}

} // namespace

TEST_CASE("Matrix, Vector: out of memory, one allocation after the other", "[grb][brutal]") {
  const grb::Matrix A = matrix();
  CHECK(failures([] { grb::Matrix(grb::Type::fp64, 3, 4); }) > 0);
  CHECK(failures([] { grb::Vector(grb::Type::fp64, 3); }) > 0);
  CHECK(failures([&] { return A.clone(); }) > 0);
}

TEST_CASE("border: out of memory, one allocation after the other", "[grb][brutal]") {
  const Csr<double> by_hand = matrix_by_hand();
  const grb::Matrix A = matrix();
  const grb::Vector x = grb::vector_of(std::vector<double>{1, 2, 3});
  const Dense<double> rows = grb::to_dense<double>(A);
  CHECK(failures([&] { return grb::from_csr(by_hand.view()); }) > 0);
  CHECK(failures([&] { return grb::from_dense(rows.view()); }) > 0);
  CHECK(failures([&] { return grb::vector_of(std::vector<double>{1, 2, 3}); }) > 0);
  failures([&] { return grb::to_csr<double>(A); }); // may need none
  failures([&] { return grb::to_values(x); });
  CHECK(failures([&] { return grb::to_csr<float>(A); }) > 0);
}

TEST_CASE("Packed: out of memory leaves the arrays to their owner", "[grb][brutal]") {
  const auto owner = std::make_shared<const Csr<double>>(matrix_by_hand());
  CsrView<double> view = owner->view();
  view.values = nullptr;
  CHECK(failures([&] { return grb::Packed(view, owner).matrix().entries(); }) > 0);
  // Used as operand, the matrix finishes pending work or builds what it lacks, and may fail in
  // that.
  CHECK(failures([&] {
          const grb::Packed packed(view, owner);
          return grb::mxm(packed.matrix(), packed.matrix(), {.semiring = grb::Semiring::plus_pair});
        }) > 0);
  CHECK(owner.use_count() == 1);
  CHECK(owner->offsets == matrix_by_hand().offsets);
  CHECK(owner->columns == matrix_by_hand().columns);
}

TEST_CASE("mxm, mxm_into, mxv: out of memory, one allocation after the other", "[grb][brutal]") {
  const grb::Matrix A = matrix();
  const grb::Matrix mask = grb::cast(A, grb::Type::boolean);
  const grb::Vector x = grb::vector_of(std::vector<double>{1, 2, 3, 4});
  for (const auto semiring :
       {grb::Semiring::plus_times, grb::Semiring::lor_land, grb::Semiring::min_plus,
        grb::Semiring::plus_pair, grb::Semiring::any_pair})
    for (const grb::Matrix* restricted : {static_cast<const grb::Matrix*>(nullptr), &mask})
      for (const bool complement : {false, true})
        for (const bool transpose_a : {false, true})
          for (const bool transpose_b : {false, true}) {
            INFO(to_string(semiring)
                 << (restricted ? ", mask" : "") << (complement ? ", complement" : "")
                 << (transpose_a ? ", A'" : "") << (transpose_b ? ", B'" : ""));
            CHECK(failures([&] {
                    return grb::mxm(A, A,
                                    {semiring, restricted, complement, transpose_a, transpose_b});
                  }) > 0);
          }
  CHECK(failures([&] { return grb::mxv(A, x); }) > 0);
  CHECK(failures([&] {
          grb::Matrix C = grb::filled(grb::Type::fp64, 4, 4, 1);
          grb::mxm_into(C, A, A);
        }) > 0);
}

TEST_CASE("ops: out of memory, one allocation after the other", "[grb][brutal]") {
  const grb::Matrix A = matrix();
  const grb::Matrix B = grb::transpose(A);
  const grb::Vector x = grb::vector_of(std::vector<double>{1, 2, 3, 4});
  const std::vector<Index> some{2, 0, 0};
  CHECK(failures([&] { return grb::ewise_union(A, B, grb::Binary::plus); }) > 0);
  CHECK(failures([&] { return grb::ewise_intersection(A, B, grb::Binary::times); }) > 0);
  CHECK(failures([&] { return grb::restrict_to(A, B); }) > 0);
  CHECK(failures([&] { return grb::restrict_to(A, B, true); }) > 0);
  CHECK(failures([&] { return grb::transpose(A); }) > 0);
  CHECK(failures([&] { return grb::apply(A, grb::Unary::exp); }) > 0);
  CHECK(failures([&] { return grb::scale(A, 2); }) > 0);
  CHECK(failures([&] { return grb::select(A, grb::Keep::off_diagonal); }) > 0);
  CHECK(failures([&] { return grb::select(A, grb::Keep::greater_than, 2); }) > 0);
  CHECK(failures([&] { return grb::cast(A, grb::Type::fp32); }) > 0);
  CHECK(failures([&] { return grb::reduce_rows(A, grb::Monoid::plus); }) > 0);
  failures([&] { return grb::reduce(A, grb::Monoid::max); }); // may need none
  CHECK(failures([&] { return grb::diag(x); }) > 0);
  CHECK(failures([&] { return grb::extract(A, some, some); }) > 0);
  CHECK(failures([&] { return grb::filled(grb::Type::fp64, 3, 3, 1); }) > 0);
}

int main(int argc, char** argv) {
  if (GxB_init(GrB_NONBLOCKING, failing_malloc, failing_calloc, failing_realloc, counting_free) !=
      GrB_SUCCESS)
    return 2;
#if GxB_IMPLEMENTATION_MAJOR < 10
  // Without a pool of freed blocks every allocation is one of ours, and every free block is freed.
  std::array<std::int64_t, 64> none{};
  if (GxB_Global_Option_set(GxB_MEMORY_POOL, none.data()) != GrB_SUCCESS)
    return 2;
#endif
  return Catch::Session().run(argc, argv);
}
