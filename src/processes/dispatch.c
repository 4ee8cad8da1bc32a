/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Used by ledger.c.  Lanes are few (partners times four); flights are found by row in a hash table.
 */
#include "processes/dispatch.h"

#include <stdlib.h>
#include <sys/queue.h>

#include "base/own.h"

#define BUCKETS 1024
/*
 * Turns that more urgent areas may take in a row while a lower one waits.  A turn is one message
 * handed to a courier, so the most urgent area waits for three of them in nineteen at most.
 */
#define PASSED_MOST 16

struct lane_node {
	TAILQ_ENTRY(lane_node) entry;
	struct lane lane;
};

struct reach_node {
	LIST_ENTRY(reach_node) entry;
	struct reach reach;
};

struct flight_node {
	LIST_ENTRY(flight_node) entry;
	struct flight flight;
};

struct dispatch {
	unsigned passed[AREAS]; /* turns of more urgent areas since its last one */
	TAILQ_HEAD(, lane_node) lanes[AREAS];
	LIST_HEAD(, reach_node) reaches; /* of each partner that has a lane */
	LIST_HEAD(, flight_node) flights[BUCKETS];
};

struct dispatch *dispatch_new(void)
{
	struct dispatch *d = alloc_zeroed(1, sizeof(*d));

	for (unsigned i = 0; i < AREAS; i++)
		TAILQ_INIT(&d->lanes[i]);
	LIST_INIT(&d->reaches);
	return d;
}

void dispatch_free(struct dispatch *d)
{
	struct lane_node *lane;
	struct reach_node *reach;
	struct flight_node *flight;

	while (d && (reach = LIST_FIRST(&d->reaches))) {
		LIST_REMOVE(reach, entry);
		free(reach);
	}
	for (unsigned i = 0; d && i < AREAS; i++)
		while ((lane = TAILQ_FIRST(&d->lanes[i]))) {
			TAILQ_REMOVE(&d->lanes[i], lane, entry);
			free(lane);
		}
	for (unsigned i = 0; d && i < BUCKETS; i++)
		while ((flight = LIST_FIRST(&d->flights[i]))) {
			LIST_REMOVE(flight, entry);
			free(flight);
		}
	free(d);
}

/* NULL: nothing was sent to this partner in this area yet. */
static struct lane *lane_find(const struct dispatch *d, struct slice partner, enum area area)
{
	struct lane_node *node;

	TAILQ_FOREACH(node, &d->lanes[area], entry)
		if (slice_eq(slice_str(node->lane.partner), partner))
			return &node->lane;
	return NULL;
}

static struct reach *reach_of(struct dispatch *d, struct slice partner)
{
	for (enum area area = 0; area < AREAS; area++) {
		const struct lane *lane = lane_find(d, partner, area);
		if (lane)
			return lane->reach;
	}
	struct reach_node *node = alloc_zeroed(1, sizeof(*node));
	LIST_INSERT_HEAD(&d->reaches, node, entry);
	return &node->reach;
}

struct lane *dispatch_lane(struct dispatch *d, struct slice partner, enum area area)
{
	struct lane *lane = lane_find(d, partner, area);

	if (lane)
		return lane;
	struct lane_node *node = alloc_zeroed(1, sizeof(*node));
	node->lane.reach = reach_of(d, partner);
	node->lane.area = area;
	node->lane.due_ns = INT64_MAX;
	if (slice_to_text(node->lane.partner, sizeof(node->lane.partner), partner, NULL) != ST_OK)
		bug("a partner's id of %zu bytes", partner.n);
	TAILQ_INSERT_TAIL(&d->lanes[area], node, entry);
	return &node->lane;
}

void lane_due(struct lane *lane, int64_t at_ns)
{
	if (at_ns < lane->due_ns)
		lane->due_ns = at_ns;
}

void lane_paused(struct lane *lane)
{
	lane->reach->paused |= AREA_BIT(lane->area);
}

bool lane_is_eased(const struct lane *lane)
{
	const struct reach *reach = lane->reach;

	return reach->eased > 0 && reach->under_way < EASED_PARALLEL &&
		reach->paused & AREA_BIT(lane->area);
}

void lane_eased_one(struct lane *lane)
{
	if (lane->reach->eased > 0)
		lane->reach->eased--;
}

void lane_eased_all(struct lane *lane)
{
	lane->reach->paused &= ~AREA_BIT(lane->area);
}

void lane_unreached(struct lane *lane, int64_t begun_ns)
{
	if (begun_ns >= lane->reach->at_ns)
		lane->reach->eased = 0;
}

/*
 * The last of those that are kept, and the one kept before it, are so far apart at least.  Where
 * the clock was set back nothing is known of before.
 */
static void proof_keep(int64_t kept_ns[2], int64_t now_ns, int64_t apart_ns)
{
	bool is_back = now_ns < kept_ns[0];

	if (!is_back && now_ns - kept_ns[0] < apart_ns)
		return;
	kept_ns[1] = is_back ? 0 : kept_ns[0];
	kept_ns[0] = now_ns;
}

int64_t lane_proof_ns(const struct lane *lane, int64_t now_ns, int64_t ago_ns)
{
	const struct reach *reach = lane->reach;
	const int64_t *kept_ns = ago_ns == PROOF_NEAR_NS ? reach->near_ns : reach->far_ns;

	return now_ns - kept_ns[0] >= ago_ns ? kept_ns[0] : kept_ns[1];
}

