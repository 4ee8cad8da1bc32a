/* SPDX-License-Identifier: Apache-2.0 */
/* Two tables say what is needed: by sensitivity and path, once before it is late and once after. */
#include "exchange/risk.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/log.h"

#define DAY_NS (86400 * NS_PER_S)
#define DAYS_PER_YEAR 365
#define STRENGTH_112_LAST 2030 /* SP 800-57 part 1: 112 bits protect through this year */
#define CERTIFICATE_DAYS 398
/*
 * SP 800-57 part 1 rev. 5, table 1: a private signature key is used for one to three years, one
 * that proves who somebody is for one to two, key transport for two at most, static key agreement
 * for one to two.  What all of them allow.
 */
#define KEY_DAYS (2 * DAYS_PER_YEAR)

/* clang-format off */
static const char *const sensitivity_names[SENSITIVITIES] = {
	[SENSITIVITY_PUBLIC] = "public", [SENSITIVITY_INTERNAL] = "internal",
	[SENSITIVITY_CONFIDENTIAL] = "confidential", [SENSITIVITY_RESTRICTED] = "restricted",
};
static const char *const path_names[PATHS] = {
	[PATH_INTERNET] = "internet", [PATH_CARRIER] = "carrier", [PATH_OWN] = "own",
};
static const char *const need_names[NEEDS] = {
	[NEED_NONE] = "not needed", [NEED_PREFERRED] = "preferred", [NEED_REQUIRED] = "required",
};
static const char *const requirement_names[REQUIREMENTS] = {
	[REQUIRES_ENCRYPTION] = "encryption", [REQUIRES_STRENGTH] = "strength",
	[REQUIRES_CIPHER] = "cipher", [REQUIRES_FORWARD_SECRECY] = "forward-secrecy",
	[REQUIRES_HYBRID] = "hybrid", [REQUIRES_CERTIFICATE_LIFE] = "certificate-life",
	[REQUIRES_KEY_LIFE] = "key-life",
};
/* clang-format on */

const char *risk_sensitivity_name(enum sensitivity sensitivity)
{
	return sensitivity_names[sensitivity];
}

const char *risk_path_name(enum risk_path path)
{
	return path_names[path];
}

const char *need_name(enum need need)
{
	return need_names[need];
}

const char *requirement_name(enum requirement requirement)
{
	return requirement_names[requirement];
}

/* At its index, or `count` when there is none. */
static unsigned name_find(const char *const *names, unsigned count, struct slice name)
{
	unsigned i = 0;

	while (i < count && !slice_eq(name, slice_str(names[i])))
		i++;
	return i;
}

enum status risk_path_parse(enum risk_path *out, struct slice name, struct fault *f)
{
	*out = (enum risk_path)name_find(path_names, PATHS, name);
	return *out < PATHS ? ST_OK
			    : fault_set(f, ST_NONE, "risk.path",
				      "there is no path %.*s: use internet, carrier or own",
				      SLICE_FMT(slice_to(name, 40)));
}

enum status requirement_parse(enum requirement *out, struct slice name, struct fault *f)
{
	*out = (enum requirement)name_find(requirement_names, REQUIREMENTS, name);
	return *out < REQUIREMENTS
		? ST_OK
		: fault_set(f, ST_NONE, "risk.requirement",
			  "there is no requirement %.*s: use encryption, strength, cipher, "
			  "forward-secrecy, hybrid, certificate-life or key-life",
			  SLICE_FMT(slice_to(name, 40)));
}

/* --- assumptions ------------------------------------------------------------------ */

/* Customers and premises for decades, accounts for years, what is over soon for days. */
void risk_terms_init(struct risk_terms *terms)
{
	*terms = (struct risk_terms){
		.is_enforced = true,
		.quantum_year = 2035,
		.migration_days = 2 * DAYS_PER_YEAR,
		.secrecy_days = { [AREA_OUTAGE] = 30,
			[AREA_AVAILABILITY] = 90,
			[AREA_AGGREGATION] = 30 * DAYS_PER_YEAR,
			[AREA_BILLING] = 10 * DAYS_PER_YEAR },
		.retention_days = { [AREA_OUTAGE] = DAYS_PER_YEAR,
			[AREA_AVAILABILITY] = DAYS_PER_YEAR,
			[AREA_AGGREGATION] = 7 * DAYS_PER_YEAR,
			[AREA_BILLING] = 7 * DAYS_PER_YEAR },
	};
	/* What nobody looked into is taken for the worst. */
	for (enum area area = 0; area < AREAS; area++)
		terms->sensitivities[area] = SENSITIVITY_RESTRICTED;
}

