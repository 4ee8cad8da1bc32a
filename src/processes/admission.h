/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is decided about a request from its head alone, before a byte of the body is
 * read: where it goes, whether this partner may send it, and in which words it is refused.
 */
#ifndef TIELINE_PROCESSES_ADMISSION_H
#define TIELINE_PROCESSES_ADMISSION_H

#include "bindings/as2.h"
#include "exchange/registry.h"
#include "processes/protection.h"

enum verdict {
	VERDICT_MESSAGE, /* read the body, then to an envelope */
	VERDICT_HEALTH,  /* GET /healthz */
	VERDICT_RECEIPT, /* one that comes by itself: read the body, then to an envelope */
	VERDICT_REFUSE,  /* a signed refusal: the fault says why */
	VERDICT_ERROR,   /* a plain HTTP status: no message to give a receipt for */
};

struct admission_asked {
	struct slice method, target;
	uint64_t length;               /* HTTP_NO_LENGTH when chunked */
	struct slice head;             /* as2_head_select lines */
	const struct partner *partner; /* whom the TLS connection proved, now; NULL: nobody */
	struct slice own_id;
	const struct settings *settings;
	struct protecting by; /* the connection */
	int64_t now_ns;
	/*
	 * Without proof: the partner that a head may name all the same, NULL when there is none,
	 * and whom an earlier head of this connection named, empty for the first.
	 */
	const struct partner *(*named)(void *context, struct slice id);
	/*
	 * Counts one more against a rate, of `partner`, or of all strangers: ST_RETRY, and *wait_s
	 * until the next is taken.  A receipt counts as one, and finds room as what is of its area.
	 */
	enum status (*paced)(void *context, unsigned *wait_s, const struct partner *, enum area,
		bool is_receipt, struct fault *f);
	void *context;
	struct slice bound;
};

struct admission {
	enum verdict verdict;
	/* VERDICT_MESSAGE, VERDICT_RECEIPT; as long as the registry */
	const struct partner *partner;
	bool receipt;        /* it was posted as one */
	/* VERDICT_MESSAGE, VERDICT_REFUSE: billing while it is not known; else AREAS if so */
	enum area area;
	bool shared;         /* posted to the address of all areas: the envelope finds the area */
	bool open;           /* and its head alone does not tell it */
	unsigned wait_s;     /* VERDICT_ERROR: when to try again; 0: nothing is said of that */
	uint64_t body_max;   /* VERDICT_MESSAGE, VERDICT_RECEIPT: bytes */
	/* VERDICT_MESSAGE, VERDICT_RECEIPT, VERDICT_REFUSE: points into asked.head */
	struct as2_head as2;
};

/*
 * Pure.  *f is written for VERDICT_REFUSE ("as2.from", "as2.to", "agreement.*", "risk.*") and
 * VERDICT_ERROR ("http.target.unknown", "http.method", "as2.header.*", "message.id.*", what
 * `paced` says; of a receipt all of them, because for a receipt there is none).
 */
enum verdict admission_judge(
	struct admission *out, const struct admission_asked *, struct fault *f);

/* The HTTP status of a plain refusal; 0: close without a word. */
unsigned admission_http_status(const struct fault *);

#endif
