/* SPDX-License-Identifier: Apache-2.0 */
/* What get, receipt and explain share: bytes the ledger keeps of one message, fetched and saved. */
#ifndef TIELINE_CLI_CONTENT_H
#define TIELINE_CLI_CONTENT_H

#include "cli/desk_client.h"
#include "cli/home.h"
#include "cli/selection.h"
#include "ledger/ledger.h"

/* The first rows of both commands' options. */
enum {
	CONTENT_HOME,
	CONTENT_OUTPUT,
	CONTENT_INBOX,
	CONTENT_OUTBOX,
	CONTENT_PARTNER,
	CONTENT_OPTIONS,
};
#define CONTENT_OPTION_ROWS \
	[CONTENT_HOME] = HOME_OPTION, \
	[CONTENT_OUTPUT] = { "o", "FILE", "write there; default standard output", NULL }, \
	[CONTENT_INBOX] = INBOX_OPTION, [CONTENT_OUTBOX] = OUTBOX_OPTION, \
	[CONTENT_PARTNER] = PARTNER_OPTION

/* One content: n bytes of fd from `at`. */
struct content {
	struct buf type;     /* Content-Type of a receipt, media type of a document */
	struct buf filename; /* of a document; of several, their root's */
	uint64_t at, n;
	bool has_digest;
	uint8_t digest[DIGEST_SIZE];
	int fd;
};
struct content content_init(void);
void content_done(struct content *);
DEFINE_AUTO_IN_PLACE(content)
/* ST_NONE "message..." when it is not kept, or what the gateway said. */
NODISCARD enum status content_fetch(
	struct content *, struct desk_client *, const struct verb_get *, struct fault *f);

/*
 * That content of the message that is meant, whole and unchanged since it was stored: -1, or an
 * exit code once it was said on stderr what went wrong.
 */
int content_get(struct content *, const struct arguments *, enum ledger_content);

/*
 * Fetches that content of the message that is meant and saves it; with_type puts MIME headers in
 * front.  Returns an exit code; says on stderr what went wrong.
 */
int content_run(const struct arguments *, enum ledger_content, bool with_type);

#endif