static bool digits_read(unsigned *out, struct slice text)
{
	*out = 0;
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] < '0' || text.p[i] > '9' || *out > RISK_DAYS_MAX)
			return false;
		*out = *out * 10 + (unsigned)(text.p[i] - '0');
	}
	return text.n > 0;
}

enum status risk_days_parse(unsigned *days, struct slice text, struct fault *f)
{
	uint8_t unit = text.n > 0 ? text.p[text.n - 1] : 0;
	unsigned factor = unit == 'y' ? DAYS_PER_YEAR : 1;

	if ((unit == 'd' || unit == 'y') && digits_read(days, slice_to(text, text.n - 1)) &&
		*days <= RISK_DAYS_MAX / factor) {
		*days *= factor;
		return ST_OK;
	}
	return fault_set(f, ST_INPUT, "risk.days",
		"'%.*s' is no time like 30y or 90d, of a hundred years at most",
		SLICE_FMT(slice_to(text, 40)));
}

void risk_days_put(struct buf *out, unsigned days)
{
	bool is_years = days > 0 && days % DAYS_PER_YEAR == 0;

	buf_putf(out, "%u%c", is_years ? days / DAYS_PER_YEAR : days, is_years ? 'y' : 'd');
}

/* --- what is needed --------------------------------------------------------------- */

#define NO NEED_NONE
#define PREF NEED_PREFERRED
#define YES NEED_REQUIRED

/* Which does not depend on the years; columns: internet, carrier, own line. */
/* clang-format off */
static const enum need encryption_needs[SENSITIVITIES][PATHS] = {
	[SENSITIVITY_PUBLIC]       = { NO,   NO,   NO   },
	[SENSITIVITY_INTERNAL]     = { PREF, PREF, NO   },
	[SENSITIVITY_CONFIDENTIAL] = { YES,  YES,  PREF },
	[SENSITIVITY_RESTRICTED]   = { YES,  YES,  YES  },
};

static const enum need hybrid_needs[2][SENSITIVITIES][PATHS] = {
	{ /* there is time */
		[SENSITIVITY_PUBLIC]       = { NO,   NO,   NO },
		[SENSITIVITY_INTERNAL]     = { NO,   NO,   NO },
		[SENSITIVITY_CONFIDENTIAL] = { PREF, NO,   NO },
		[SENSITIVITY_RESTRICTED]   = { PREF, PREF, NO },
	},
	{ /* what is stored today will be read too early */
		[SENSITIVITY_PUBLIC]       = { NO,   NO,   NO   },
		[SENSITIVITY_INTERNAL]     = { PREF, NO,   NO   },
		[SENSITIVITY_CONFIDENTIAL] = { YES,  PREF, NO   },
		[SENSITIVITY_RESTRICTED]   = { YES,  YES,  PREF },
	},
};

/* The others are asked of every message: they prove who sent it, too. */
static const enum need connection_needs[SENSITIVITIES] = {
	[SENSITIVITY_PUBLIC] = PREF, [SENSITIVITY_INTERNAL] = PREF,
	[SENSITIVITY_CONFIDENTIAL] = YES, [SENSITIVITY_RESTRICTED] = YES,
};

static const enum need life_needs[SENSITIVITIES] = {
	[SENSITIVITY_PUBLIC] = PREF, [SENSITIVITY_INTERNAL] = PREF,
	[SENSITIVITY_CONFIDENTIAL] = PREF, [SENSITIVITY_RESTRICTED] = YES,
};
/* clang-format on */

static unsigned year_of(int64_t ns)
{
	char text[TIME_TEXT_MAX];
	unsigned year = 0;

	time_format(text, ns);
	for (size_t i = 0; i < 4; i++)
		year = year * 10 + (unsigned)(text[i] - '0');
	return year;
}

