/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tieline doctor: walks a home, running or not, and says in order of urgency what falls short of
 * what its exchanges deserve (`tieline risk`) and of good keeping, each with what mends it.
 */
#include "cli/doctor.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/fd.h"
#include "cli/cli.h"
#include "cli/home.h"
#include "cli/output.h"
#include "safeguards/crypto.h"

#define TEXT_MAX 512
#define CLOCK_FIRST "only if it is still so once the clock is right: "

enum { HOME, JSON };
static const struct option_row options[] = {
	[HOME] = HOME_OPTION,
	[JSON] = { "json", NULL, "for programs", NULL },
};

static const struct {
	const char *name, *title;
} urgencies[URGENCIES] = {
	[URGENT] = { "urgent", "Now" },
	[SOON] = { "soon", "Soon" },
	[ADVICE] = { "advice", "When there is time" },
};

/*
 * Topics of the cybersecurity baselines for distribution systems and DER (NARUC and DOE, 2024) that
 * no program can see from inside a gateway.
 */
static const char *const unseen[] = {
	"who may log in to this host: passwords of 15 characters or more, a second factor",
	"whether networks are kept apart, and closed but for what is needed",
	"whether the home is backed up, and was ever restored from that",
	"whether logs are copied to where an intruder cannot change them",
	"a plan for incidents, and agreements with partners about telling each other",
	"an inventory of what is installed, and who is told of its vulnerabilities",
};
#define UNSEEN (sizeof(unseen) / sizeof(unseen[0]))

/* What is judged by the clock; the clock itself, keys and disks are not. */
static bool follows_from_clock(const char *topic)
{
	static const char *const topics[] = { "answers", "certificates", "evidence", "exceptions",
		"history", "messages", "partners", "protection", "registrations",
		"revocation" };

	for (size_t i = 0; i < sizeof(topics) / sizeof(topics[0]); i++)
		if (strcmp(topic, topics[i]) == 0)
			return true;
	return false;
}

void doctor_find(struct doctor *d, enum urgency urgency, const char *topic, const char *mend,
	const char *found, ...)
{
	bool is_doubtful = d->clock_is_wrong && follows_from_clock(topic);
	char text[TEXT_MAX], advice[TEXT_MAX];
	va_list arguments;

	va_start(arguments, found);
	(void)vsnprintf(text, sizeof(text), found, arguments);
	va_end(arguments);
	(void)snprintf(advice, sizeof(advice), "%s%s", is_doubtful ? CLOCK_FIRST : "", mend);
	json_array_append_new(d->found,
		json_pack("{s:s, s:s, s:o, s:o}", "urgency",
			urgencies[is_doubtful ? ADVICE : urgency].name, "topic", topic, "found",
			json_slice(slice_str(text)), "mend", json_slice(slice_str(advice))));
}

/* --- telling ---------------------------------------------------------------------- */

static const char *text_of(const json_t *row, const char *key)
{
	return json_string_value(json_object_get(row, key));
}

static size_t count_of(const json_t *found, enum urgency urgency)
{
	const json_t *row;
	size_t i, count = 0;

	json_array_foreach(found, i, row)
		count += strcmp(text_of(row, "urgency"), urgencies[urgency].name) == 0;
	return count;
}

static void row_print(const json_t *row)
{
	printf("  %s: ", text_of(row, "topic"));
	print_safe(slice_str(text_of(row, "found")));
	printf("\n      ");
	print_safe(slice_str(text_of(row, "mend")));
	puts("");
}

static void section_print(const json_t *found, enum urgency urgency)
{
	const json_t *row;
	size_t i;

	if (count_of(found, urgency) == 0)
		return;
	printf("%s\n", urgencies[urgency].title);
	json_array_foreach(found, i, row)
		if (strcmp(text_of(row, "urgency"), urgencies[urgency].name) == 0)
			row_print(row);
	puts("");
}

static void print(const json_t *found)
{
	if (json_array_size(found) == 0)
		puts("Nothing falls short.\n");
	for (enum urgency i = 0; i < URGENCIES; i++)
		section_print(found, i);
	puts("Not seen from here, and asked for by the baselines of the field:");
	for (size_t i = 0; i < UNSEEN; i++)
		printf("  %s\n", unseen[i]);
}

static json_t *unseen_json(void)
{
	json_t *rows = json_array();

	for (size_t i = 0; i < UNSEEN; i++)
		json_array_append_new(rows, json_string(unseen[i]));
	return rows;
}

/* --- looking ---------------------------------------------------------------------- */

static void look(struct doctor *d)
{
	static void (*const looks[])(struct doctor *) = { doctor_clock_belief, doctor_disk,
		doctor_keys, doctor_ignored,
		doctor_gateway, doctor_copies, doctor_fsck, doctor_certificates, doctor_protection,
		doctor_assumptions, doctor_exceptions,
		doctor_revocation, doctor_agreements, doctor_clock, doctor_root,
		doctor_software, doctor_logging };

	for (size_t i = 0; i < sizeof(looks) / sizeof(looks[0]); i++)
		looks[i](d);
}

static int tell(struct doctor *d, bool json)
{
	size_t urgent = count_of(d->found, URGENT);

	if (json)
		json_print(json_pack(
			"{s:O, s:o}", "findings", d->found, "unseen", unseen_json()));
	else
		print(d->found);
	return urgent ? EXIT_TRUST : EXIT_DONE;
}

static int run(const struct arguments *a)
{
	struct doctor d = { .path = home_path(a->values[HOME]), .home = -1 };
	struct fault f;
	int code;

	if (!d.path)
		return EXIT_USAGE;
	if (crypto_init(&f) != ST_OK || home_open(&d.home, d.path, &f) != ST_OK ||
		risk_report_open(&d.r, d.path, &f) != ST_OK) {
		code = fail(&f, home_hint(&f));
	} else {
		d.found = json_array();
		risk_report_see(&d.r, d.path);
		look(&d);
		code = tell(&d, a->given[JSON]);
		json_decref(d.found);
	}
	risk_report_done(&d.r);
	fd_close(&d.home);
	return code;
}

const struct command doctor_command = {
	.name = "doctor",
	.purpose = "what falls short in this home, in order of urgency, and what mends it",
	COMMAND_OPTIONS(options),
	.run = run,
};
