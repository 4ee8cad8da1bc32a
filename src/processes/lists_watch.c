/* SPDX-License-Identifier: Apache-2.0 */
/* An old list stops nothing by itself: whoever keeps it must hear of it before an area waits. */
#include "processes/lists_watch.h"

#include <event2/event.h>

#include "base/clock.h"
#include "base/log.h"
#include "safeguards/revocation.h"

#define LOOK_EVERY_S 3600

static void lists_tell(const char *party, const struct lists *lists, int64_t now_ns)
{
	char due[TIME_TEXT_MAX];

	for (size_t i = 0; i < lists_count(lists); i++) {
		enum list_standing standing = lists_standing(lists, i, now_ns);
		if (standing != LIST_GOOD)
			log_warning("revocation-list", LOG_T("partner", party),
				LOG_T("state", list_standing_name(standing)),
				LOG_T("issuer", lists_issuer(lists, i)),
				LOG_T("next", time_format(due, lists_next_update_ns(lists, i))));
	}
}

static void partner_look(const struct partner *p, int64_t now_ns)
{
	const struct trust_terms *trust = &p->agreement->trust;
	AUTO(lists) lists = NULL;
	struct fault f;

	if (!trust->asks_revocation)
		return;
	/* Where lists or answers are fetched, whoever fetches them tells of it. */
	if (trust->lists.n == 0 && trust->crl.count + trust->ocsp.count > 0)
		return;
	if (trust->lists.n == 0)
		log_warning("revocation-list", LOG_T("partner", p->sheet->id),
			LOG_T("state", "MISSING"));
	else if (lists_parse(&lists, buf_slice(&trust->lists), &f) != ST_OK)
		log_warning("revocation-list", LOG_T("partner", p->sheet->id),
			LOG_T("state", "UNREADABLE"), LOG_FAULT(&f));
	else
		lists_tell(p->sheet->id, lists, now_ns);
}

void lists_watch_look(const struct registry *registry, int64_t now_ns)
{
	for (size_t i = 0; i < registry_partner_count(registry); i++)
		partner_look(registry_partner(registry, i), now_ns);
}

static void on_hour(evutil_socket_t fd, short what, void *context)
{
	const struct process *self = context;

	(void)fd;
	(void)what;
	lists_watch_look(self->registry, clock_utc_ns());
}

void lists_watch_start(struct process *self)
{
	struct event *hourly = event_new(self->loop, -1, EV_PERSIST, on_hour, self);

	if (!hourly || event_add(hourly, &(struct timeval){ LOOK_EVERY_S, 0 }) != 0)
		die("no timer for the revocation lists");
	lists_watch_look(self->registry, clock_utc_ns());
}
