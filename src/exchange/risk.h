/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How much protection an area deserves (R27, R28): from how sensitive its documents are, how long
 * they must stay secret, who could intercept and store them on their way, and when a machine may
 * break today's public keys.  Pure: the clock and every assumption are the caller's.
 *
 * Store now, decrypt later (Mosca): with x years that the data must stay secret, y years to
 * migrate, and z years until such a machine, it is late when x + y > z.  Strengths: NIST SP 800-57
 * part 1, 112 bits through 2030, 128 from 2031.
 */
#ifndef TIELINE_EXCHANGE_RISK_H
#define TIELINE_EXCHANGE_RISK_H

#include "base/buf.h"
#include "exchange/area.h"

/* As `x-sensitivity` of the schemas: a document is as sensitive as its worst field. */
enum sensitivity {
	SENSITIVITY_PUBLIC,
	SENSITIVITY_INTERNAL,
	SENSITIVITY_CONFIDENTIAL,
	SENSITIVITY_RESTRICTED, /* people, banks, credentials, critical infrastructure */
	SENSITIVITIES,
};
const char *risk_sensitivity_name(enum sensitivity);

/* Over what it goes: who could intercept and store it. */
enum risk_path {
	PATH_INTERNET, /* anybody on the way */
	PATH_CARRIER,  /* a leased line, an SD-WAN over one: those who run it */
	PATH_OWN,      /* our own line: who breaks in */
	PATHS,
};
const char *risk_path_name(enum risk_path);
/* ST_NONE "risk.path" */
NODISCARD enum status risk_path_parse(enum risk_path *out, struct slice name, struct fault *f);

#define RISK_DAYS_MAX 36525 /* a hundred years */
#define RISK_YEAR_LEAST 2026
#define RISK_YEAR_MOST 2100

/* Of the settings: what people assume. */
struct risk_terms {
	bool is_enforced;      /* what falls short is refused; else only told */
	unsigned quantum_year; /* from its first day a machine may break today's public keys */
	unsigned migration_days;
	unsigned secrecy_days[AREAS];
	unsigned retention_days[AREAS]; /* documents and evidence are kept so long at least */
	/* not in the file: of the documents that may come, as their schemas say */
	enum sensitivity sensitivities[AREAS];
};
void risk_terms_init(struct risk_terms *);

/* "30y", "90d": a year has 365 days here.  ST_INPUT "risk.days". */
NODISCARD enum status risk_days_parse(unsigned *days, struct slice text, struct fault *f);
void risk_days_put(struct buf *out, unsigned days);

enum need { NEED_NONE, NEED_PREFERRED, NEED_REQUIRED, NEEDS };
const char *need_name(enum need);

enum requirement {
	REQUIRES_ENCRYPTION,       /* of the message itself, from envelope to envelope */
	REQUIRES_STRENGTH,         /* bits of security of keys and digests */
	REQUIRES_CIPHER,           /* bits of the key of the content's cipher */
	REQUIRES_FORWARD_SECRECY,  /* of the connection */
	REQUIRES_HYBRID,           /* post-quantum key exchange beside a classical one */
	REQUIRES_CERTIFICATE_LIFE, /* days from begin to end */
	REQUIRES_KEY_LIFE, /* days since the first certificate of the key, whatever came after it */
	REQUIREMENTS,
};
#define REQUIREMENT_BIT(r) (1u << (r))
const char *requirement_name(enum requirement); /* "forward-secrecy" */
/* ST_NONE "risk.requirement" */
NODISCARD enum status requirement_parse(enum requirement *out, struct slice name, struct fault *f);

struct risk_profile {
	enum sensitivity sensitivity;
	enum risk_path path;
	unsigned secrecy_days, retention_days;
	unsigned secret_until; /* the year */
	bool is_late;          /* Mosca */
	bool is_lengthened;    /* by the document itself, beyond its area */
	enum need needs[REQUIREMENTS];
	/* least bits of REQUIRES_STRENGTH and _CIPHER, most days of _CERTIFICATE_LIFE and
	 * _KEY_LIFE; else 0 */
	unsigned levels[REQUIREMENTS];
};

void risk_profile_make(struct risk_profile *out, const struct risk_terms *, enum area,
	enum risk_path, int64_t now_ns);

/*
 * The same of a document that says itself until when it must stay secret: the first moment at
 * which it need not, 0: it says nothing.  What is sooner than its area changes nothing; what is
 * later than RISK_DAYS_MAX counts as that.
 */
void risk_profile_lengthen(struct risk_profile *, const struct risk_terms *,
	int64_t secret_until_ns, int64_t now_ns);

/* "128 bits or more", "at most 398 days": what is asked for, for people. */
void requirement_put(struct buf *out, const struct risk_profile *, enum requirement);

#endif
