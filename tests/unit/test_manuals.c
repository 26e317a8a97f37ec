/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * What is made from the program's own tables: gfpbench-csv(5) from the columns,
 * gfpbench-job(5) and the bash completion from the options.  The files in the source are
 * compared with what the tables say now; --update writes them.
 */
#include "cli/job_options.h"
#include "core/columns.h"

#include "base/text.h"
#include "tests/tap.h"

#define HEAD(name, section, what) \
	".\\\" SPDX-License-Identifier: MIT\n.\\\" Copyright (c) 2026 The gfpbench authors\n" \
	".\\\" Made by tests/unit/test_manuals --update: do not edit.\n" \
	".TH " name " " section " \"2026-11-22\" \"gfpbench\" \"" what "\"\n.SH NAME\n"

/* Text as roff wants it: a dash that is no hyphen, no backslash of its own. */
static void roff(struct gb_text *t, const char *s)
{
	for (; *s; s++)
		gb_text_printf(t, "%s%c", *s == '-' || *s == '\\' ? "\\" : "", *s);
}

/* Whether @help goes through the values itself ("one: ...; two: ..."). */
static int explains(const char *help, const char *values)
{
	size_t first = values ? strcspn(values, "|") : 0;

	return first && !strncmp(help, values, first) && help[first] == ':';
}

/* As a sentence: a capital first, but not in what is to be typed as it stands. */
static void sentence(struct gb_text *t, const char *s, const char *values)
{
	int literal = explains(s, values) || memchr(s, '_', strcspn(s, " "));
	char first[2] = { *s >= 'a' && *s <= 'z' && !literal ? (char)(*s - 'a' + 'A') : *s, 0 };

	roff(t, first);
	roff(t, s + 1);
}

static void alternatives(struct gb_text *t, const char *help, const char *values)
{
	if (!values || explains(help, values))
		return;
	gb_text_add(t, ": ");
	for (const char *p = values; *p; p++) {
		char one[3] = { *p == '|' ? ',' : *p, *p == '|' ? ' ' : 0, 0 };

		roff(t, one);
	}
}

/* --- gfpbench-csv(5) ------------------------------------------------------------------ */

static const char *const type_name[] = {
	[GB_COL_STRING] = "text",
	[GB_COL_INTEGER] = "integer",
	[GB_COL_NUMBER] = "number",
};

static void csv_columns(struct gb_text *t, const struct gb_column *c, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		gb_text_printf(t, ".TP\n.BR %s \" (%s%s%s)\"\n", c[i].name, type_name[c[i].type],
			       c[i].unit[0] ? ", " : "", c[i].unit);
		sentence(t, c[i].help, c[i].values);
		alternatives(t, c[i].help, c[i].values);
		gb_text_add(t, ".\n");
	}
}

static void csv_page(struct gb_text *t)
{
	gb_text_add(t, HEAD("GFPBENCH\\-CSV", "5", "File Formats")
		    "gfpbench\\-csv \\- files of a run of gfpbench\n"
		    ".SH DESCRIPTION\n"
		    "A run is a directory of CSV files and\n.IR manifest.json .\n"
		    "The files follow RFC 4180 with one header line, lines that end in LF, and a\n"
		    "decimal point in any locale; there are no comment lines.\n"
		    "Units are in the names. An empty field was not measured; it is never 0.\n"
		    "A row is appended whole and synced when its sample ends.\n"
		    ".SH VERSIONS\n");
	gb_text_printf(t, "This is schema version %s.\n", GB_SCHEMA_VERSION);
	gb_text_add(t, "A column that is added at the end of its file raises the minor number;\n"
		       "anything else (a column that is renamed, moved, or means something else)\n"
		       "raises the major one.\n"
		       "Read columns by name. A reader must refuse a major number that it does not\n"
		       "know, as\n.B gfpbench\n"
		       "does with exit status 3, and ignore columns that it does not know.\n"
		       ".SH KEY COLUMNS\nEvery file starts with these.\n");
	csv_columns(t, gb_key_columns, gb_nr_key_columns);
	gb_text_add(t, ".SH FILES\n");
	for (const struct gb_csv_file *f = gb_csv_files; f->name; f++) {
		gb_text_add(t, ".SS ");
		roff(t, f->name);
		gb_text_add(t, "\nOne row per ");
		roff(t, f->row);
		gb_text_add(t, ".\n");
		csv_columns(t, f->column, f->columns);
	}
	gb_text_add(t, ".SH DATABASE\n.B gfpbench export \\-\\-format=sqlite\n"
		       "makes a table of each file, dashes as underscores, with the same columns,\n"
		       "and a table\n.I runs\nwith a manifest a row.\n"
		       ".SH SEE ALSO\n.BR gfpbench (1)\n");
}

