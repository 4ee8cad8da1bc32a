/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An interchange of hostile bytes, read whole and in pieces: the same segments, written the same,
 * and checked beside a guide with the same findings.  Bytes are scanned in every way there is, and
 * what each value means is said to people in a line.
 */
#include <string.h>

#include "../unit/x12_house.h"
#include "documents/x12/decode.h"
#include "documents/x12/scan.h"
#include "documents/x12/writer.h"
#include "exchange/utf8.h"

#define SCAN_MASKS 64

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

/* What was read, written again, without what is no interchange. */
static void read_again(struct buf *out, struct slice in, size_t chunk)
{
	AUTO_IN_PLACE(x12_reader) r;
	struct x12_segment s;
	enum status st;
	size_t fed = 0;

	if (chunk == 0)
		x12_reader_init_whole(&r, in);
	else
		x12_reader_init(&r);
	while ((st = x12_reader_next(&r, &s, NULL)) != ST_NONE) {
		if (st == ST_OK)
			x12_segment_write(out, r.delimiters, &s);
		if (st == ST_OK && (s.offset + s.raw.n > in.n || s.count > X12_ELEMENTS_MAX))
			bug("a segment is not where it says");
		if (st == ST_MORE) {
			x12_reader_feed(&r, slice_sub(in, fed, chunk), fed + chunk >= in.n);
			fed += chunk;
		}
	}
}

/* However a processor scans, it finds the same. */
static void scan_all_ways(struct slice in)
{
	static const struct x12_delimiters delimiters = { '*', '>', '^', '~' };
	static struct x12_scan_mask first[SCAN_MASKS], other[SCAN_MASKS];
	const struct slice some = slice_to(in, SCAN_MASKS * X12_SCAN_BLOCK);
	struct x12_scan_way way;

	x12_scan_best()(first, some, &delimiters);
	for (size_t at = 0; (way = x12_scan_way(at)).name; at++) {
		way.scan(other, some, &delimiters);
		if (memcmp(first, other, x12_scan_masks(some.n) * sizeof(first[0])) != 0)
			bug("%s finds something else", way.name);
	}
}

static void meaning_judge(struct buf *said)
{
	if (!utf8_is_line(buf_slice(said)))
		bug("a meaning that is no text of ours");
	buf_clear(said);
}

/* An element, and each of its components as if it were one. */
static void element_mean(const struct x12_context *at, const struct x12_variant *v,
	const struct x12_variant *loop, unsigned element, struct slice value)
{
	AUTO_IN_PLACE(buf) said = buf_init(512);
	struct slice part, rest = value;
	unsigned number = 0;

	x12_meaning_put(&said, v, loop, element, 0, value);
	meaning_judge(&said);
	while (rest.n > 0) {
		slice_cut(&part, &rest, rest, at->interchange->delimiters.component);
		x12_meaning_put(&said, v, loop, element, ++number, part);
		meaning_judge(&said);
	}
	x12_date_put(&said, value);
	x12_time_put(&said, value);
	meaning_judge(&said);
}

static void segment_mean(void *context, const struct x12_context *at, const struct x12_segment *s,
	const struct x12_variant *v, const struct x12_place *place)
{
	const struct x12_variant *loop = x12_loop_begun(at->walk, v);

	(void)context;
	(void)place;
	for (unsigned i = 1; at->interchange && i <= s->count; i++)
		element_mean(at, v, loop, i, x12_element(s, i));
}

static void mean_all(struct slice in)
{
	static const struct x12_listener listener = { .segment = segment_mean };
	struct x12_checked_guide checked = { house.guide, house.rules };
	AUTO(x12_check) check = x12_check_new(&checked, 1, false, &listener);

	x12_check_whole(check, in);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in = slice_of(data, size);
	size_t chunk = size ? 1 + data[size - 1] : 1;
	AUTO_IN_PLACE(buf) whole = buf_init(1 << 22), pieces = buf_init(1 << 22);
	AUTO_IN_PLACE(buf) said = buf_init(1 << 22), said_in_pieces = buf_init(1 << 22);

	house_open();
	scan_all_ways(in);
	read_again(&whole, in, 0);
	read_again(&pieces, in, chunk);
	if (!slice_eq(buf_slice(&whole), buf_slice(&pieces)))
		bug("in pieces it is another interchange");
	x12_house_check(&said, house.guide, house.rules, in, 0);
	x12_house_check(&said_in_pieces, house.guide, house.rules, in, chunk);
	if (!slice_eq(buf_slice(&said), buf_slice(&said_in_pieces)))
		bug("in pieces the findings are others");
	mean_all(in);
	return 0;
}
