/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Interval data of hostile usages.  The first byte says what labels are, and the zone they are
 * written in again.  Whatever came: readings of one series follow each other, and what is written
 * of them is read as the same series, with nothing wrong but the gaps that there were.
 */
#include <string.h>

#include "documents/x12/fan.h"
#include "documents/x12/intervals_write.h"

#define MOST (16U << 20)

static const struct x12_delimiters delimiters = { '*', '>', 0, '~' };

/* The set that is read, and what it became. */
struct usage {
	enum x12_edge labels;
	struct slice zone;
	struct x12_readings *list;
	bool may_refuse; /* what came had other delimiters */
	bool is_again;   /* it was written by us */
	size_t count;
	struct buf written;
};

static void reading_take(
	void *context, const struct x12_series *series, const struct x12_reading *r)
{
	struct usage *u = context;
	struct fault f;

	u->count++;
	if (r->end_s <= r->start_s)
		bug("a reading that ends before it begins");
	if (x12_readings_add(u->list, series, r, &f) == ST_OK)
		return;
	/* texts that are none in our delimiters, and times at the ends of the calendar */
	if (u->is_again || (!strstr(f.text, "there is a delimiter") &&
				   !strstr(f.text, "want one from 1987")))
		bug("what was read cannot be written: %s", f.text);
	u->may_refuse = true;
}

static void wrong_judge(void *context, const struct x12_place *place, const struct fault *f)
{
	const struct usage *u = context;

	(void)place;
	if (u->is_again && strcmp(f->code, "x12.interval.gap") != 0)
		bug("what was written is wrong: %s", f->text);
}

static void set_began(void *context, const struct x12_context *at)
{
	struct usage *u = context;

	(void)at;
	x12_readings_free(u->list);
	u->list = x12_readings_new(delimiters);
	u->count = 0;
	u->may_refuse = false;
}

static void usage_read(struct usage *u, struct slice in, void (*set_ended)(
						void *, const struct x12_context *))
{
	struct x12_intervals_listener listener = { u, reading_take, wrong_judge, wrong_judge };
	AUTO(x12_intervals) intervals = x12_intervals_new(&listener, u->labels);
	struct x12_listener own = { .context = u, .set_began = set_began };
	struct x12_listener hear = x12_intervals_hear(intervals);
	struct x12_listener behind = { .context = u, .set_ended = set_ended };
	struct x12_fan fan = { 0 };
	struct x12_listener all = x12_fan_listener(&fan);
	AUTO(x12_check) check = x12_check_new(NULL, 0, false, &all);

	x12_fan_add(&fan, &own);
	x12_fan_add(&fan, &hear);
	x12_fan_add(&fan, &behind);
	x12_check_whole(check, in);
	x12_readings_free(u->list);
	u->list = NULL;
}

/* Nothing, where the zone has no name for it. */
static bool usage_write(struct usage *u)
{
	struct x12_writer w = { .out = &u->written, .delimiters = { '*', '>', 0, '~' } };
	struct fault f;

	buf_clear(&u->written);
	if (x12_readings_write(&w, u->list, u->labels, u->zone, &f) == ST_OK)
		return true;
	if (!slice_eq(u->zone, S("ED")) || strcmp(f.code, "x12.zone.missing-hour") != 0)
		bug("it is not written: %s", f.text);
	return false;
}

static void written_keep(void *context, const struct x12_context *at)
{
	(void)at;
	(void)usage_write(context);
}

static void written_judge(void *context, const struct x12_context *at)
{
	struct usage *u = context, again = { .labels = u->labels, .zone = u->zone,
					   .is_again = true, .written = buf_init(MOST) };
	AUTO_IN_PLACE(buf) in = buf_init(MOST);

	(void)at;
	if (!u->may_refuse && usage_write(u) && u->count > 0) {
		buf_putf(&in, "ISA*00*          *00*          *01*123456789      *01*987654321 "
			"     *240102*0304*U*00401*000000001*0*P*>~GS*PT*1*2*20240102*0304*1*X*004010~"
			"ST*867*0001~BPT*00*U1~");
		buf_put(&in, buf_slice(&u->written));
		buf_put_text(&in, "SE*9*0001~GE*1*1~IEA*1*000000001~");
		usage_read(&again, buf_slice(&in), written_keep);
		if (!slice_eq(buf_slice(&again.written), buf_slice(&u->written)))
			bug("it came back as other series");
	}
	buf_done(&again.written);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const zones[] = { "UT", "ES", "ET", "ED", "CT", "PT", "HS", "AT" };
	unsigned how = size > 0 ? data[0] : 0;
	struct usage u = { .labels = how & 1 ? X12_BEGIN : X12_END,
		.zone = slice_str(zones[how >> 1 & 7]), .written = buf_init(MOST) };

	usage_read(&u, slice_from(slice_of(data, size), 1), written_judge);
	buf_done(&u.written);
	return 0;
}
