/* SPDX-License-Identifier: Apache-2.0 */
/* Used by ledger.c.  Partners are few: who has no agreement sends no receipt that counts. */
#include "processes/partner_clocks.h"

#include <stdlib.h>
#include <sys/queue.h>

#include "base/own.h"
#include "exchange/message.h"

#define SAID_NS NS_PER_MS /* times are said in milliseconds, cut off */

struct clock_node {
	LIST_ENTRY(clock_node) entry;
	char partner[PARTY_ID_MAX + 1];
	struct clock_difference list[CLOCK_SAMPLES];
	unsigned count, next;
};

LIST_HEAD(clock_nodes, clock_node);

struct partner_clocks {
	struct clock_nodes nodes;
};

struct partner_clocks *partner_clocks_new(void)
{
	struct partner_clocks *c = alloc_zeroed(1, sizeof(*c));

	LIST_INIT(&c->nodes);
	return c;
}

void partner_clocks_free(struct partner_clocks *c)
{
	struct clock_node *node;

	while (c && (node = LIST_FIRST(&c->nodes))) {
		LIST_REMOVE(node, entry);
		free(node);
	}
	free(c);
}

bool clock_difference_of(struct clock_difference *out, const struct clock_sample *s)
{
	int64_t made_ns = s->made_ns ? s->made_ns : s->received_ns;

	if (s->sent_ns <= 0 || s->received_ns <= 0 || s->answered_ns < s->sent_ns ||
		made_ns < s->received_ns)
		return false;
	/* Their clock is ahead by at least `least` and at most `most`, up to what was cut off. */
	int64_t most = s->received_ns + SAID_NS - s->sent_ns, least = made_ns - s->answered_ns;
	if (most < least)
		return false;
	*out = (struct clock_difference){ .ahead_ns = least + (most - least) / 2,
		.error_ns = (most - least) / 2,
		.at_ns = s->answered_ns };
	return true;
}

bool clock_is_far(const struct clock_difference *d, int64_t limit_ns)
{
	int64_t apart_ns = d->ahead_ns < 0 ? -d->ahead_ns : d->ahead_ns;

	return apart_ns - d->error_ns > limit_ns;
}

static struct clock_node *node_find(const struct partner_clocks *c, struct slice partner)
{
	struct clock_node *node;

	LIST_FOREACH(node, &c->nodes, entry)
		if (slice_eq(slice_str(node->partner), partner))
			return node;
	return NULL;
}

static struct clock_node *node_make(struct partner_clocks *c, struct slice partner)
{
	struct clock_node *node = node_find(c, partner);

	if (node)
		return node;
	node = alloc_zeroed(1, sizeof(*node));
	if (slice_to_text(node->partner, sizeof(node->partner), partner, NULL) != ST_OK)
		bug("a partner's id of %zu bytes", partner.n);
	LIST_INSERT_HEAD(&c->nodes, node, entry);
	return node;
}

void partner_clocks_note(
	struct partner_clocks *c, struct slice partner, const struct clock_sample *sample)
{
	struct clock_difference d;

	if (!clock_difference_of(&d, sample))
		return;
	struct clock_node *node = node_make(c, partner);
	node->list[node->next] = d;
	node->next = (node->next + 1) % CLOCK_SAMPLES;
	node->count += node->count < CLOCK_SAMPLES;
}

static struct clock_difference best_of(const struct clock_node *node)
{
	size_t best = 0;

	for (size_t i = 1; i < node->count; i++)
		if (node->list[i].error_ns < node->list[best].error_ns)
			best = i;
	return node->list[best];
}

bool partner_clocks_find(
	struct clock_difference *out, const struct partner_clocks *c, struct slice partner)
{
	const struct clock_node *node = node_find(c, partner);

	if (node)
		*out = best_of(node);
	return node != NULL;
}

void partner_clocks_each(const struct partner_clocks *c,
	void (*each)(void *context, struct slice partner, const struct clock_difference *),
	void *context)
{
	for (const struct clock_node *node = LIST_FIRST(&c->nodes); node;
		node = LIST_NEXT(node, entry)) {
		struct clock_difference d = best_of(node);
		each(context, slice_str(node->partner), &d);
	}
}
