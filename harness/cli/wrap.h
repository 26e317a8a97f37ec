/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Text for a terminal: broken at blanks, and after the commas of a list.
 *
 * Layer: cli.
 */
#ifndef GB_CLI_WRAP_H
#define GB_CLI_WRAP_H

#include <stddef.h>

/* How many bytes of @text fit into a line of @width; a word that is longer stands alone.
 * The rest begins behind them, and behind the blanks that follow. */
size_t gb_wrap_line(const char *text, size_t width);
/* The lines that @text takes, at least one. */
size_t gb_wrap_lines(const char *text, size_t width);
/* The longest of its words: no line is shorter than that. */
size_t gb_wrap_longest(const char *text);
/* Print @text from column @at on, in 78 columns, further lines indented by @indent.  A blank
 * line stays one; a single line break is a blank. */
void gb_wrap_print(const char *text, size_t at, size_t indent);
/* Columns of the terminal that stdout is; 0: it is none, lines may be as long as they like. */
size_t gb_terminal_columns(void);

#endif
