/* SPDX-License-Identifier: Apache-2.0 */
/* What each listener of a fan hears of hostile bytes is what it hears alone, in the same order. */
#include "../unit/x12_house.h"
#include "documents/x12/fan.h"

#define MOST (4U << 20)

static struct {
	struct x12_guide *guide;
	struct x12_rules *rules;
} house;

static void house_open(void)
{
	const char *const texts[] = { X12_HOUSE_GUIDE X12_HOUSE_RULES, NULL };
	struct fault f;

	if (!house.guide && (x12_house_load(&house.guide, "bill", texts, &f) != ST_OK ||
				    x12_rules_compile(&house.rules, house.guide, &f) != ST_OK))
		bug("%s", f.text);
}

static void segment_put(void *context, const struct x12_context *at, const struct x12_segment *s,
	const struct x12_variant *v, const struct x12_place *place)
{
	struct buf *out = context;

	buf_putf(out, "[%llu %u%u%u%u%s ", (unsigned long long)place->offset,
		at->interchange != NULL, at->group != NULL, at->set != NULL, v != NULL,
		place->loop ? place->loop : "");
	buf_put(out, s->raw);
	buf_put_u8(out, ']');
}

#define EVENT(event, name)                                                      \
	static void event##_put(void *context, const struct x12_context *at)    \
	{                                                                       \
		(void)at;                                                       \
		buf_put_text(context, name);                                    \
	}
EVENT(interchange_began, "<I ")
EVENT(interchange_ended, "I> ")
EVENT(group_began, "<G ")
EVENT(group_ended, "G> ")
EVENT(set_began, "<S ")
EVENT(set_ended, "S> ")

static struct x12_listener listener_of(struct buf *out)
{
	return (struct x12_listener){ .context = out,
		.finding = x12_house_finding,
		.interchange_began = interchange_began_put,
		.interchange_ended = interchange_ended_put,
		.group_began = group_began_put,
		.group_ended = group_ended_put,
		.set_began = set_began_put,
		.set_ended = set_ended_put,
		.segment = segment_put };
}

static void hear(const struct x12_listener *listener, struct slice in)
{
	struct x12_checked_guide checked = { house.guide, house.rules };
	AUTO(x12_check) check = x12_check_new(&checked, 1, false, listener);

	x12_check_whole(check, in);
}

/* Some listen to everything, and some to less: nobody must miss what the others hear. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_IN_PLACE(buf) alone = buf_init(MOST), first = buf_init(MOST), last = buf_init(MOST);
	AUTO_IN_PLACE(buf) found = buf_init(MOST), found_alone = buf_init(MOST);
	struct x12_listener whole = listener_of(&alone), one = listener_of(&first);
	struct x12_listener nothing = { 0 }, four = listener_of(&last);
	struct x12_listener findings = { .context = &found, .finding = x12_house_finding };
	struct x12_fan fan = { 0 };
	struct x12_listener all = x12_fan_listener(&fan);

	house_open();
	x12_fan_add(&fan, &one);
	x12_fan_add(&fan, &nothing);
	x12_fan_add(&fan, &findings);
	x12_fan_add(&fan, &four);
	hear(&whole, slice_of(data, size));
	hear(&all, slice_of(data, size));
	findings.context = &found_alone;
	hear(&findings, slice_of(data, size));
	if (!slice_eq(buf_slice(&alone), buf_slice(&first)) ||
		!slice_eq(buf_slice(&alone), buf_slice(&last)) ||
		!slice_eq(buf_slice(&found), buf_slice(&found_alone)))
		bug("who listens with others hears something else");
	return 0;
}