static int64_t days_until_year(unsigned year, int64_t now_ns)
{
	char text[TIME_TEXT_MAX];
	int64_t begins_ns = 0;

	(void)snprintf(text, sizeof(text), "%04u-01-01T00:00:00Z", year);
	if (time_parse(&begins_ns, slice_str(text), NULL) != ST_OK)
		bug("year %u", year);
	return (begins_ns - now_ns) / DAY_NS;
}

static void needs_fill(struct risk_profile *p)
{
	p->needs[REQUIRES_ENCRYPTION] = encryption_needs[p->sensitivity][p->path];
	p->needs[REQUIRES_STRENGTH] = NEED_REQUIRED;
	p->needs[REQUIRES_CIPHER] = p->needs[REQUIRES_ENCRYPTION];
	p->needs[REQUIRES_FORWARD_SECRECY] = connection_needs[p->sensitivity];
	p->needs[REQUIRES_HYBRID] = hybrid_needs[p->is_late][p->sensitivity][p->path];
	p->needs[REQUIRES_CERTIFICATE_LIFE] = life_needs[p->sensitivity];
	p->needs[REQUIRES_KEY_LIFE] = life_needs[p->sensitivity];
}

/* All that follows from how long it must stay secret. */
static void secrecy_set(struct risk_profile *p, const struct risk_terms *terms, unsigned days,
	int64_t now_ns)
{
	p->secrecy_days = days;
	p->secret_until = year_of(now_ns + days * DAY_NS);
	p->is_late = (int64_t)days + terms->migration_days >
		days_until_year(terms->quantum_year, now_ns);
	p->levels[REQUIRES_STRENGTH] = p->secret_until > STRENGTH_112_LAST ? 128 : 112;
	/* Such a machine halves the bits of a cipher's key (Grover), and no more. */
	p->levels[REQUIRES_CIPHER] =
		p->is_late && p->sensitivity >= SENSITIVITY_CONFIDENTIAL ? 256 : 128;
	needs_fill(p);
}

void risk_profile_make(struct risk_profile *out, const struct risk_terms *terms, enum area area,
	enum risk_path path, int64_t now_ns)
{
	*out = (struct risk_profile){
		.sensitivity = terms->sensitivities[area],
		.path = path,
		.retention_days = terms->retention_days[area],
		.levels = { [REQUIRES_CERTIFICATE_LIFE] = CERTIFICATE_DAYS,
			[REQUIRES_KEY_LIFE] = KEY_DAYS },
	};
	secrecy_set(out, terms, terms->secrecy_days[area], now_ns);
}

void risk_profile_lengthen(struct risk_profile *p, const struct risk_terms *terms,
	int64_t secret_until_ns, int64_t now_ns)
{
	int64_t days = secret_until_ns > now_ns ? (secret_until_ns - now_ns) / DAY_NS : 0;

	if (days <= p->secrecy_days)
		return;
	p->is_lengthened = true;
	secrecy_set(p, terms, days < RISK_DAYS_MAX ? (unsigned)days : RISK_DAYS_MAX, now_ns);
}

/* Around its level, if it has one. */
static const struct {
	const char *before, *after;
} words[REQUIREMENTS] = {
	[REQUIRES_ENCRYPTION] = { "messages encrypted from envelope to envelope", "" },
	[REQUIRES_STRENGTH] = { "signatures, and keys and digests of ",
		" bits of security or more" },
	[REQUIRES_CIPHER] = { "contents under keys of ", " bits" },
	[REQUIRES_FORWARD_SECRECY] = { "connections with forward secrecy", "" },
	[REQUIRES_HYBRID] = { "hybrid post-quantum key exchange (X25519MLKEM768)", "" },
	[REQUIRES_CERTIFICATE_LIFE] = { "certificates of ", " days at most" },
	[REQUIRES_KEY_LIFE] = { "keys that are used for ", " days at most" },
};

void requirement_put(struct buf *out, const struct risk_profile *p, enum requirement requirement)
{
	buf_put_text(out, words[requirement].before);
	if (p->levels[requirement] != 0)
		buf_putf(out, "%u", p->levels[requirement]);
	buf_put_text(out, words[requirement].after);
}
