/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For the envelope process, when a signature does not match what came, and for `tieline explain`.
 * A variant is a point on three axes, each a table: bytes, line ends, end.  Points that give the
 * same bytes as one before them are skipped, so of binary content few are left.
 */
#include "bindings/variants.h"

#include <stdio.h>

#include "base/views.h"
#include "bindings/as2_seal.h"
#include "bindings/mime.h"
#include "safeguards/compression.h"

/* clang-format off */
static const struct { const char *name, *words; } rules[MIC_RULES] = {
	[MIC_OF_SIGNED] = { "signed-part",
		"of a signed message: the signed part with its headers, as it travels (RFC 4130 7.3.1)" },
	[MIC_OF_ENTITY] = { "entity",
		"of an encrypted or compressed, unsigned message: the innermost entity with its headers "
		"(RFC 4130 7.3.1, RFC 5402 4)" },
	[MIC_OF_CONTENT] = { "content",
		"of a plain message: the content without any headers (RFC 4130 7.3.1)" },
};

static const struct { const char *name, *words; } extents[EXTENTS] = {
	[EXTENT_SAME]             = { "same", "the same bytes" },
	[EXTENT_CONTENT]          = { "content", "the content without its headers" },
	[EXTENT_DECODED]          = { "decoded", "headers and decoded content" },
	[EXTENT_DECODED_CONTENT]  = { "decoded-content", "the decoded content alone" },
	[EXTENT_EXPANDED]         = { "uncompressed", "the uncompressed entity" },
	[EXTENT_EXPANDED_CONTENT] = { "uncompressed-content", "the uncompressed content alone" },
	[EXTENT_PACKED]           = { "compressed", "the compressed entity" },
	[EXTENT_PACKED_CONTENT]   = { "compressed-content", "the compressed content alone" },
};

static const struct { const char *name, *words; } ends[ENDS] = {
	[ENDS_SAME]       = { "same", "" },
	[ENDS_LF_CONTENT] = { "content-lf", ", its content with LF line ends" },
	[ENDS_LF]         = { "lf", ", with LF line ends" },
	[ENDS_CRLF]       = { "crlf", ", with CRLF line ends" },
};

static const struct { const char *name, *words; } tails[TAILS] = {
	[TAIL_SAME]     = { "same", "" },
	[TAIL_ADDED]    = { "added", ", and a line end after it" },
	[TAIL_STRIPPED] = { "stripped", ", less the line ends at its end" },
};
/* clang-format on */

const char *mic_rule_name(enum mic_rule rule)
{
	return rules[rule].name;
}

const char *mic_rule_words(enum mic_rule rule)
{
	return rules[rule].words;
}

const char *variant_extent_name(enum variant_extent extent)
{
	return extents[extent].name;
}

const char *variant_ends_name(enum variant_ends which)
{
	return ends[which].name;
}

const char *variant_tail_name(enum variant_tail tail)
{
	return tails[tail].name;
}

char *variant_words(char out[VARIANT_WORDS_MAX], const struct variant *v)
{
	snprintf(out, VARIANT_WORDS_MAX, "%s%s%s", extents[v->extent].words, ends[v->ends].words,
		tails[v->tail].words);
	return out;
}

/* --- what there is ---------------------------------------------------------------- */

struct line_count {
	uint64_t crlf, lf; /* LF alone */
};

static struct line_count lines_count(struct slice bytes)
{
	struct slice rest = bytes;
	struct line_count count = { 0 };
	size_t at, mark = 0;

	while (views_find(&at, rest, S("\n"))) {
		if (at > 0 && rest.p[at - 1] == '\r')
			count.crlf++;
		else
			count.lf++;
		rest = slice_from(rest, at + 1);
		views_passed(bytes, &mark, bytes.n - rest.n);
	}
	return count;
}

static void piece_set(struct variant_source *s, enum variant_extent extent, struct slice head,
	struct slice body)
{
	struct line_count above = lines_count(head), below = lines_count(body);
	uint64_t lines = above.crlf + above.lf + below.crlf + below.lf;

