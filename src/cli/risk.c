/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tieline risk: what each area of each partner deserves, what falls short of it, and what is let
 * through all the same: `risk except` allows that to a day, under our root's signature, `risk end`
 * takes it back.
 */
#include "cli/cli.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fd.h"
#include "cli/home.h"
#include "cli/output.h"
#include "cli/own_sheet.h"
#include "cli/renewal.h"
#include "cli/risk_report.h"
#include "exchange/utf8.h"
#include "processes/snapshot.h"
#include "safeguards/crypto.h"
#include "safeguards/signed_exceptions.h"

#define RISK_FILE "risk.pem"
#define PATH_MAX_BYTES 1024

enum { HOME, AREA, REQUIREMENT, UNTIL, REASON, BY, SECRET_UNTIL, JSON };
static const struct option_row options[] = {
	[HOME] = HOME_OPTION,
	[AREA] = { "area", "AREA", "outage, availability, aggregation or billing",
		"except end" },
	[REQUIREMENT] = { "requirement", "NAME",
		"what falls short, as `risk` calls it", "except end" },
	[UNTIL] = { "until", "DAY", "its last day, 2027-06-30; at most two years ahead",
		"except" },
	[REASON] = { "reason", "TEXT", "why it may be", "except" },
	[BY] = { "by", "NAME", "who says so; default: this user", "except" },
	[SECRET_UNTIL] = { "secret-until", "DAY",
		"of documents that say so themselves, 2056-07-01", "!except !end" },
	[JSON] = { "json", NULL, "for programs", "!except !end" },
};

/* --- the report ------------------------------------------------------------------- */

static void assumptions_print(const struct risk_terms *terms)
{
	AUTO_IN_PLACE(buf) migration = buf_init(32);

	risk_days_put(&migration, terms->migration_days);
	printf("Assumed: a machine may break today's public keys from %u on; to replace them takes "
	       "%s.\n%s\n\n",
		terms->quantum_year, buf_text(&migration),
		terms->is_enforced ? "What is required and falls short is refused."
				   : "Nothing is refused: the policy in tieline.yaml is report.");
}

static json_t *all_json(const struct risk_report *r, const char *wanted)
{
	json_t *all = json_array();

	for (size_t i = 0; i < registry_partner_count(r->registry); i++) {
		const char *id = registry_partner(r->registry, i)->sheet->id;
		if (!wanted || strcmp(wanted, id) == 0)
			json_array_append_new(all, risk_partner_json(r, i));
	}
	return all;
}

static json_t *report_json(const struct risk_terms *terms, json_t *partners, size_t shortfalls)
{
	return json_pack("{s:s, s:I, s:I, s:I, s:o}", "policy",
		terms->is_enforced ? "enforce" : "report", "quantum-year",
		(json_int_t)terms->quantum_year, "migration-days",
		(json_int_t)terms->migration_days, "shortfalls", (json_int_t)shortfalls,
		"partners", partners);
}

static void report_print(const struct risk_terms *terms, json_t *partners, size_t shortfalls)
{
	const json_t *partner;
	size_t i;

	assumptions_print(terms);
	json_array_foreach(partners, i, partner)
		risk_partner_print(partner);
	if (shortfalls > 0)
		printf("%zu requirement%s fall%s short.  To let one through for a while:\n"
		       "  tieline risk except PARTNER --area AREA --requirement NAME --until DAY "
		       "--reason TEXT\n",
			shortfalls, shortfalls == 1 ? "" : "s", shortfalls == 1 ? "s" : "");
	json_decref(partners);
}

static int report(const struct arguments *a, const struct risk_report *r)
{
	const struct risk_terms *terms = &registry_settings(r->registry)->risk;
	const char *wanted = a->operand_count ? a->operands[0] : NULL;
	json_t *partners = all_json(r, wanted);
	const json_t *partner;
	size_t i, shortfalls = 0;

	if (wanted && json_array_size(partners) == 0) {
		json_decref(partners);
		return fail_as(
			EXIT_INPUT, "partner.unknown",
			"no partner %s: see `tieline partner list`", wanted);
	}
	json_array_foreach(partners, i, partner)
		shortfalls += risk_shortfalls(partner);
	if (a->given[JSON])
		json_print(report_json(terms, partners, shortfalls));
	else
		report_print(terms, partners, shortfalls);
	return shortfalls ? EXIT_TRUST : EXIT_DONE;
}