/* --- gfpbench-job(5) ------------------------------------------------------------------ */

static const struct gb_cli_option *row_of(const char *key)
{
	for (const struct gb_cli_option *o = gb_cli_options; o->name; o++)
		if ((o->verbs & GB_VERB_RUN) && !strcmp(o->name, key))
			return o;
	return NULL;
}

static void job_keys(struct gb_text *t, int wanted)
{
	const char *key;
	int whole;

	for (size_t i = 0; (key = gb_job_key(i, &whole)); i++) {
		const struct gb_cli_option *o = row_of(key);

		if (whole != wanted || !o)
			continue;
		gb_text_add(t, ".TP\n.BI ");
		roff(t, key);
		gb_text_printf(t, " \" = %s\"\n", o->arg ? o->arg : "yes\\fR|\\fPno");
		sentence(t, o->help, o->choices);
		alternatives(t, o->help, o->choices);
		if (o->def) {
			gb_text_add(t, " [");
			roff(t, o->def);
			gb_text_add(t, "]");
		}
		gb_text_add(t, ".\n");
	}
}

static void job_page(struct gb_text *t)
{
	gb_text_add(t, HEAD("GFPBENCH\\-JOB", "5", "File Formats")
		    "gfpbench\\-job \\- job files of gfpbench run\n"
		    ".SH SYNOPSIS\n.B gfpbench run\n.I JOBFILE\n"
		    ".SH DESCRIPTION\n"
		    "A job file is text: sections in brackets, lines\n.IB key \" = \" value\n"
		    "in them. Lines that begin with # or ; are comments.\n"
		    "Every section but\n.B [global]\n"
		    "is a set of cells; its name is free.\n"
		    "The command line wins over every file, a section over\n.BR [global] ,\n"
		    "a job file over\n.BR \\-\\-config .\n"
		    "Several files are run as one plan; in what holds for the whole run\n"
		    "they must agree.\n"
		    "Keys are the long names of the options of\n.BR \"gfpbench run\" .\n"
		    ".SH KEYS OF ANY SECTION\n");
	job_keys(t, 0);
	gb_text_add(t, ".SH KEYS OF [GLOBAL]\nThese hold for the whole run.\n");
	job_keys(t, 1);
	gb_text_add(t, ".SH EXAMPLES\n.nf\n"
		       "[global]\nbackend = slab,glibc\nruns = 5\n\n"
		       "[packets]\nworkload = netrx\nthreads = 1,2\nirq\\-rate = 2k\n\n"
		       "[curve]\nworkload = pressure\nram = 64m\n.fi\n"
		       ".SH SEE ALSO\n.BR gfpbench (1)\n");
}

/* --- bash completion ------------------------------------------------------------------ */

static void completion_options(struct gb_text *t, unsigned int verb)
{
	for (const struct gb_cli_option *o = gb_cli_options; o->name; o++)
		if (o->verbs & verb)
			gb_text_printf(t, " --%s%s", o->name, o->arg ? "=" : "");
}

static void completion_choices(struct gb_text *t, unsigned int verb, const char *name)
{
	for (const struct gb_cli_option *o = gb_cli_options; o->name; o++) {
		if (!(o->verbs & verb) || !o->choices)
			continue;
		gb_text_printf(t, "\t%s/%s) words=\"", name, o->name);
		for (const char *p = o->choices; *p; p++)
			gb_text_printf(t, "%c", *p == '|' ? ' ' : *p);
		gb_text_add(t, "\" ;;\n");
	}
}