	s->pieces[extent] = (struct variant_piece){
		.is_there = true,
		.head = head,
		.body = body,
		.differs = {
			[ENDS_SAME] = true,
			[ENDS_LF_CONTENT] = above.crlf > 0 && below.crlf > 0,
			[ENDS_LF] = above.crlf + below.crlf > 0,
			[ENDS_CRLF] = above.lf + below.lf > 0,
		},
		.work = head.n + body.n + VARIANT_LINE_WORK * lines,
	};
}

static bool entity_split(struct mime_headers *headers, struct slice *head, struct slice *body,
	struct slice entity)
{
	bool is_bare;

	if (mime_entity_parse(headers, body, &is_bare, entity, NULL) != ST_OK)
		return false;
	*head = slice_to(entity, entity.n - body->n);
	return true;
}

static bool is_compressed(const struct mime_headers *headers)
{
	struct slice text;
	struct mime_value type;

	return mime_header_get(&text, headers, "Content-Type", NULL) == ST_OK &&
		mime_value_parse(&type, text, NULL) == ST_OK &&
		slice_eq_nocase(mime_param_get(&type, "smime-type"), S("compressed-data"));
}

static void expanded_add(struct variant_source *s, struct slice content)
{
	struct mime_headers headers;
	struct slice head, body;

	enum status st = compression_open(&s->expanded, content, NULL);

	if (st != ST_OK) {
		if (st == ST_LIMIT)
			s->left_out = "what is compressed in it is too large to be tried";
		return;
	}
	if (!entity_split(&headers, &head, &body, buf_slice(&s->expanded)))
		return;
	piece_set(s, EXTENT_EXPANDED, head, body);
	piece_set(s, EXTENT_EXPANDED_CONTENT, S(""), body);
}

/* Of one that travelled compressed, and was signed by nobody, some digest that. */
static void packed_add(struct variant_source *s, struct slice part)
{
	struct mime_headers headers;
	struct slice head, body;

	if (part.n > s->packed.max) {
		s->left_out = "it is too large to be tried compressed";
		return;
	}
	if (as2_pack_again(&s->packed, part, NULL) != ST_OK ||
		!entity_split(&headers, &head, &body, buf_slice(&s->packed)))
		return;
	piece_set(s, EXTENT_PACKED, head, body);
	piece_set(s, EXTENT_PACKED_CONTENT, S(""), body);
}

static void entity_add(struct variant_source *s, struct slice part)
{
	struct mime_headers headers;
	struct slice head, body, content;

	if (!entity_split(&headers, &head, &body, part))
		return;
	piece_set(s, EXTENT_SAME, head, body);
	piece_set(s, EXTENT_CONTENT, S(""), body);
	enum status st = mime_content(&content, &s->decoded, &headers, body, NULL);
	if (st != ST_OK) {
		if (st == ST_LIMIT)
			s->left_out = "what is encoded in it is too large to be tried";
		return;
	}
	if (content.p != body.p) {
		piece_set(s, EXTENT_DECODED, head, content);
		piece_set(s, EXTENT_DECODED_CONTENT, S(""), content);
	}
	if (is_compressed(&headers))
		expanded_add(s, content);
}

void variant_source_init(struct variant_source *s, struct slice part, enum mic_rule rule,
	const struct variant_limits *limits)
{
	*s = (struct variant_source){ .decoded = buf_init(limits->scratch),
		.expanded = buf_init(limits->scratch),
		.packed = buf_init(limits->scratch) };
	if (part.n > limits->part) {
		s->left_out = "it is too large for any to be tried";
		return;
	}
	piece_set(s, EXTENT_SAME, S(""), part);
	if (rule != MIC_OF_CONTENT)
		entity_add(s, part);
	if (rule == MIC_OF_ENTITY)
		packed_add(s, part);
}

void variant_source_done(struct variant_source *s)
{
	buf_done(&s->decoded);
	buf_done(&s->expanded);
	buf_done(&s->packed);
}

/* --- feeding ---------------------------------------------------------------------- */

static void feed_same(struct digest_run *run, struct slice bytes)
{
	struct slice step;

	while (views_step(&step, &bytes))
		digest_run_add(run, step);
}

