// SPDX-License-Identifier: Apache-2.0
#include "png.hpp"

#include "attnwalk/core/error.hpp"

#include <cairo.h>
#include <librsvg/rsvg.h>

#include <cmath>
#include <memory>

namespace attnwalk::tools {
namespace {

const double magnified = 2; // for screens of twice the usual resolution, and for print

struct Release {
  void operator()(RsvgHandle* x) const { g_object_unref(x); }
  void operator()(cairo_surface_t* x) const { cairo_surface_destroy(x); }
  void operator()(cairo_t* x) const { cairo_destroy(x); }
  void operator()(GError* x) const { g_error_free(x); }
};
template <class T>
using Owned = std::unique_ptr<T, Release>;

cairo_status_t append(void* bytes, const unsigned char* data, unsigned length) {
  static_cast<std::string*>(bytes)->append(reinterpret_cast<const char*>(data), length);
  return CAIRO_STATUS_SUCCESS;
}

void require_drawn(cairo_status_t status) {
  require(status == CAIRO_STATUS_SUCCESS, Code::memory,
          "the picture cannot be a PNG file: ", cairo_status_to_string(status));
}

void require_read(bool read, GError* problem) {
  const Owned<GError> error(problem);
  require(read, Code::memory, "the picture cannot be a PNG file: ",
          error == nullptr ? "librsvg gives no reason" : error->message);
}

} // namespace

std::string png_refusal() {
  return {};
}

std::string png_of(const std::string& svg) {
  GError* problem = nullptr;
  const Owned<RsvgHandle> picture(
      rsvg_handle_new_from_data(reinterpret_cast<const guint8*>(svg.data()), svg.size(), &problem));
  require_read(picture != nullptr, problem);
  RsvgRectangle place{0, 0, 0, 0};
  require_read(
      rsvg_handle_get_intrinsic_size_in_pixels(picture.get(), &place.width, &place.height) != 0,
      nullptr);
  const Owned<cairo_surface_t> surface(cairo_image_surface_create(
      CAIRO_FORMAT_ARGB32, static_cast<int>(std::lround(magnified * place.width)),
      static_cast<int>(std::lround(magnified * place.height))));
  const Owned<cairo_t> pen(cairo_create(surface.get()));
  cairo_scale(pen.get(), magnified, magnified);
  require_drawn(cairo_status(pen.get()));
  const bool drawn = rsvg_handle_render_document(picture.get(), pen.get(), &place, &problem) != 0;
  require_read(drawn, problem);
  std::string bytes;
  require_drawn(cairo_surface_write_to_png_stream(surface.get(), append, &bytes));
  return bytes;
}

} // namespace attnwalk::tools
