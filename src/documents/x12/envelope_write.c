/* SPDX-License-Identifier: Apache-2.0 */
/* ISA, GS, ST and their ends (X12.5, X12.6), as an answer has them. */
#include "documents/x12/envelope_write.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"

#define ISA_ID 15        /* characters of ISA06 and ISA08 */
#define ISA_MAX 128      /* bytes of an ISA */
#define IEA_MAX 32       /* of an IEA */
#define HEAD_MAX (ISA_MAX + X12_FRONT_MAX)

static bool is_free(const struct x12_delimiters *d, uint8_t c)
{
	return c != d->element && c != d->segment && c != d->component && c != d->repetition;
}

/* Identifiers of ISA have blanks. */
static bool ends_nothing(uint8_t c)
{
	return c == 0 || c == ' ';
}

/* A line that ends within ISA reads as one that was broken. */
static bool separates_nothing(uint8_t c)
{
	return ends_nothing(c) || c == '\r' || c == '\n';
}

static void delimiter_choose(const struct x12_delimiters *d, uint8_t *delimiter, uint8_t usual)
{
	static const char others[] = { '|', '<', '^', '!' };

	for (size_t i = 0; !is_free(d, usual) && i < sizeof(others); i++)
		usual = (uint8_t)others[i];
	*delimiter = usual;
}

struct x12_delimiters x12_answer_delimiters(const struct x12_interchange *received)
{
	struct x12_delimiters d = received->delimiters;

	if (separates_nothing(d.repetition) || d.repetition == d.segment ||
		d.repetition == d.element || d.repetition == d.component)
		d.repetition = 0;
	if (separates_nothing(d.element))
		delimiter_choose(&d, &d.element, '*');
	if (ends_nothing(d.segment))
		delimiter_choose(&d, &d.segment, '~');
	if (separates_nothing(d.component))
		delimiter_choose(&d, &d.component, '>');
	return d;
}

void x12_release_of(
	char out[X12_VERSION_MAX], const struct x12_group *received, const char *usual)
{
	struct slice release = slice_to(slice_str(received->version), 6);
	uint64_t number;
	bool is_one = release.n == 6 && slice_u64(&number, release, NULL) == ST_OK;

	snprintf(out, X12_VERSION_MAX, "%.*s", SLICE_FMT(is_one ? release : slice_str(usual)));
}

void x12_put_received(struct x12_writer *w, struct x12_received r)
{
	struct slice text = slice_to(slice_str(r.text), r.most);
	bool is_said = text.n >= r.least && x12_says(w, text);

	x12_put(w, is_said ? text : slice_to(slice_str(r.instead), r.most));
}

struct x12_date_text x12_date_text(int64_t time_ns)
{
	char t[TIME_TEXT_MAX];
	struct x12_date_text out;

	time_format(t, time_ns);
	snprintf(out.date, sizeof(out.date), "%.4s%.2s%.2s", t, t + 5, t + 8);
	snprintf(out.time, sizeof(out.time), "%.2s%.2s%.2s", t + 11, t + 14, t + 17);
	return out;
}

static uint32_t number_take(uint32_t *next)
{
	uint32_t number = *next >= 1 && *next <= X12_CONTROL_MAX ? *next : 1;

	*next = number == X12_CONTROL_MAX ? 1 : number + 1;
	return number;
}

/* Of a fixed width, blanks behind. */
static void fixed_put(struct x12_writer *w, const char *text, unsigned width)
{
	char padded[ISA_ID + 1];

	snprintf(padded, sizeof(padded), "%-*.*s", (int)width, (int)width, text);
	x12_put_text(w, padded);
}

/* A delimiter as an element of its own. */
static void delimiter_put(struct x12_writer *w, uint8_t delimiter)
{
	buf_put_u8(w->out, w->delimiters.element);
	buf_put_u8(w->out, delimiter);
	w->kept = w->out->n;
}

#define NOBODY "ZZ" /* as a qualifier "mutually defined", and so for who has no id */

static void party_put(struct x12_writer *w, const char *qualifier, const char *id)
{
	fixed_put(w, x12_is_party_qualifier(slice_str(qualifier)) ? qualifier : NOBODY, 2);
	fixed_put(w, x12_says(w, slice_to(slice_str(id), ISA_ID)) ? id : NOBODY, ISA_ID);
}

static bool usage_is_known(const char *usage)
{
	return strcmp(usage, "T") == 0 || strcmp(usage, "P") == 0 || strcmp(usage, "I") == 0;
}

uint32_t x12_isa_write(
	struct x12_writer *w, const struct x12_interchange *received, struct x12_stamp *stamp)
{
	struct x12_date_text now = x12_date_text(stamp->time_ns);
	uint32_t number = number_take(&stamp->interchange);
	const char *version = strlen(received->version) == 5 ? received->version : "00401";
	bool repeats = w->delimiters.repetition && !x12_names_standards(version);

	x12_begin(w, "ISA");
	fixed_put(w, "00", 2);
	fixed_put(w, "", 10);
	fixed_put(w, "00", 2);
	fixed_put(w, "", 10);
	party_put(w, received->receiver_qualifier, received->receiver);
	party_put(w, received->sender_qualifier, received->sender);
	fixed_put(w, now.date + 2, 6);
	fixed_put(w, now.time, 4);
	delimiter_put(w, repeats ? w->delimiters.repetition : 'U');
	fixed_put(w, version, 5);
	x12_put_padded(w, number, 9);
	x12_put_text(w, "0"); /* no answer to an answer */
	x12_put_text(w, usage_is_known(received->usage) ? received->usage : "P");
	delimiter_put(w, w->delimiters.component);
	x12_end(w);
	return number;
}

