/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
#include "wrap.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define WIDTH 78

static int is_blank(char c)
{
	return c == ' ' || c == '\n';
}

/* A line may end before a blank and behind a comma. */
static int may_end(const char *text, size_t n)
{
	return !text[n] || is_blank(text[n]) || (n && text[n - 1] == ',');
}

size_t gb_wrap_line(const char *text, size_t width)
{
	size_t end = 0;

	for (size_t n = 1; *text; n++) {
		if (may_end(text, n) && (n <= width || !end))
			end = n;
		if (!text[n] || (n >= width && end) || (text[n] == '\n' && text[n + 1] == '\n'))
			break;
	}
	return end;
}

static const char *behind(const char *text, size_t n)
{
	for (text += n; is_blank(*text); text++)
		;
	return text;
}

size_t gb_wrap_lines(const char *text, size_t width)
{
	size_t lines = 1;

	while (*(text = behind(text, gb_wrap_line(text, width))))
		lines++;
	return lines;
}

size_t gb_wrap_longest(const char *text)
{
	size_t longest = 0;

	while (*text) {
		size_t n = gb_wrap_line(text, 1);

		longest = n > longest ? n : longest;
		text = behind(text, n);
	}
	return longest;
}

static void print_line(const char *text, size_t n)
{
	for (; n; n--, text++)
		putchar(*text == '\n' ? ' ' : *text);
	putchar('\n');
}

void gb_wrap_print(const char *text, size_t at, size_t indent)
{
	do {
		size_t n = gb_wrap_line(text, WIDTH > at ? WIDTH - at : 1);

		print_line(text, n);
		if (!strncmp(text + n, "\n\n", 2))
			putchar('\n');
		text = behind(text, n);
		at = indent;
		if (*text)
			printf("%*s", (int)indent, "");
	} while (*text);
}

size_t gb_terminal_columns(void)
{
	struct winsize w;

	if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &w))
		return 0;
	return w.ws_col;
}
