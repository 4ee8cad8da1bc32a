/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The window is read front to back.  Where its separators are is scanned a few KiB ahead, so that
 * cutting is one step per separator, not per byte.
 */
#include "documents/x12/reader.h"

#define ISA_MAX 512 /* bytes of a header whose widths are wrong; right it has 106 */
#define ISA_ELEMENTS 16
#define ISA_SIZE 106 /* bytes of a right header */
#define AHEAD ((size_t)X12_READER_MASKS * X12_SCAN_BLOCK)
/* The first version in which ISA11 is the repetition separator: X12_REPETITION_SINCE. */
#define REPETITION_SINCE S("00402")
#define CTRL_Z 0x1a

void x12_reader_init(struct x12_reader *r)
{
	*r = (struct x12_reader){ .carry = buf_init(
					  X12_SEGMENT_MAX + X12_CHUNK_MAX + ISA_MAX + X12_GAP_MAX),
		.scan = x12_scan_best() };
}

void x12_reader_init_whole(struct x12_reader *r, struct slice whole)
{
	*r = (struct x12_reader){ .carry = buf_init(0),
		.window = whole,
		.is_last = true,
		.scan = x12_scan_best() };
}

void x12_reader_done(struct x12_reader *r)
{
	buf_done(&r->carry);
}

void x12_reader_feed(struct x12_reader *r, struct slice chunk, bool is_last)
{
	if (r->is_last || chunk.n > X12_CHUNK_MAX)
		bug("a chunk of %zu bytes, fed %s the end", chunk.n,
			r->is_last ? "after" : "before");
	buf_consume(&r->carry, r->at);
	buf_put(&r->carry, chunk);
	if (r->carry.overflow)
		bug("fed before all was read");
	r->offset += r->at;
	r->at = 0;
	r->scanned_end = r->scanned = 0;
	r->window = buf_slice(&r->carry);
	r->is_last = is_last;
}