void dispatch_reached(struct dispatch *d, struct lane *lane, int64_t now_ns)
{
	struct reach *reach = lane->reach;

	reach->eased = reach->eased < EASED_MOST - EASED_BY_ONE ? reach->eased + EASED_BY_ONE
								: EASED_MOST;
	reach->at_ns = now_ns;
	proof_keep(reach->near_ns, now_ns, PROOF_NEAR_NS);
	proof_keep(reach->far_ns, now_ns, PROOF_FAR_NS);
	for (enum area area = 0; area < AREAS; area++)
		if (reach->paused & AREA_BIT(area))
			lane_due(dispatch_lane(d, slice_str(lane->partner), area), now_ns);
}

static struct lane_node *due_find(
	const struct dispatch *d, enum area area, int64_t now_ns, unsigned most)
{
	struct lane_node *node;

	TAILQ_FOREACH(node, &d->lanes[area], entry)
		if (node->lane.due_ns <= now_ns && node->lane.in_flight < most)
			return node;
	return NULL;
}

/*
 * Whoever is served goes to the end, so that one partner's thousands do not keep another's one
 * waiting.
 */
static struct lane *turn_take(struct dispatch *d, struct lane_node *node)
{
	enum area area = node->lane.area;

	TAILQ_REMOVE(&d->lanes[area], node, entry);
	TAILQ_INSERT_TAIL(&d->lanes[area], node, entry);
	d->passed[area] = 0;
	for (unsigned i = area + 1; i < AREAS; i++)
		d->passed[i]++;
	return &node->lane;
}

/* An area that was passed over as often as may be, and has something due. */
static struct lane_node *starved_find(struct dispatch *d, int64_t now_ns, unsigned most)
{
	for (unsigned i = 0; i < AREAS; i++) {
		struct lane_node *node = d->passed[i] < PASSED_MOST
			? NULL
			: due_find(d, i, now_ns, most);
		if (node)
			return node;
		if (d->passed[i] >= PASSED_MOST)
			d->passed[i] = 0; /* it did not want its turn */
	}
	return NULL;
}

struct lane *dispatch_next(struct dispatch *d, int64_t now_ns, unsigned most)
{
	struct lane_node *node = starved_find(d, now_ns, most);

	for (unsigned i = 0; !node && i < AREAS; i++)
		node = due_find(d, i, now_ns, most);
	return node ? turn_take(d, node) : NULL;
}

int64_t dispatch_next_ns(const struct dispatch *d, unsigned most)
{
	int64_t next_ns = INT64_MAX;
	const struct lane_node *node;

	for (unsigned i = 0; i < AREAS; i++)
		TAILQ_FOREACH(node, &d->lanes[i], entry)
			if (node->lane.in_flight < most && node->lane.due_ns < next_ns)
				next_ns = node->lane.due_ns;
	return next_ns;
}

static struct flight_node *node_find(const struct dispatch *d, uint64_t row)
{
	struct flight_node *node;

	LIST_FOREACH(node, &d->flights[row % BUCKETS], entry)
		if (node->flight.row == row)
			return node;
	return NULL;
}

void flight_add(struct dispatch *d, const struct flight *flight)
{
	struct flight_node *node = alloc_zeroed(1, sizeof(*node));

	if (node_find(d, flight->row))
		bug("message %llu is in flight twice", (unsigned long long)flight->row);
	node->flight = *flight;
	node->flight.lane->in_flight++;
	node->flight.lane->reach->under_way += flight->is_eased;
	LIST_INSERT_HEAD(&d->flights[flight->row % BUCKETS], node, entry);
}

bool flight_find(struct flight *out, const struct dispatch *d, uint64_t row)
{
	const struct flight_node *node = node_find(d, row);

	if (node)
		*out = node->flight;
	return node != NULL;
}

void flight_end(struct dispatch *d, uint64_t row)
{
	struct flight_node *node = node_find(d, row);

	if (!node)
		return;
	node->flight.lane->in_flight--;
	node->flight.lane->reach->under_way -= node->flight.is_eased;
	LIST_REMOVE(node, entry);
	free(node);
}

bool flight_of_courier(struct flight *out, const struct dispatch *d, unsigned courier)
{
	const struct flight_node *node;

	for (unsigned i = 0; i < BUCKETS; i++)
		LIST_FOREACH(node, &d->flights[i], entry)
			if (node->flight.courier == courier) {
				*out = node->flight;
				return true;
			}
	return false;
}

bool flight_overdue(struct flight *out, const struct dispatch *d, int64_t now_ns)
{
	const struct flight_node *node;

	for (unsigned i = 0; i < BUCKETS; i++)
		LIST_FOREACH(node, &d->flights[i], entry)
			if (node->flight.until_ns <= now_ns) {
				*out = node->flight;
				return true;
			}
	return false;
}

void dispatch_hurry(struct dispatch *d, int64_t until_ns)
{
	struct flight_node *node;

	for (unsigned i = 0; i < BUCKETS; i++)
		LIST_FOREACH(node, &d->flights[i], entry)
			if (node->flight.until_ns > until_ns)
				node->flight.until_ns = until_ns;
}