static int report_make(const struct arguments *a, const char *home)
{
	AUTO_IN_PLACE(risk_report) r;
	int64_t secret_until_ns = 0;
	struct fault f;

	if (a->given[SECRET_UNTIL] &&
		risk_day_parse(&secret_until_ns, slice_str(a->values[SECRET_UNTIL]), &f) != ST_OK)
		return fail(&f, NULL);
	if (risk_report_open(&r, home, &f) != ST_OK)
		return fail(&f, home_hint(&f));
	r.secret_until_ns = secret_until_ns;
	risk_report_see(&r, home);
	return report(a, &r);
}

/* --- exceptions ------------------------------------------------------------------- */

struct change {
	const struct arguments *a;
	int home, lock, dir; /* dir: the partner's */
	struct own_root root;
	struct settings *settings;
	struct risk_exceptions *list;
	struct risk_exception one;
};

static void change_done(struct change *c)
{
	own_root_done(&c->root);
	settings_free(c->settings);
	risk_exceptions_free(c->list);
	fd_close(&c->dir);
	fd_close(&c->lock);
	fd_close(&c->home);
}

static enum status dir_open(struct change *c, const char *partner, struct fault *f)
{
	AUTO_IN_PLACE(buf) path = buf_init(PATH_MAX_BYTES);