static bool is_letter_or_digit(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static inline bool is_blank(uint8_t c)
{
	return c <= ' ' && (c == ' ' || c == '\t' || c == '\r' || c == '\n');
}

/* Between interchanges also what file transfers leave: NUL, Ctrl-Z. */
static bool is_padding(uint8_t c)
{
	return is_blank(c) || c == 0 || c == CTRL_Z;
}

static struct slice rest_of(const struct x12_reader *r)
{
	return slice_from(r->window, r->at);
}

/* --- what is no interchange ---------------------------------------------------- */

static const struct {
	struct slice begins;
	const char *what;
} looks[] = {
	{ { (const uint8_t *)"UNA", 3 }, "an EDIFACT interchange" },
	{ { (const uint8_t *)"UNB", 3 }, "an EDIFACT interchange" },
	{ { (const uint8_t *)"ST", 2 }, "a transaction set without its envelope (ISA, GS)" },
	{ { (const uint8_t *)"GS", 2 }, "a functional group without its envelope (ISA)" },
	{ { (const uint8_t *)"IEA", 3 }, "a second end of the interchange (IEA)" },
	{ { (const uint8_t *)"TA1", 3 }, "an acknowledgment (TA1) outside of an interchange" },
	{ { (const uint8_t *)"isa", 3 }, "an interchange header in lower case" },
	{ { (const uint8_t *)"<", 1 }, "XML or HTML" },
	{ { (const uint8_t *)"{", 1 }, "JSON" },
	{ { (const uint8_t *)"[", 1 }, "JSON" },
	{ { (const uint8_t *)"%PDF", 4 }, "a PDF" },
	{ { (const uint8_t *)"PK\003\004", 4 }, "a ZIP archive: unpack it first" },
	{ { (const uint8_t *)"\037\213", 2 }, "gzip: unpack it first" },
	{ { (const uint8_t *)"-----BEGIN", 10 }, "something signed or sealed in PEM or OpenPGP" },
	{ { (const uint8_t *)"\060\200", 2 }, "CMS: signed, sealed or compressed" },
	{ { (const uint8_t *)"\060\202", 2 }, "CMS: signed, sealed or compressed" },
	{ { (const uint8_t *)"\377\376", 2 }, "UTF-16: X12 is one byte a character" },
	{ { (const uint8_t *)"\376\377", 2 }, "UTF-16: X12 is one byte a character" },
};

/* The input ends so early that there is no more to be said of the header. */
static enum status header_cut(const struct x12_reader *r, struct fault *f)
{
	return fault_at(f, ST_INPUT, r->offset + r->at, "x12.isa.short",
		"the input ends within the interchange header (ISA), at byte %zu of %d",
		rest_of(r).n, ISA_SIZE);
}

static enum status junk_name(const struct x12_reader *r, struct fault *f)
{
	struct slice junk = rest_of(r), shown = slice_to(junk, 24);
	const char *what = "no X12 interchange";

	if (slice_has_prefix(S("ISA"), junk))
		return header_cut(r, f);
	for (size_t i = 0; i < sizeof(looks) / sizeof(looks[0]); i++)
		if (slice_has_prefix(junk, looks[i].begins)) {
			what = looks[i].what;
			break;
		}
	return fault_at(f, ST_INPUT, r->offset + r->at, "x12.junk",
		"this is %s; an interchange begins with ISA, this with \"%.*s\"", what,
		SLICE_FMT(shown));
}

#define ISA_LOOKS 10 /* bytes that say whether it may be a header: ISA01 is in them */

/* In what is no interchange three letters alone are no header: a separator must follow twice. */
static bool is_likely(struct slice isa)
{
	struct slice behind = slice_sub(isa, 4, ISA_LOOKS - 4);
	size_t at;

	return isa.n > 4 && !is_letter_or_digit(isa.p[3]) && !is_blank(isa.p[3]) &&
		slice_find_byte(&at, behind, isa.p[3]);
}

/* True when what is to be passed over is behind. */
static bool data_skip(struct x12_reader *r)
{
	size_t n = r->skip < rest_of(r).n ? (size_t)r->skip : rest_of(r).n;

	r->at += n;
	r->skip -= n;
	return r->skip == 0;
}

/*
 * Goes on at the next header in the window: true; else behind all that cannot be the begin of one.
 */
static bool isa_seek(struct x12_reader *r)
{
	size_t at, needed = r->is_last ? 0 : ISA_LOOKS;

	if (!data_skip(r))
		return false;
	while (slice_find(&at, rest_of(r), S("ISA"))) {
		r->at += at;
		if (rest_of(r).n < needed)
			return false;
		if (is_likely(slice_to(rest_of(r), ISA_LOOKS))) {
			r->is_lost = false;
			return true;
		}
		r->at++;
	}
	r->at += rest_of(r).n > 2 && !r->is_last ? rest_of(r).n - 2 : rest_of(r).n;
	return false;
}

/* The stretch that begins here is none, and has been named: it is at least a byte long. */
static enum status lose(struct x12_reader *r, enum status why)
{
	r->is_inside = false;
	r->is_lost = true;
	r->at += rest_of(r).n > 0;
	return why;
}

/* --- the header ---------------------------------------------------------------- */

static struct x12_delimiters delimiters_of(struct slice header, size_t component)
{
	struct x12_delimiters d = { .element = header.p[3],
		.component = header.p[component],
		.segment = header.p[component + 1] };

	/*
	 * Behind it the first segment begins already: one of the two is left out.  It is ISA16,
	 * unless the character is one that people separate components with.
	 */
	if (is_letter_or_digit(d.segment) && !is_letter_or_digit(d.component) &&
		!slice_find_byte(&(size_t){ 0 }, S(":>|<^\\"), d.component))
		return (struct x12_delimiters){ .element = d.element, .segment = d.component };
	return d;
}

/* In ISA11, since it is no longer the standard's name. */
static uint8_t repetition_of(struct slice header, const size_t separators[ISA_ELEMENTS])
{
	struct slice standards = slice_sub(header, separators[10] + 1,
		separators[11] - separators[10] - 1);
	struct slice version = slice_sub(header, separators[11] + 1, REPETITION_SINCE.n);

	if (standards.n != 1 || is_letter_or_digit(*standards.p) || is_blank(*standards.p))
		return 0;
	for (size_t i = 0; i < version.n; i++)
		if (version.p[i] != REPETITION_SINCE.p[i])
			return version.p[i] > REPETITION_SINCE.p[i] ? *standards.p : 0;
	return *standards.p;
}

static enum status delimiters_check(struct x12_delimiters d, uint64_t at, struct fault *f)
{
	if (is_letter_or_digit(d.segment) || d.segment == ' ' || d.segment == 0)
		return fault_at(f, ST_INPUT, at, "x12.isa.terminator",
			"the character behind ISA16, which ends segments, is '%c': a segment "
			"terminator is missing, or the ISA is not complete",
			d.segment ? d.segment : '?');
	if (is_letter_or_digit(d.component))
		return fault_at(f, ST_INPUT, at, "x12.isa.delimiters",
			"ISA16, the component separator, is '%c': letters and digits are data",
			d.component);
	if (d.element == d.segment || d.element == d.component || d.segment == d.component)
		return fault_at(f, ST_INPUT, at, "x12.isa.delimiters",
			"two delimiters are the same character: element '%c', component '%c', "
			"segment '%c'",
			d.element, d.component, d.segment);
	return ST_OK;
}

/* How many of the first 16 separators there are. */
static size_t separators_find(size_t separators[ISA_ELEMENTS], struct slice header)
{
	size_t count = 0;

	for (size_t i = 3; i < header.n && count < ISA_ELEMENTS; i++)
		if (header.p[i] == header.p[3])
			separators[count++] = i;
	return count;
}

/*
 * At "ISA": what follows the 16th separator are the delimiters, in a header of the right width and
 * in one of the wrong.  In the first the terminator is the 106th byte.
 */
static enum status header_read(struct x12_reader *r, struct fault *f)
{
	struct slice header = slice_to(rest_of(r), ISA_MAX);
	size_t separators[ISA_ELEMENTS] = { 0 }, count;
	uint64_t at = r->offset + r->at;

	if (header.n > 3 &&
		(is_letter_or_digit(header.p[3]) || header.p[3] == ' ' || header.p[3] == 0))
		return lose(r, fault_at(f, ST_INPUT, at, "x12.isa.separator",
			"the character behind ISA, which separates elements, is '%c': letters, "
			"digits and blanks are data",
			header.p[3] ? header.p[3] : '?'));
	count = header.n > 3 ? separators_find(separators, header) : 0;
	if (count < ISA_ELEMENTS || separators[ISA_ELEMENTS - 1] + 2 >= header.n)
		return lose(r, header.n < ISA_SIZE ? header_cut(r, f)
			: fault_at(f, ST_INPUT, at, "x12.isa.short",
				"the interchange header has %zu of %d elements: a header is %d bytes",
				count, ISA_ELEMENTS, ISA_SIZE));
	r->delimiters = delimiters_of(header, separators[ISA_ELEMENTS - 1] + 1);
	r->delimiters.repetition = repetition_of(header, separators);
	if (delimiters_check(r->delimiters, at, f) != ST_OK)
		return lose(r, ST_INPUT);
	r->is_inside = true;
	r->scanned_end = r->scanned = 0;
	return ST_OK;
}

/* --- between segments ---------------------------------------------------------- */

/* UTF-8's byte order mark: in front of each interchange, where files were put together. */
#define MARK S("\xef\xbb\xbf")

static inline size_t gap_end(const struct x12_reader *r, size_t at, bool (*is_gap)(uint8_t))
{
	const uint8_t *p = r->window.p;
	size_t end = r->window.n;

	while (at < end && is_gap(p[at]))
		at++;
	return at;
}

static size_t padding_end(const struct x12_reader *r)
{
	size_t at = gap_end(r, r->at, is_padding);

	while (slice_has_prefix(slice_from(r->window, at), MARK))
		at = gap_end(r, at + MARK.n, is_padding);
	return at;
}

bool x12_begins(struct slice bytes)
{
	struct slice rest = slice_to(bytes, X12_BEGINS_MAX);
	enum { SEPARATOR = 3, NEXT = 6 }; /* ISA*00* */

	if (slice_has_prefix(rest, MARK))
		rest = slice_from(rest, MARK.n);
	while (rest.n > 0 && is_blank(rest.p[0]))
		rest = slice_from(rest, 1);
	return rest.n > NEXT && slice_has_prefix(rest, S("ISA")) &&
		rest.p[SEPARATOR] == rest.p[NEXT] && rest.p[SEPARATOR] != ' ';
}

const char *x12_padding_find(size_t *at, struct slice gap)
{
	size_t n = 0;

	while (n < gap.n && is_blank(gap.p[n]))
		n++;
	if (n == gap.n)
		return NULL;
	*at = n;
	return gap.p[n] == 0 ? "NUL bytes" :
		gap.p[n] == CTRL_Z ? "Ctrl-Z (0x1A), the end of a file in DOS," :
		"a byte order mark";
}

static inline void gap_skip(struct x12_reader *r, size_t at)
{
	const uint8_t *p = r->window.p;

	if (at > r->at)
		r->gap = (struct slice){ p + r->at, at - r->at };
	r->at = at;
}

/*
 * The gap is unread again, so that what comes with the next piece stands beside it: within reason.
 */
static enum status want_more(struct x12_reader *r)
{
	if (r->gap.n <= X12_GAP_MAX)
		r->at -= r->gap.n;
	return ST_MORE;
}

static enum status interchange_find(struct x12_reader *r, struct fault *f)
{
	if (r->is_lost && !isa_seek(r))
		return r->is_last ? ST_NONE : ST_MORE;
	gap_skip(r, padding_end(r));
	if (r->at == r->window.n)
		return r->is_last ? ST_NONE : want_more(r);
	if (rest_of(r).n < ISA_MAX && !r->is_last)
		return want_more(r);
	if (slice_has_prefix(rest_of(r), S("ISA")))
		return header_read(r, f);
	return lose(r, junk_name(r, f));
}

static bool is_header(const struct x12_reader *r)
{
	const uint8_t *p = r->window.p + r->at;

	return p[0] == 'I' && r->window.n - r->at > 3 && p[1] == 'S' && p[2] == 'A' &&
		!is_letter_or_digit(p[3]);
}

/* A header although the interchange has not ended: it has delimiters of its own. */
static enum status segment_find(struct x12_reader *r, struct fault *f)
{
	gap_skip(r, gap_end(r, r->at, is_blank));
	if (r->at == r->window.n)
		return r->is_last ? ST_NONE : want_more(r);
	if (!is_header(r))
		return ST_OK;
	if (rest_of(r).n < ISA_MAX && !r->is_last)
		return want_more(r);
	return header_read(r, f);
}

/* --- a segment ----------------------------------------------------------------- */

__attribute__((noinline)) static void scan_from(struct x12_reader *r, size_t at)
{
	struct slice ahead = slice_sub(r->window, at, AHEAD);

	r->scan(r->masks, ahead, &r->delimiters);
	r->scanned = at;
	r->scanned_end = at + ahead.n;
}

/*
 * Where the cutting is: the separators that are left of the block that begins at `base`.  The
 * window's end counts as one.
 */
struct cut {
	const uint8_t *base;
	uint64_t mask; /* not 0 */
};

/* From `at` on.  Not inline: so the loop below has all registers. */
__attribute__((noinline)) static struct cut cut_from(struct x12_reader *r, size_t at)
{
	while (at < r->window.n) {
		size_t distance, into;
		uint64_t mask;

		if (at < r->scanned || at >= r->scanned_end)
			scan_from(r, at);
		distance = at - r->scanned;
		into = distance % X12_SCAN_BLOCK;
		mask = r->masks[distance / X12_SCAN_BLOCK].cuts & ~UINT64_C(0) << into;
		if (mask)
			return (struct cut){ r->window.p + at - into, mask };
		at += X12_SCAN_BLOCK - into;
	}
	return (struct cut){ r->window.p + r->window.n, 1 };
}

/*
 * Cuts from `begin` on: pieces, how many (one more than there is room for when there were more),
 * and the position of the terminator, or the window's end.
 */
static inline size_t pieces_cut(struct x12_reader *r, size_t begin, size_t *count)
{
	struct cut cut = cut_from(r, begin);
	const uint8_t *window = r->window.p, *end = window + r->window.n, *from = window + begin;
	struct slice *piece = r->pieces, *beyond = r->pieces + X12_ELEMENTS_MAX + 1;
	const uint8_t terminator = r->delimiters.segment;

	for (;;) {
		const uint8_t *at = cut.base + (unsigned)__builtin_ctzll(cut.mask);

		*piece++ = (struct slice){ from, (size_t)(at - from) };
		if (at == end || *at == terminator) {
			*count = (size_t)(piece - r->pieces);
			return (size_t)(at - window);
		}
		if (piece > beyond)
			piece = beyond;
		from = at + 1;
		cut.mask &= cut.mask - 1;
		if (cut.mask == 0)
			cut = cut_from(r, (size_t)(cut.base - window) + X12_SCAN_BLOCK);
	}
}

/* Segments whose data has a length, because any byte may be in it. */
static const struct {
	uint32_t id;
	uint8_t length, data; /* elements */
} binaries[] = {
	{ 'B' << 16 | 'I' << 8 | 'N', 1, 2 },
	{ 'B' << 16 | 'D' << 8 | 'S', 2, 3 },
};

/* False when it has no such data, or no readable length. */
static bool binary_find(size_t *data, uint64_t *length, const struct x12_reader *r, size_t count)
{
	uint32_t id = x12_id(r->pieces[0]);

	for (size_t i = 0; i < sizeof(binaries) / sizeof(binaries[0]); i++)
		if (binaries[i].id == id && count > binaries[i].data) {
			*data = binaries[i].data;
			return slice_u64(length, r->pieces[binaries[i].length], NULL) == ST_OK;
		}
	return false;
}

/*
 * Known as soon as the data begins, and none of it is kept.  What stands in it is data: a header in
 * it is none.
 */
static enum status binary_refuse(struct x12_reader *r, size_t count, struct fault *f)
{
	uint64_t length;
	size_t data, begin;

	if (!binary_find(&data, &length, r, count))
		return ST_OK;
	begin = (size_t)(r->pieces[data].p - r->window.p);
	if (length < X12_SEGMENT_MAX - (begin - r->at))
		return ST_OK;
	fault_at(f, ST_LIMIT, r->offset + r->at, "x12.binary.length",
		"%.*s%02zu announces %llu bytes of binary data: a segment is read up to %u bytes, "
		"and this interchange no further",
		SLICE_FMT(r->pieces[0]), data - 1, (unsigned long long)length, X12_SEGMENT_MAX);
	r->is_inside = false;
	r->is_lost = true;
	r->at = begin;
	r->skip = length;
	return ST_LIMIT;
}

/*
 * Data as long as it says, if a terminator stands behind it; else it is what stands before the next
 * terminator, and check.h says that the length is wrong.
 */
static size_t binary_cut(struct x12_reader *r, size_t end, size_t *count)
{
	uint64_t length;
	size_t data, begin;

	if (!binary_find(&data, &length, r, *count))
		return end;
	begin = (size_t)(r->pieces[data].p - r->window.p);
	if (begin + length < end)
		return end;
	if (begin + length >= r->window.n)
		return r->is_last ? end : r->window.n;
	if (r->window.p[begin + length] != r->delimiters.segment)
		return end;
	r->pieces[data].n = (size_t)length;
	*count = data + 1;
	return begin + (size_t)length;
}

/* As far as the masks are still those of all of it. */
static inline bool is_plain(const struct x12_reader *r, size_t begin, size_t end)
{
	size_t from = begin - r->scanned, to = end - r->scanned;
	size_t block = from / X12_SCAN_BLOCK, last = to / X12_SCAN_BLOCK;
	uint64_t odd, seen = 0;

	if (begin < r->scanned || end >= r->scanned_end)
		return false;
	for (odd = r->masks[block].odd & ~UINT64_C(0) << from % X12_SCAN_BLOCK; block < last;
		odd = r->masks[++block].odd)
		seen |= odd;
	return (seen | (odd & ~(~UINT64_C(0) << to % X12_SCAN_BLOCK))) == 0;
}

static inline void segment_fill(
	struct x12_reader *r, struct x12_segment *s, size_t end, size_t count)
{
	bool is_open = end == r->window.n, is_cut = count > X12_ELEMENTS_MAX + 1;

	*s = (struct x12_segment){ .id = r->pieces[0],
		.packed = x12_id(r->pieces[0]),
		.elements = r->pieces + 1,
		.count = count - 1 - is_cut,
		.is_cut = is_cut,
		.is_open = is_open,
		.is_plain = is_plain(r, r->at, end),
		.gap = r->gap,
		.raw = { r->window.p + r->at, end - r->at + !is_open },
		.offset = r->offset + r->at,
		.number = ++r->number };
	r->at = end + !is_open;
}

static enum status segment_cut(struct x12_reader *r, struct x12_segment *out, struct fault *f)
{
	size_t count, end = pieces_cut(r, r->at, &count);

	if (r->pieces[0].n == 3 && r->pieces[0].p[0] == 'B') {
		TRY(binary_refuse(r, count, f));
		end = binary_cut(r, end, &count);
	}
	if (end - r->at >= X12_SEGMENT_MAX)
		return lose(r, fault_at(f, ST_LIMIT, r->offset + r->at, "x12.segment.length",
			"the segment %.*s has more than %u bytes before its terminator",
			SLICE_FMT(slice_to(r->pieces[0], X12_ID_MAX)), X12_SEGMENT_MAX));
	if (end == r->window.n && !r->is_last)
		return want_more(r);
	segment_fill(r, out, end, count);
	if (out->packed == ('I' << 16 | 'E' << 8 | 'A'))
		r->is_inside = false;
	return ST_OK;
}

enum status x12_reader_next(struct x12_reader *r, struct x12_segment *out, struct fault *f)
{
	r->gap = (struct slice){ 0 };
	TRY(r->is_inside ? segment_find(r, f) : interchange_find(r, f));
	return segment_cut(r, out, f);
}
