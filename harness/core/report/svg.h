/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/* gnuplot's SVG as part of a page.  Layer: core. */
#ifndef GB_CORE_REPORT_SVG_H
#define GB_CORE_REPORT_SVG_H

#include "base/text.h"

/*
 * Append the picture in @path as an <svg> element: every id made unique with @prefix, the
 * ground left to the page, colours written as #rrggbb so that a style sheet can map them,
 * @label as its accessible name.  Smaller than the file; the same to look at.
 */
int gb_svg_inline(const char *path, const char *prefix, const char *label, unsigned int width,
		  unsigned int height, struct gb_text *out, struct gb_error *e) GB_MUST_CHECK;

#endif