	TRY(party_id_check(slice_str(partner), f));
	buf_put_text(&path, "partners/");
	partner_dir_name(&path, slice_str(partner));
	c->dir = openat(c->home, buf_text(&path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return c->dir >= 0 ? ST_OK
			   : fault_set(f, ST_INPUT, "partner.unknown",
				     "no partner %s: see `tieline partner list`", partner);
}

static enum status list_new(struct change *c, const char *partner, struct fault *f)
{
	c->list = alloc_zeroed(1, sizeof(*c->list));
	TRY(slice_to_text(c->list->party, sizeof(c->list->party), slice_str(c->settings->id), f));
	return slice_to_text(c->list->partner, sizeof(c->list->partner), slice_str(partner), f);
}

static enum status list_load(struct change *c, const char *partner, struct fault *f)
{
	AUTO_IN_PLACE(buf) pem = buf_init(SIGNED_EXCEPTIONS_SIZE_MAX);
	enum status st = file_read(&pem, c->dir, RISK_FILE, f);

	if (st == ST_NONE)
		return list_new(c, partner, f);
	TRY(st);
	return signed_exceptions_open(&c->list, buf_slice(&pem), c->root.cert,
		slice_str(c->settings->id), slice_str(partner), f);
}

static enum status change_begin(struct change *c, const char *home, struct fault *f)
{
	TRY(home_open(&c->home, home, f));
	TRY(renewal_lock(&c->lock, c->home, f));
	TRY(own_settings_load(&c->settings, c->home, f));
	TRY(own_root_load(&c->root, c->home, f));
	TRY(dir_open(c, c->a->operands[1], f));
	return list_load(c, c->a->operands[1], f);
}

static enum status place_read(struct change *c, struct fault *f)
{
	if (!c->a->given[AREA] || !c->a->given[REQUIREMENT])
		return fault_set(f, ST_INPUT, "exceptions.field",
			"of which --area and which --requirement? `tieline risk` names them");
	TRY(area_parse(&c->one.area, slice_str(c->a->values[AREA]), f));
	return requirement_parse(&c->one.requirement, slice_str(c->a->values[REQUIREMENT]), f);
}

static enum status line_read(
	char *out, size_t size, const char *text, const char *option, struct fault *f)
{
	struct slice line = slice_str(text);

	if (line.n == 0 || line.n >= size || !utf8_is_line(line))
		return fault_set(f, ST_INPUT, "exceptions.field",
			"%s wants one line of 1 to %zu bytes", option, size - 1);
	return slice_to_text(out, size, line, f);
}

static const char *this_user(void)
{
	const char *name = getenv("LOGNAME");

	return name && *name ? name : "the operator";
}

static enum status exception_read(struct change *c, struct fault *f)
{
	const struct arguments *a = c->a;
	int64_t now_ns = clock_utc_ns();

	TRY(place_read(c, f));
	if (!a->given[UNTIL] || !a->given[REASON])
		return fault_set(f, ST_INPUT, "exceptions.field",
			"until when and why? --until 2027-06-30 --reason TEXT");
	TRY(risk_day_parse(&c->one.end_ns, slice_str(a->values[UNTIL]), f));
	if (c->one.end_ns <= now_ns)
		return fault_set(
			f, ST_INPUT, "exceptions.field", "%s is over", a->values[UNTIL]);
	if (c->one.end_ns - now_ns > RISK_AHEAD_DAYS * 86400 * NS_PER_S)
		return fault_set(f, ST_INPUT, "exceptions.field",
			"%s is more than two years ahead: that is no exception", a->values[UNTIL]);
	c->one.made_ns = now_ns;
	TRY(line_read(c->one.reason, sizeof(c->one.reason), a->values[REASON], "--reason", f));
	return line_read(c->one.by, sizeof(c->one.by), a->given[BY] ? a->values[BY] : this_user(),
		"--by", f);
}

static enum status list_write(struct change *c, struct fault *f)
{
	AUTO_IN_PLACE(buf) pem = buf_init(SIGNED_EXCEPTIONS_SIZE_MAX);
	const struct signer root = { .cert = c->root.cert, .key = c->root.key };

	TRY(signed_exceptions_make(&pem, c->list, &root, f));
	return file_replace(c->dir, RISK_FILE, buf_slice(&pem), 0644, f);
}

static enum status except(struct change *c, struct fault *f)
{
	char day[RISK_DAY_MAX];

	TRY(exception_read(c, f));
	risk_exceptions_put(c->list, &c->one);
	TRY(list_write(c, f));
	printf("Until %s %s may fall short of %s in %s; `tieline status` keeps saying so.\n",
		risk_day_format(day, c->one.end_ns), c->list->partner,
		requirement_name(c->one.requirement), area_name(c->one.area));
	return ST_OK;
}

static enum status end(struct change *c, struct fault *f)
{
	TRY(place_read(c, f));
	if (!risk_exceptions_remove(c->list, c->one.area, c->one.requirement))
		return fault_set(f, ST_INPUT, "exceptions.none",
			"there is no such exception: `tieline risk %s` lists them",
			c->list->partner);
	TRY(list_write(c, f));
	printf("Ended: %s asks for %s of %s again.\n", area_name(c->one.area),
		requirement_name(c->one.requirement), c->list->partner);
	return ST_OK;
}

static int change(const struct arguments *a, const char *home,
	enum status (*make)(struct change *, struct fault *))
{
	struct change c = { .a = a, .home = -1, .lock = -1, .dir = -1 };
	struct fault f;
	enum status st;

	if (a->operand_count < 2)
		return fail_with(EXIT_USAGE, "of which partner? `tieline risk %s PARTNER`",
			a->operands[0]);
	st = change_begin(&c, home, &f);
	if (st == ST_OK)
		st = make(&c, &f);
	if (st == ST_OK && home_reload(c.home))
		puts("The running gateway was told.");
	change_done(&c);
	return st == ST_OK ? EXIT_DONE : fail(&f, "nothing was changed");
}

static int run(const struct arguments *a)
{
	const char *home = home_path(a->values[HOME]);
	struct fault f;

	if (!home)
		return EXIT_USAGE;
	if (crypto_init(&f) != ST_OK)
		return fail(&f, NULL);
	if (a->operand_count > 0 && strcmp(a->operands[0], "except") == 0)
		return change(a, home, except);
	if (a->operand_count > 0 && strcmp(a->operands[0], "end") == 0)
		return change(a, home, end);
	return a->operand_count < 2
		? report_make(a, home)
		: fail_with(EXIT_USAGE, "unexpected %s: see `tieline risk --help`",
			  a->operands[1]);
}

const struct command risk_command = {
	.name = "risk",
	.operands = "[PARTNER] | except PARTNER | end PARTNER",
	.purpose = "the protection each exchange deserves, and what falls short of it",
	COMMAND_OPTIONS(options),
	.operands_max = 2,
	.run = run,
};