void x12_iea_write(struct x12_writer *w, uint32_t groups, uint32_t number)
{
	x12_begin(w, "IEA");
	x12_put_number(w, groups);
	x12_put_padded(w, number, 9);
	x12_end(w);
}

/* What is too short for an application's code is its party's id in ISA instead. */
static void application_put(struct x12_writer *w, const char *code, const char *party)
{
	bool is_id = strlen(party) >= 2 && x12_says(w, slice_to(slice_str(party), ISA_ID));

	x12_put_received(w, (struct x12_received){ code, is_id ? party : NOBODY, 2, ISA_ID });
}

uint32_t x12_gs_write(struct x12_writer *w, const char *id, const struct x12_context *received,
	const char *version, struct x12_stamp *stamp)
{
	struct x12_date_text now = x12_date_text(stamp->time_ns);
	uint32_t number = number_take(&stamp->group);

	x12_begin(w, "GS");
	x12_put_text(w, id);
	application_put(w, received->group->receiver, received->interchange->receiver);
	application_put(w, received->group->sender, received->interchange->sender);
	x12_put_text(w, x12_has_long_dates(version) ? now.date : now.date + 2);
	x12_put(w, slice_to(slice_str(now.time), 4));
	x12_put_number(w, number);
	x12_put_text(w, "X");
	x12_put_text(w, version);
	x12_end(w);
	return number;
}

void x12_ge_write(struct x12_writer *w, uint32_t sets, uint32_t number)
{
	x12_begin(w, "GE");
	x12_put_number(w, sets);
	x12_put_number(w, number);
	x12_end(w);
}

void x12_st_write(
	struct x12_writer *w, const char *id, uint32_t number, const char *implementation)
{
	w->segments = 0;
	x12_begin(w, "ST");
	x12_put_text(w, id);
	x12_put_padded(w, number, 4);
	x12_put_text(w, implementation);
	x12_end(w);
}

void x12_se_write(struct x12_writer *w, uint32_t number)
{
	x12_begin(w, "SE");
	x12_put_number(w, w->segments);
	x12_put_padded(w, number, 4);
	x12_end(w);
}

/* --- a whole interchange ------------------------------------------------------- */

void x12_reply_init(struct x12_reply *r, struct x12_stamp *stamp, x12_reply_fn *made,
	void *context, size_t max)
{
	*r = (struct x12_reply){ .stamp = stamp, .made = made, .context = context, .spill = -1 };
	r->body = buf_init(HEAD_MAX + max + IEA_MAX);
}

void x12_reply_spill(struct x12_reply *r, int fd)
{
	r->body = buf_init_file(r->body.max, fd, 0);
	buf_file_step(&r->body, X12_SPILL_STEP);
	r->spill = fd;
}

void x12_reply_done(struct x12_reply *r)
{
	buf_done(&r->body);
}

/* What is in the file already would be written over page by page, and all be in memory. */
static void body_clear(struct x12_reply *r)
{
	size_t max = r->body.max;

	if (r->body.file.pushed == 0) {
		buf_clear(&r->body);
		return;
	}
	buf_done(&r->body);
	r->body = buf_init(max);
	x12_reply_spill(r, r->spill);
}

void x12_reply_begin(struct x12_reply *r, const struct x12_interchange *received)
{
	body_clear(r);
	(void)buf_extend(&r->body, HEAD_MAX);
	r->groups = 0;
	r->writer = (struct x12_writer){
		.out = &r->body, .delimiters = x12_answer_delimiters(received)
	};
}

static void reply_write(
	struct x12_reply *r, const struct x12_interchange *received, struct slice front)
{
	AUTO_IN_PLACE(buf) head = buf_init(HEAD_MAX);
	struct x12_writer w = { .out = &head, .delimiters = r->writer.delimiters };
	uint32_t number = x12_isa_write(&w, received, r->stamp);

	buf_put(&head, front);
	x12_iea_write(&r->writer, r->groups, number);
	buf_set(&r->body, HEAD_MAX - head.n, buf_slice(&head));
	r->made(r->context, received, slice_from(buf_slice(&r->body), HEAD_MAX - head.n));
}

/* Behind the body there is room for an IEA, which is none of what may be written to it. */
static enum status body_check(const struct x12_reply *r, struct fault *f)
{
	size_t most = r->body.max - IEA_MAX;
	enum status st = buf_check(&r->body, f);

	if (st != ST_LIMIT && r->body.n <= most)
		return st;
	return fault_set(f, ST_LIMIT, "buffer.full", "more than %zu bytes", most - HEAD_MAX);
}

void x12_reply_send(
	struct x12_reply *r, const struct x12_interchange *received, struct slice front)
{
	struct fault f;
	enum status st = body_check(r, &f);

	if (st == ST_OK) {
		reply_write(r, received, front);
		return;
	}
	r->failed = st;
	r->fault = f;
}

enum status x12_reply_check(const struct x12_reply *r, struct fault *f)
{
	if (r->failed != ST_OK && f)
		*f = r->fault;
	return r->failed;
}
