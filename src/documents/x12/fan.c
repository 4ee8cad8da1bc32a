/* SPDX-License-Identifier: Apache-2.0 */
/* One listener that is many. */
#include "documents/x12/fan.h"

void x12_fan_add(struct x12_fan *fan, const struct x12_listener *listener)
{
	if (fan->count == X12_FAN_MAX)
		bug("more than %d listeners", X12_FAN_MAX);
	fan->to[fan->count++] = *listener;
}

static void fan_finding(void *context, const struct x12_finding *finding)
{
	const struct x12_fan *fan = context;

	for (size_t i = 0; i < fan->count; i++)
		if (fan->to[i].finding && (!finding->follows || fan->to[i].takes_following))
			fan->to[i].finding(fan->to[i].context, finding);
}

static void fan_segment(void *context, const struct x12_context *at, const struct x12_segment *s,
	const struct x12_variant *v, const struct x12_place *place)
{
	const struct x12_fan *fan = context;

	for (size_t i = 0; i < fan->count; i++)
		if (fan->to[i].segment)
			fan->to[i].segment(fan->to[i].context, at, s, v, place);
}

#define FAN_EVENT(event)                                                    \
	static void fan_##event(void *context, const struct x12_context *at) \
	{                                                                   \
		const struct x12_fan *fan = context;                        \
                                                                            \
		for (size_t i = 0; i < fan->count; i++)                     \
			if (fan->to[i].event)                               \
				fan->to[i].event(fan->to[i].context, at);   \
	}
FAN_EVENT(interchange_began)
FAN_EVENT(interchange_ended)
FAN_EVENT(group_began)
FAN_EVENT(group_ended)
FAN_EVENT(set_began)
FAN_EVENT(set_ended)

struct x12_listener x12_fan_listener(struct x12_fan *fan)
{
	return (struct x12_listener){ .context = fan,
		.finding = fan_finding,
		.takes_following = true,
		.interchange_began = fan_interchange_began,
		.interchange_ended = fan_interchange_ended,
		.group_began = fan_group_began,
		.group_ended = fan_group_ended,
		.set_began = fan_set_began,
		.set_ended = fan_set_ended,
		.segment = fan_segment };
}
