/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fetching what an agreement names an address of, in the courier: one request, one answer into a
 * memory file, with limits of size and time, and no way on to anywhere else.  What comes is
 * believed by nobody here.
 */
#ifndef TIELINE_PROCESSES_FETCH_H
#define TIELINE_PROCESSES_FETCH_H

#include "base/buf.h"

struct event_base;
struct fetcher;

/*
 * ST_OK: fd is the callee's, an answer of HTTP 200, sealed.  Else a fault: "fetch.resolve" |
 * "fetch.connect" | "fetch.tls" | "fetch.timeout" | "fetch.connection" | "fetch.size" |
 * "fetch.http" (any other status: redirects are not followed) | "fetch.empty".
 */
typedef void fetch_done(
	void *context, uint64_t ticket, int fd, enum status, const struct fault *);

/* The system's authorities for https, read before the door closes; empty: there are none. */
void fetch_authorities_read(struct buf *pem);
#define FETCH_AUTHORITIES_MAX (4 << 20) /* bytes */

/* `authorities` is borrowed. */
struct fetcher *fetcher_new(
	struct event_base *, struct slice authorities, fetch_done *, void *context);
void fetcher_free(struct fetcher *); /* what is under way ends without a word */
DEFINE_AUTO(fetcher)

struct fetch_order {
	uint64_t ticket;     /* the caller's */
	const char *url;
	struct slice request; /* application/ocsp-request to post; empty: none.  Borrowed */
	uint64_t size_max;   /* bytes of the answer */
	int64_t time_ns;     /* for all of it */
};
/* ST_HOST: no memory file.  Then `done` is not called. */
NODISCARD enum status fetcher_start(struct fetcher *, const struct fetch_order *, struct fault *f);
size_t fetcher_busy(const struct fetcher *);

#endif