static void completion(struct gb_text *t)
{
	gb_text_add(t, "# bash completion of gfpbench                          -*- shell-script -*-\n"
		       "# SPDX-License-Identifier: MIT\n"
		       "# Copyright (c) 2026 The gfpbench authors\n"
		       "# Made by tests/unit/test_manuals --update: do not edit.\n\n"
		       "_gfpbench_options() {\n\tcase $1 in\n");
	for (int i = 0; gb_cli_verb_names[i]; i++) {
		gb_text_printf(t, "\t%s) words=\"", gb_cli_verb_names[i]);
		completion_options(t, 1u << i);
		gb_text_add(t, "\" ;;\n");
	}
	gb_text_add(t, "\tesac\n}\n\n"
		       "_gfpbench_names() { # KIND...\n"
		       "\tfor kind; do gfpbench list \"$kind\" --format=csv | sed '1d; s/,.*//'; done "
		       "2>/dev/null\n"
		       "}\n\n"
		       "# VERB/OPTION, or VERB/ for what stands alone\n"
		       "_gfpbench_values() {\n\tcase $1 in\n");
	for (int i = 0; gb_cli_verb_names[i]; i++)
		completion_choices(t, 1u << i, gb_cli_verb_names[i]);
	gb_text_add(t,
		    "\t*/backend | */baseline | */candidate | */anchor | probe/)\n"
		    "\t\twords=$(_gfpbench_names backends) ;;\n"
		    "\t*/workload) words=$(_gfpbench_names workloads suites) ;;\n"
		    "\tshow/) words=$(_gfpbench_names backends workloads) ;;\n"
		    "\tlist/) words=\"backends workloads suites metrics\" ;;\n"
		    "\tgate/) words=\"calibrate trend\" ;;\n"
		    "\t*) return 1 ;;\n\tesac\n}\n\n"
		    "_gfpbench() {\n"
		    "\tlocal words= cur=${COMP_WORDS[COMP_CWORD]} verb=${COMP_WORDS[1]} option= head=\n"
		    "\tlocal before=${COMP_WORDS[COMP_CWORD - 1]}\n\n"
		    "\tCOMPREPLY=()\n"
		    "\tif [ \"$COMP_CWORD\" -eq 1 ]; then\n\t\twords=\"");
	for (int i = 0; gb_cli_verb_names[i]; i++)
		gb_text_printf(t, "%s ", gb_cli_verb_names[i]);
	gb_text_add(t, "--help --version\"\n"
		    "\telse\n"
		    "\t\t# --option=value is three words: --option, =, value\n"
		    "\t\tif [ \"$before\" = = ]; then\n"
		    "\t\t\toption=${COMP_WORDS[COMP_CWORD - 2]#--}\n"
		    "\t\telif [ \"$cur\" = = ]; then\n"
		    "\t\t\toption=${before#--} cur=\n"
		    "\t\telse\n"
		    "\t\t\tcase $before in\n"
		    "\t\t\t-b) option=backend ;;\n\t\t\t-w) option=workload ;;\n"
		    "\t\t\t--?*)\n"
		    "\t\t\t\t_gfpbench_options \"$verb\"\n"
		    "\t\t\t\tcase $words in *\" $before= \"*) option=${before#--} ;; esac\n"
		    "\t\t\t\twords= ;;\n"
		    "\t\t\tesac\n"
		    "\t\tfi\n"
		    "\t\tcase $option:$cur in\n"
		    "\t\t:-*) _gfpbench_options \"$verb\" ;;\n"
		    "\t\t*)\n"
		    "\t\t\t_gfpbench_values \"$verb/$option\" || return\n"
		    "\t\t\tcase $cur in *,*) head=${cur%,*}, cur=${cur##*,} ;; esac ;;\n"
		    "\t\tesac\n"
		    "\tfi\n"
		    "\tCOMPREPLY=($(compgen -P \"$head\" -W \"$words\" -- \"$cur\"))\n"
		    "\tcase ${COMPREPLY[*]} in *=) compopt -o nospace 2>/dev/null ;; esac\n"
		    "}\ncomplete -o default -F _gfpbench gfpbench\n");
}

/* --- keeping them true ---------------------------------------------------------------- */

static const struct {
	const char *path;
	void (*make)(struct gb_text *t);
} files[] = {
	{ "docs/man/gfpbench-csv.5", csv_page },
	{ "docs/man/gfpbench-job.5", job_page },
	{ "docs/completion/gfpbench", completion },
};

static void check_file(const char *dir, size_t i, int update)
{
	struct gb_error e = GB_ERROR_INIT;
	struct gb_text t = { 0 };
	char path[4096], *have = NULL;
	size_t len;

	snprintf(path, sizeof(path), "%s/%s", dir, files[i].path);
	files[i].make(&t);
	if (update)
		tap_ok(!gb_text_save(&t, path, &e), "%s written", path);
	else if (!tap_ok(!gb_read_file(path, 1 << 20, &have, &len, &e) && !strcmp(have, t.data),
			 "%s is what the tables say", files[i].path))
		tap_diag("%s; make manuals-update writes it", e.what);
	free(have);
	gb_text_free(&t);
}

int main(int argc, char **argv)
{
	const char *dir = getenv("GB_SRCDIR");
	int update = argc > 1 && !strcmp(argv[1], "--update");

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		check_file(dir ? dir : ".", i, update);
	return tap_done();
}
