/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tieline x12 ack: what is to be sent back for an interchange, as far as it alone decides that:
 * TA1, 997 or 999, and 824.  Nothing is printed but the answer; what is wrong, and where, says
 * tieline x12 check.
 */
#include "cli/x12.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/views.h"
#include "cli/save.h"
#include "cli/x12_guides.h"
#include "documents/x12/advice.h"
#include "documents/x12/answer.h"
#include "documents/x12/fan.h"

enum { GUIDE, GUIDES, TA1, AS, ADVICE, ACCEPT, UNKNOWN, NUMBER, TIME, OUTPUT, JSON };
static const struct option_row options[] = {
	X12_GUIDE_OPTIONS(GUIDE, GUIDES),
	[TA1] = { "ta1", "WHEN", "a TA1: always, errors, never; default when asked for or errors", NULL },
	[AS] = { "as", "997|999", "which answer to groups; default 999 from version 005010 on", NULL },
	[ADVICE] = { "advice", "[all]",
		"an 824 for sets that break rules, too; all: for every set", NULL },
	[ACCEPT] = { "accept-errors", NULL,
		"sets with errors in segments only are accepted: AK5*E", NULL },
	[UNKNOWN] = { "unknown-sets", "reject|accept",
		"what becomes of sets that there is no guide for; default reject", NULL },
	[NUMBER] = { "number", "N", "first control number of interchanges and groups; default 1", NULL },
	[TIME] = { "time", "RFC3339", "the time that is written; default now", NULL },
	[OUTPUT] = { "o", "FILE", "write there; default standard output", NULL },
	[JSON] = { "json", NULL, "for programs: the answer as x12 convert --to json writes it", NULL },
};

/* A word of a list, by its place in it; false: of none. */
static bool word_find(unsigned *out, const char *word, const char *const *words, unsigned count)
{
	for (unsigned i = 0; word && i < count; i++)
		if (strcmp(words[i], word) == 0)
			*out = i;
	return !word || (*out < count && strcmp(words[*out], word) == 0);
}

struct wanted {
	struct x12_answer_options answer;
	struct x12_advice_options advice;
	bool has_advice, accepts_unknown;
	struct x12_stamp stamp;
};

static enum status ways_parse(struct wanted *w, const struct arguments *a, struct fault *f)
{
	static const char *const whens[] = { [X12_TA1_ASKED] = "asked",
		[X12_TA1_ERRORS] = "errors",
		[X12_TA1_ALWAYS] = "always",
		[X12_TA1_NEVER] = "never" };
	static const char *const kinds[] = { [X12_AS_VERSION] = "version", [X12_AS_997] = "997",
		[X12_AS_999] = "999" };
	static const char *const unknown_ways[] = { "reject", "accept" };
	unsigned when = X12_TA1_ASKED, as = X12_AS_VERSION, unknown = 0;

	if (!word_find(&when, a->values[TA1], whens, 4))
		return fault_set(f, ST_INPUT, "x12.ack.option",
			"--ta1 is \"%s\": want always, errors, never or asked", a->values[TA1]);
	if (!word_find(&as, a->values[AS], kinds, 3))
		return fault_set(f, ST_INPUT, "x12.ack.option",
			"--as is \"%s\": want 997, 999 or version", a->values[AS]);
	if (!word_find(&unknown, a->values[UNKNOWN], unknown_ways, 2))
		return fault_set(f, ST_INPUT, "x12.ack.option",
			"--unknown-sets is \"%s\": want reject or accept", a->values[UNKNOWN]);
	if (a->values[ADVICE] && strcmp(a->values[ADVICE], "all") != 0)
		return fault_set(f, ST_INPUT, "x12.ack.option",
			"--advice is \"%s\": want all, or nothing", a->values[ADVICE]);
	w->answer = (struct x12_answer_options){ when, as, a->given[ACCEPT] };
	w->advice = (struct x12_advice_options){ a->values[ADVICE] != NULL, a->given[ACCEPT] };
	w->has_advice = a->given[ADVICE];
	w->accepts_unknown = unknown == 1;
	return ST_OK;
}

static enum status stamp_parse(struct x12_stamp *out, const struct arguments *a, struct fault *f)
{
	uint64_t number = 1;

	out->time_ns = clock_utc_ns();
	if (a->values[TIME])
		TRY(time_parse(&out->time_ns, slice_str(a->values[TIME]), f));
	if (a->values[NUMBER])
		TRY(slice_u64(&number, slice_str(a->values[NUMBER]), f));
	if (number < 1 || number > X12_CONTROL_MAX)
		return fault_set(f, ST_INPUT, "x12.ack.number",
			"--number is %llu: control numbers are 1 to %u",
			(unsigned long long)number, X12_CONTROL_MAX);
	out->interchange = out->group = (uint32_t)number;
	return ST_OK;
}

/* --- where answers are until all of them are made --- */

struct kept {
	int fd;
	uint64_t n;
	enum status failed; /* of a write */
	struct fault fault;
};

static void kept_done(struct kept *k)
{
	fd_close(&k->fd);
}
DEFINE_AUTO_IN_PLACE(kept)

/* On the disk and not in memory, which a long file's would fill; where there is none, there. */
static enum status spill_open(int *fd, struct fault *f)
{
	const char *directory = getenv("TMPDIR");

