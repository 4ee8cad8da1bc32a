/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was told is remembered by fingerprint, in two lists that change places: whatever is seen no
 * more is forgotten with the old one.
 */
#include "processes/watch.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/codec.h"
#include "base/log.h"
#include "safeguards/chain.h"

#define ADVICE_MAX 512
#define DAY_NS (86400 * NS_PER_S)
#define TOLD_MAX ((PARTNERS_MAX + 1) * (size_t)(SHEET_CERTS_MAX + ANCHORS_MAX + 1))

struct told {
	uint8_t fingerprint[CERT_FINGERPRINT_SIZE];
	enum nearness nearness;
};

struct watch {
	struct buf before, now; /* struct told; `before` sorted */
	void (*tell)(void *context, const struct credential *);
	void *context;
	int64_t now_ns, next_ns; /* when something may be told after now */
};

static struct buf list_new(void)
{
	return buf_init(TOLD_MAX * sizeof(struct told));
}

struct watch *watch_new(void)
{
	struct watch *w = alloc_zeroed(1, sizeof(*w));

	w->before = list_new();
	return w;
}

void watch_free(struct watch *w)
{
	if (!w)
		return;
	buf_done(&w->before);
	free(w);
}

static int told_order(const void *a, const void *b)
{
	return memcmp(((const struct told *)a)->fingerprint, ((const struct told *)b)->fingerprint,
		CERT_FINGERPRINT_SIZE);
}

/* At each of the days before its end, and at the end. */
static void next_find(struct watch *w, int64_t ends_ns)
{
	static const int days[] = { 60, 30, 14, 7, 0 };

	for (size_t i = 0; i < sizeof(days) / sizeof(days[0]); i++) {
		int64_t at_ns = ends_ns - days[i] * DAY_NS;
		if (at_ns >= w->now_ns && at_ns < w->next_ns)
			w->next_ns = at_ns;
	}
}

static void on_credential(void *context, const struct credential *c)
{
	struct watch *w = context;
	struct told told = { .nearness = c->nearness };

	next_find(w, c->ends_ns);
	if (c->nearness == NEAR_NOT)
		return;
	for (size_t i = 0; i < sizeof(told.fingerprint) && i < c->fingerprint.n; i++)
		told.fingerprint[i] = c->fingerprint.p[i];
	const struct told *last = w->before.n
		? bsearch(&told, w->before.p, w->before.n / sizeof(told), sizeof(told), told_order)
		: NULL;
	if (!last || last->nearness < c->nearness)
		w->tell(w->context, c);
	else
		told.nearness = last->nearness; /* the clock was set back */
	buf_put(&w->now, slice_of(&told, sizeof(told)));
}

int64_t watch_look(struct watch *w, const struct keyring *ring, const struct cert *root,
	const struct registry *registry, int64_t now_ns,
	void (*tell)(void *context, const struct credential *), void *context)
{
	w->now = list_new();
	w->tell = tell;
	w->context = context;
	w->now_ns = now_ns;
	w->next_ns = now_ns + WATCH_PERIOD_NS;
	credentials_each(ring, root, registry, now_ns, on_credential, w);
	if (w->now.n != 0)
		qsort(w->now.p, w->now.n / sizeof(struct told), sizeof(struct told), told_order);
	buf_done(&w->before);
	w->before = w->now;
	return w->next_ns;
}

void watch_log(void *now_ns, const struct credential *c)
{
	AUTO_IN_PLACE(buf) advice = buf_init(ADVICE_MAX), hex = buf_init(2 * CERT_FINGERPRINT_SIZE);
	int64_t left_ns = c->ends_ns - *(const int64_t *)now_ns;
	bool is_over = c->nearness == NEAR_OVER;
	char end[TIME_TEXT_MAX];

	credential_advice(&advice, c);
	hex_format(&hex, c->fingerprint);
	log_write(is_over ? LOG_LEVEL_ERROR : LOG_LEVEL_WARNING,
		is_over ? "certificate-ended" : "certificate-ends",
		(const struct log_field[]){ LOG_T("party", c->party),
			LOG_T("whose", c->is_own ? "ours" : "partner's"), LOG_T("use", c->use),
			LOG_T("end", time_format(end, c->ends_ns)),
			LOG_I("days", is_over ? 0 : left_ns / DAY_NS),
			LOG_S("fingerprint", buf_slice(&hex)), LOG_S("advice", buf_slice(&advice)),
			{ .kind = LOG_END } });
}
