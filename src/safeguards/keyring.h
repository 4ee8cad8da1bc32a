/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Our own certificates, every generation of them.  A renewed one lies beside the one before it, and
 * is used for what we send from a moment of its own on; what partners send is opened with all.
 * In a home they are USE.pem, and from the second generation on USE.2.pem, with the moment in
 * USE.2.from and the private key in keys/USE.2.key.
 */
#ifndef TIELINE_SAFEGUARDS_KEYRING_H
#define TIELINE_SAFEGUARDS_KEYRING_H

#include "exchange/sheet.h"
#include "safeguards/cert.h"

#define KEYRING_GENERATIONS_MAX 4 /* of one use at a time: all of them must find room in a sheet */
#define KEYRING_MAX (CERT_USES * KEYRING_GENERATIONS_MAX)
#define KEYRING_NEVER INT64_MAX
#define GENERATION_MAX 9999

struct keyring_cert {
	enum cert_use use;
	unsigned generation; /* from 1 on, never given twice */
	int64_t from_ns;     /* we send with it from then on; KEYRING_NEVER: not decided yet */
	struct cert *cert;
};

struct keyring {
	struct keyring_cert certs[KEYRING_MAX]; /* by use, then by generation */
	size_t count;
};

struct keyring *keyring_new(void);
void keyring_free(struct keyring *);
DEFINE_AUTO(keyring)

/*
 * Holds a reference of its own.  ST_LIMIT "home.certificates": more of that use than
 * KEYRING_GENERATIONS_MAX; ST_INPUT "home.certificates": that generation is there already.
 */
NODISCARD enum status keyring_add(struct keyring *, enum cert_use, unsigned generation,
	int64_t from_ns, struct cert *, struct fault *f);

/*
 * The one we send with: of those whose moment has come and that are valid, the one whose moment
 * came last.  When none of these is valid any more, the newest that is: partners have it from our
 * sheet, and an ended one helps nobody.  When all have ended, the one used last.  NULL: none of
 * that use.  Borrowed.
 */
const struct keyring_cert *keyring_current(const struct keyring *, enum cert_use, int64_t now_ns);
/* The youngest generation, used or not; NULL: none. */
const struct keyring_cert *keyring_newest(const struct keyring *, enum cert_use);
const struct keyring_cert *keyring_find(const struct keyring *, enum cert_use, unsigned generation);

/* When keyring_current() next may answer otherwise, later than now: INT64_MAX for never. */
int64_t keyring_change_ns(const struct keyring *, int64_t now_ns);

/* A key's number at the keyholder, for ever: the use is number % CERT_USES. */
unsigned keyring_number(enum cert_use, unsigned generation);

/* "tls" ".pem" -> "tls.pem", generation 2: "tls.2.pem". */
void keyring_name_put(struct buf *out, enum cert_use, unsigned generation, const char *suffix);
/* The same backwards; false: another name. */
bool keyring_name_parse(
	enum cert_use *use, unsigned *generation, struct slice name, const char *suffix);

#endif