	*fd = open(directory && *directory ? directory : "/tmp",
		O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	return *fd >= 0 ? ST_OK : memory_file_open(fd, "answers", f);
}

static void answer_keep(void *context, const struct x12_interchange *received, struct slice bytes)
{
	struct kept *k = context;
	struct slice rest = bytes;
	size_t mark = 0;

	(void)received;
	while (rest.n > 0 && k->failed == ST_OK) {
		struct slice piece = slice_to(rest, X12_SPILL_STEP);

		k->failed = fd_write_all(k->fd, piece, &k->fault);
		k->n += piece.n;
		rest = slice_from(rest, piece.n);
		views_let_go(bytes, &mark, bytes.n - rest.n);
	}
}

static enum status kept_check(const struct kept *k, struct fault *f)
{
	if (k->failed != ST_OK)
		*f = k->fault;
	return k->failed;
}

/* --- the answers --- */

/* No answer says it: it is of no interchange. */
static void finding_take(void *context, const struct x12_finding *finding)
{
	const struct arguments *const *a = context;

	if (finding->severity == X12_ERROR &&
		x12_problem_row(finding->problem)->level == X12_OF_FILE)
		x12_place_tell((*a)->operands[0], &finding->place, finding->text, finding->code);
}

struct makers {
	struct x12_answer *answer;
	struct x12_advice *advice;
	int answer_spill, advice_spill;
};

static void makers_done(struct makers *m)
{
	x12_answer_free(m->answer);
	x12_advice_free(m->advice);
	fd_close(&m->answer_spill);
	fd_close(&m->advice_spill);
}
DEFINE_AUTO_IN_PLACE(makers)

static enum status makers_init(
	struct makers *m, struct kept *out, struct wanted *w, struct fault *f)
{
	*m = (struct makers){ .answer_spill = -1, .advice_spill = -1 };
	TRY(spill_open(&m->answer_spill, f));
	TRY(spill_open(&m->advice_spill, f));
	m->answer = x12_answer_new(&w->answer, &w->stamp, answer_keep, out);
	m->advice = x12_advice_new(&w->advice, &w->stamp, answer_keep, out);
	x12_answer_spill(m->answer, m->answer_spill);
	x12_advice_spill(m->advice, m->advice_spill);
	return ST_OK;
}

/* The check, and what listens to it: fed and gone together. */
static enum status answers_make(struct kept *out, bool *valid, const struct arguments *a,
	struct wanted *w, struct fault *f)
{
	AUTO_IN_PLACE(makers) makers;
	AUTO_IN_PLACE(x12_guide_set) guides;
	AUTO(x12_check) check = NULL;
	struct x12_listener listeners[3] = { { .context = &a, .finding = finding_take } };
	struct x12_fan fan = { 0 };
	struct x12_listener all = x12_fan_listener(&fan);
	struct x12_choice choice;

	x12_guide_set_init(&guides);
	TRY(makers_init(&makers, out, w, f));
	listeners[1] = x12_answer_listener(makers.answer);
	listeners[2] = x12_advice_listener(makers.advice);
	x12_fan_add(&fan, &listeners[1]);
	x12_fan_add(&fan, &listeners[0]);
	if (w->has_advice)
		x12_fan_add(&fan, &listeners[2]);
	TRY(x12_guides_choose(&choice, &guides, a->values[GUIDE], a->values[GUIDES], f));
	check = x12_check_new(choice.list, choice.count, !w->accepts_unknown, &all);
	TRY(x12_input_check(check, a->operands[0], f));
	TRY(x12_answer_check(makers.answer, f));
	TRY(x12_advice_check(makers.advice, f));
	*valid = x12_check_totals(check)->errors == 0;
	return kept_check(out, f);
}

/* --- written --- */

/* By the name that stdio wants; `to` stays open. */
static enum status json_write(struct kept *to, int from, struct fault *f)
{
	int fd = dup(to->fd);
	FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;
	enum status st;

	if (!file)
		return fault_errno(f, ST_HOST, "host.write", "the answer as JSON");
	st = lseek(from, 0, SEEK_SET) == 0 ? x12_json_stream(file, from, f)
		: fault_errno(f, ST_HOST, "host.read", "the answer");
	if (fclose(file) != 0 && st == ST_OK)
		st = fault_errno(f, ST_HOST, "host.write", "the answer as JSON");
	to->n = (uint64_t)lseek(to->fd, 0, SEEK_CUR);
	return st;
}

static enum status answers_save(const struct kept *answers, const struct arguments *a,
	struct fault *f)
{
	AUTO_IN_PLACE(kept) json = { .fd = -1 };

	if (!a->given[JSON])
		return save_section(
			a->values[OUTPUT], (struct slice){ 0 }, answers->fd, 0, answers->n, f);
	TRY(spill_open(&json.fd, f));
	TRY(json_write(&json, answers->fd, f));
	return save_section(a->values[OUTPUT], (struct slice){ 0 }, json.fd, 0, json.n, f);
}

static int run(const struct arguments *a)
{
	AUTO_IN_PLACE(kept) answers = { .fd = -1 };
	struct wanted w = { 0 };
	bool valid = false;
	struct fault f;

	if (ways_parse(&w, a, &f) != ST_OK || stamp_parse(&w.stamp, a, &f) != ST_OK)
		return fail_with(EXIT_USAGE, "%s", f.text);
	if (spill_open(&answers.fd, &f) != ST_OK ||
		answers_make(&answers, &valid, a, &w, &f) != ST_OK ||
		answers_save(&answers, a, &f) != ST_OK)
		return fail(&f, NULL);
	return valid ? EXIT_DONE : EXIT_INPUT;
}

const struct command x12_ack_command = {
	.name = "x12 ack",
	.operands = "FILE|-",
	.purpose = "write the acknowledgments an interchange is to be answered with",
	COMMAND_OPTIONS(options),
	.operands_min = 1,
	.operands_max = 1,
	.run = run,
};
