// SPDX-License-Identifier: Apache-2.0
// attnwalk._core: the library as Python sees it. The typed layer over it is lib/python/attnwalk.
#include "attnwalk/core/isa.hpp"
#include "attnwalk/core/threads.hpp"
#include "attnwalk/core/version.hpp"

#include "bind.hpp"

#include <exception>

namespace {

/// The Python exception of an error: the caller's mistake, a file, memory, or a library below.
PyObject* exception_of(attnwalk::Code code) {
  switch (code) {
  case attnwalk::Code::shape:
  case attnwalk::Code::domain:
  case attnwalk::Code::index:
    return PyExc_ValueError;
  case attnwalk::Code::io:
    return PyExc_OSError;
  case attnwalk::Code::memory:
    return PyExc_MemoryError;
  case attnwalk::Code::cancelled:
    return PyExc_KeyboardInterrupt;
  case attnwalk::Code::graphblas:
    break;
  }
  return PyExc_RuntimeError;
}

void translate(const std::exception_ptr& error, void* /*payload*/) {
  try {
    std::rethrow_exception(error);
  } catch (const attnwalk::Error& e) {
    PyErr_SetString(exception_of(e.code()), e.what());
  }
}

} // namespace

NB_MODULE(_core, m) {
  using namespace attnwalk;
  m.doc() = "The attnwalk library: arrays in, arrays out. Use the package attnwalk instead.";
  nanobind::set_leak_warnings(false); // torch.compile keeps patterns until the process ends
  nanobind::register_exception_translator(translate);
  m.attr("version") = nanobind::str(version.data(), version.size());
  m.def(
      "isa", [] { return std::string(to_string(isa())); },
      "The instruction set that the kernels run on.");
  m.def(
      "threads", [] { return threads(); }, "The number of threads that work is shared by.");
  python::bind_pattern(m);
  python::bind_grammar(m);
  python::bind_spectral(m);
  python::bind_attention(m);
  python::bind_diffusion(m);
  python::bind_sbm(m);
  python::bind_layers(m);
  python::bind_files(m);
  python::bind_exports(m);
}
