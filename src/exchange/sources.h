/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where word of revoked certificates is fetched from: addresses that a person wrote into an
 * agreement (promise 6).  None is ever taken out of a certificate or an answer.
 */
#ifndef TIELINE_EXCHANGE_SOURCES_H
#define TIELINE_EXCHANGE_SOURCES_H

#include "base/buf.h"

#define SOURCES_MAX 8      /* of one kind in an agreement */
#define SOURCE_URL_MAX 255 /* bytes */

struct sources {
	char urls[SOURCES_MAX][SOURCE_URL_MAX + 1];
	size_t count;
};

/*
 * http:// or https://, HOST or HOST:PORT, and a path of printable ASCII without a fragment: no
 * user, no blank, nothing that two readers could understand differently.  ST_INPUT "source.url".
 */
NODISCARD enum status source_url_check(struct slice url, struct fault *f);

/* As they were written, in their order, none twice.  ST_INPUT "agreement.value": `key` is named. */
NODISCARD enum status sources_read(struct sources *out, char *const *texts, unsigned count,
	const char *key, struct fault *f);
/* ", KEY: [ "http://..." ]", nothing when there are none. */
void sources_put(struct buf *out, const char *key, const struct sources *);

#endif