static void feed_lf(struct digest_run *run, struct slice bytes)
{
	struct slice rest = bytes;
	size_t at, mark = 0;

	while (views_find(&at, rest, S("\r\n"))) {
		feed_same(run, slice_to(rest, at));
		digest_run_add(run, S("\n"));
		rest = slice_from(rest, at + 2);
		views_passed(bytes, &mark, bytes.n - rest.n);
	}
	feed_same(run, rest);
}

static void feed_crlf(struct digest_run *run, struct slice bytes)
{
	struct slice rest = bytes;
	size_t at, mark = 0;

	while (views_find(&at, rest, S("\n"))) {
		bool has_cr = at > 0 && rest.p[at - 1] == '\r';

		feed_same(run, slice_to(rest, has_cr ? at - 1 : at));
		digest_run_add(run, S("\r\n"));
		rest = slice_from(rest, at + 1);
		views_passed(bytes, &mark, bytes.n - rest.n);
	}
	feed_same(run, rest);
}

static const struct {
	void (*head)(struct digest_run *, struct slice);
	void (*body)(struct digest_run *, struct slice);
	struct slice line_end; /* of what is added at the end */
} feeds[ENDS] = {
	[ENDS_SAME] = { feed_same, feed_same, S("\r\n") },
	[ENDS_LF_CONTENT] = { feed_same, feed_lf, S("\n") },
	[ENDS_LF] = { feed_lf, feed_lf, S("\n") },
	[ENDS_CRLF] = { feed_crlf, feed_crlf, S("\r\n") },
};

static bool has_line_end(struct slice bytes)
{
	return bytes.n > 0 && (bytes.p[bytes.n - 1] == '\n' || bytes.p[bytes.n - 1] == '\r');
}

static struct slice stripped(struct slice bytes)
{
	while (has_line_end(bytes))
		bytes.n--;
	return bytes;
}

static void variant_digest(struct digest_value *out, enum digest kind, const struct variant *v,
	const struct variant_piece *piece)
{
	struct digest_run *run = digest_run_new(kind);

	feeds[v->ends].head(run, piece->head);
	feeds[v->ends].body(run, v->tail == TAIL_STRIPPED ? stripped(piece->body) : piece->body);
	if (v->tail == TAIL_ADDED)
		digest_run_add(run, feeds[v->ends].line_end);
	digest_run_finish(out, run);
	digest_run_free(run);
}

/* --- the search ------------------------------------------------------------------- */

static bool is_worth_trying(const struct variant *v, const struct variant_piece *piece)
{
	return piece->is_there && (v->tail != TAIL_STRIPPED || has_line_end(piece->body)) &&
		piece->differs[v->ends];
}

/* The n-th point: what a partner's mistake is made of most often is one axis alone. */
static struct variant variant_at(unsigned n)
{
	return (struct variant){ .extent = n % EXTENTS,
		.tail = n / EXTENTS % TAILS,
		.ends = n / EXTENTS / TAILS };
}

static bool work_take(uint64_t *left, const struct variant_piece *piece)
{
	if (piece->work > *left)
		return false;
	*left -= piece->work;
	return true;
}

/* Nobody is to take "not every one was tried" for "none matches". */
static enum status none_found(const char *left_out, struct fault *f)
{
	return left_out ? fault_set(f, ST_LIMIT, "variants.size",
				  "no variant of it that was tried matches: %s", left_out)
			: fault_set(f, ST_NONE, "variants.none",
				  "no known variant of it matches");
}

enum status variant_find(struct variant *out, const struct variant_source *s,
	const struct digest_value *wanted, uint64_t work_max, struct fault *f)
{
	const char *left_out = s->left_out;
	struct digest_value digest;

	for (unsigned n = 0; n < EXTENTS * ENDS * TAILS; n++) {
		struct variant v = variant_at(n);
		const struct variant_piece *piece = &s->pieces[v.extent];

		if (!is_worth_trying(&v, piece))
			continue;
		if (!work_take(&work_max, piece)) {
			left_out = "it is too large to try all of them";
			continue;
		}
		variant_digest(&digest, wanted->kind, &v, piece);
		if (digest_eq(&digest, wanted)) {
			*out = v;
			return ST_OK;
		}
	}
	return none_found(left_out, f);
}
