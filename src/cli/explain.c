/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tieline explain: why the partner's digest of a message (MIC) is not ours.  The part that ours is
 * of and the receipt are fetched; then the process gives up everything but its open descriptors,
 * because it is about to parse what a partner wrote, and looks for a variant of the part that the
 * partner's digest is of.
 */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

#include "base/fd.h"
#include "base/sandbox.h"
#include "bindings/mdn.h"
#include "bindings/mime.h"
#include "bindings/variants.h"
#include "cli/content.h"
#include "cli/listing.h"
#include "cli/output.h"
#include "ledger/audit.h"
#include "processes/process.h"
#include "processes/proof.h"
#include "safeguards/crypto.h"

#define WORK_LEAST (UINT64_C(4) << 30) /* bytes to digest: some seconds */
#define WORK_TIMES 64 /* or so often what it has: who asks has time, and gets an answer */
#define SCRATCH_MAX (UINT64_C(1) << 30) /* bytes decoded or expanded, each, in memory */

enum { HOME, INBOX, OUTBOX, PARTNER, MIC, JSON };
static const struct option_row options[] = {
	[HOME] = HOME_OPTION,
	[INBOX] = INBOX_OPTION,
	[OUTBOX] = OUTBOX_OPTION,
	[PARTNER] = PARTNER_OPTION,
	[MIC] = { "mic", "MIC", "the partner's digest, 'BASE64, ALGORITHM', if not by receipt", NULL },
	[JSON] = { "json", NULL, "for programs", NULL },
};

/* The message meant. */
struct subject {
	unsigned count;
	struct buf id, partner, mic;
	uint32_t direction, state;
	struct fault fault; /* without a code: none */
	bool is_flagged;    /* the fault is what was tolerated */
};

struct evidence {
	struct subject subject;
	struct content part, receipt;
	struct mapping part_map, receipt_map; /* of the files they are in */
	bool has_part, has_receipt, is_signed, is_all_document;
};

/* What is known of the two digests. */
struct finding {
	enum mic_rule rule;
	bool has_rule, has_ours, has_theirs, agree, has_variant;
	struct digest_value ours, theirs;
	struct variant variant;
	struct fault why; /* why there is no variant */
};

static struct evidence evidence_init(void)
{
	return (struct evidence){
		.subject = { .id = buf_init(MESSAGE_ID_MAX),
			.partner = buf_init(PARTY_ID_MAX),
			.mic = buf_init(MIC_TEXT_MAX) },
		.part = content_init(),
		.receipt = content_init(),
	};
}

static void evidence_done(struct evidence *e)
{
	buf_done(&e->subject.id);
	buf_done(&e->subject.partner);
	buf_done(&e->subject.mic);
	content_done(&e->part);
	content_done(&e->receipt);
	mapping_done(&e->part_map);
	mapping_done(&e->receipt_map);
}
DEFINE_AUTO_IN_PLACE(evidence)

/* --- gathering ----------------------------------------------------------------- */

static void subject_take(void *context, const struct verb_message *m)
{
	struct subject *s = context;

	s->count++;
	buf_clear(&s->id);
	buf_clear(&s->partner);
	buf_clear(&s->mic);
	buf_put(&s->id, m->message_id);
	buf_put(&s->partner, m->partner);
	buf_put(&s->mic, m->mic);
	s->direction = m->direction;
	s->state = m->state;
	s->is_flagged = message_is_flagged(m);
	s->fault.code[0] = 0;
	if (m->code.n > 0)
		fault_from_verb(&s->fault, ST_AUTH, m->code, m->text);
}

static enum status subjects_find(struct subject *s, struct desk_client *desk,
	const struct selection *which, unsigned states, struct fault *f)
{
	struct listing listing = { .message = subject_take, .context = s };
	struct verb_list filter = { .in = which->in,
		.out = which->out,
		.partner = which->partner,
		.message_id = which->message_id,
		.states = states };

	return listing_ask(desk, &filter, &listing, f);
}

/* As for get: what was accepted or sent, else the last that was rejected. */
static enum status subject_find(struct subject *s, struct desk_client *desk,
	const struct selection *which, struct fault *f)
{
	const unsigned rejected = 1u << DELIVERY_REJECTED;

	TRY(subjects_find(s, desk, which, ~rejected, f));
	if (s->count > 1)
		return fault_set(f, ST_INPUT, "message.ambiguous",
			"%u messages have this Message-ID: say which by --inbox, --outbox or "
			"--partner", s->count);
	if (s->count == 0)
		TRY(subjects_find(s, desk, which, rejected, f));
	return s->count > 0 ? ST_OK
			    : fault_set(f, ST_NONE, "message.unknown", "no message %.*s here",
				      SLICE_FMT(which->message_id));
}

/* *found false: that is not kept of this message. */
static enum status evidence_fetch(bool *found, struct content *c, struct desk_client *desk,
	const struct subject *s, enum ledger_content content, struct fault *f)
{
	const struct verb_get ask = { .content = content,
		.message_id = buf_slice(&s->id),
		.partner = buf_slice(&s->partner),
		.in = s->direction == MESSAGE_IN,
		.out = s->direction == MESSAGE_OUT };
	enum status st = content_fetch(c, desk, &ask, f);

	*found = st == ST_OK;
	return st == ST_NONE ? ST_OK : st;
}

static enum status content_map(struct mapping *map, const struct content *c, struct fault *f)
{
	TRY(mapping_init(map, c->fd, UINT64_MAX, f));
	if (c->at > map->bytes.n || c->n > map->bytes.n - c->at)
		return fault_set(f, ST_HOST, "ledger.corrupt", "the stored bytes are cut short");
	return ST_OK;
}

/* Rejected messages have no part; whether one was signed tells its signature. */
static enum status part_gather(struct evidence *e, struct desk_client *desk, struct fault *f)
{
	AUTO_IN_PLACE(content) signature = content_init(), document = content_init();
	const struct subject *s = &e->subject;

	if (s->state == DELIVERY_REJECTED)
		return ST_OK;
	TRY(evidence_fetch(&e->has_part, &e->part, desk, s, CONTENT_PART, f));
	if (!e->has_part)
		return ST_OK;
	TRY(evidence_fetch(&e->is_signed, &signature, desk, s, CONTENT_SIGNATURE, f));
	TRY(evidence_fetch(&e->is_all_document, &document, desk, s, CONTENT_DOCUMENT, f));
	e->is_signed = e->is_signed && signature.n > 0;
	/* Several documents are an entity, with a head of their own. */
	e->is_all_document = document.at == e->part.at && document.n == e->part.n &&
		!media_type_is_several(buf_slice(&document.type));
	return content_map(&e->part_map, &e->part, f);
}

/* Ours says what we think; only of a message that was sent is it the partner's. */
static enum status receipt_gather(struct evidence *e, struct desk_client *desk, struct fault *f)
{
	if (e->subject.direction != MESSAGE_OUT)
		return ST_OK;
	TRY(evidence_fetch(
		&e->has_receipt, &e->receipt, desk, &e->subject, CONTENT_RECEIPT, f));
	return e->has_receipt ? content_map(&e->receipt_map, &e->receipt, f) : ST_OK;
}

static enum status gather(
	struct evidence *e, const char *home, const struct selection *which, struct fault *f)
{
	AUTO(desk_client) desk = NULL;

	TRY(desk_client_open(&desk, home, f));
	TRY(subject_find(&e->subject, desk, which, f));
	TRY(part_gather(e, desk, f));
	return receipt_gather(e, desk, f);
}

/* A kernel without Landlock is no reason not to answer. */
static enum status confine(struct fault *f)
{
	static const struct sandbox nothing_more = { .promises = "stdio" };
	enum status st = sandbox_enter(&nothing_more, f);

	return st == ST_NONE ? ST_OK : st;
}

/* --- judging -------------------------------------------------------------------- */

static struct slice content_bytes(const struct mapping *map, const struct content *c)
{
	return slice_sub(map->bytes, (size_t)c->at, (size_t)c->n);
}

static bool has_headers(struct slice part)
{
	struct mime_headers headers;
	struct slice body, type;

	return mime_headers_parse(&headers, &body, part, NULL) == ST_OK &&
		mime_header_find(&type, &headers, "Content-Type", NULL) == ST_OK;
}

static enum mic_rule rule_of(const struct evidence *e, struct slice part)
{
	if (e->is_signed)
		return MIC_OF_SIGNED;
	return !e->is_all_document && has_headers(part) ? MIC_OF_ENTITY : MIC_OF_CONTENT;
}

static enum status theirs_read(
	struct finding *x, const struct evidence *e, const char *mic, struct fault *f)
{
	AUTO_IN_PLACE(mdn_room) room = mdn_room_init();
	struct mdn mdn;

	if (mic) {
		TRY(mdn_mic_parse(&x->theirs, slice_str(mic), f));
		x->has_theirs = true;
		return ST_OK;
	}
	if (!e->has_receipt)
		return ST_OK;
	TRY(mdn_read(&mdn, &room, buf_slice(&e->receipt.type),
		content_bytes(&e->receipt_map, &e->receipt), f));
	x->has_theirs = mdn.has_mic;
	x->theirs = mdn.mic;
	return ST_OK;
}

/* What is searched must be what our own digest is of. */
static enum status part_check(const struct finding *x, struct slice part, struct fault *f)
{
	struct digest_value computed;

	if (!x->has_ours)
		return ST_OK;
	digest_compute(&computed, x->ours.kind, part);
	return digest_eq(&computed, &x->ours)
		? ST_OK
		: fault_set(f, ST_HOST, "ledger.corrupt",
			  "%s: %s", audit_words(AUDIT_PART_DIGEST)->means,
			  audit_words(AUDIT_PART_DIGEST)->mend);
}

/* Its own process, that nobody else waits for: any size. */
static void variant_look(struct finding *x, struct slice part)
{
	static const struct variant_limits limits = { UINT64_MAX, SCRATCH_MAX };
	const uint64_t all = WORK_TIMES * (uint64_t)part.n;
	AUTO_IN_PLACE(variant_source) source;

	variant_source_init(&source, part, x->rule, &limits);
	x->has_variant = variant_find(&x->variant, &source, &x->theirs,
				 all > WORK_LEAST ? all : WORK_LEAST, &x->why) == ST_OK;
}

static enum status judge(
	struct finding *x, const struct evidence *e, const char *mic, struct fault *f)
{
	struct slice part = content_bytes(&e->part_map, &e->part);

	TRY(theirs_read(x, e, mic, f));
	x->has_ours = mdn_mic_parse(&x->ours, buf_slice(&e->subject.mic), NULL) == ST_OK;
	if (!e->has_part)
		return ST_OK;
	TRY(part_check(x, part, f));
	x->has_rule = true;
	x->rule = rule_of(e, part);
	if (!x->has_theirs)
		return ST_OK;
	x->agree = x->has_ours && digest_eq(&x->ours, &x->theirs);
	variant_look(x, part);
	return ST_OK;
}

/* --- saying ---------------------------------------------------------------------- */

static void field(const char *name, const char *value)
{
	printf("  %-8s %s\n", name, value);
}

static void field_digest(const char *name, bool known, const struct digest_value *digest)
{
	AUTO_IN_PLACE(buf) text = buf_init(MIC_TEXT_MAX);

	if (known && mic_format(&text, digest, NULL) == ST_OK)
		field(name, buf_text(&text));
}

static const char *verdict(const struct evidence *e, const struct finding *x)
{
	if (x->agree)
		return "both digests are of the same bytes";
	if (!e->has_part)
		return "of this message no part is kept to compare";
	if (!x->has_theirs)
		return e->has_receipt ? "the receipt states no digest that is supported"
				      : "no digest of the partner is known: give it with --mic";
	return x->why.text;
}

static void variant_print(const struct variant *v)
{
	char words[VARIANT_WORDS_MAX];

	if (v->extent == EXTENT_SAME && v->ends == ENDS_SAME && v->tail == TAIL_SAME)
		field("verdict", "theirs is of the same bytes, by another algorithm");
	else
		printf("  %-8s theirs is of %s\n", "verdict", variant_words(words, v));
}

/* Of a message of ours whose receipt was not taken for that. */
static const char *advice(const struct evidence *e, const struct finding *x)
{
	if (e->subject.direction != MESSAGE_OUT || !x->has_variant || x->agree ||
		strcmp(e->subject.fault.code, "as2.mic.mismatch") != 0)
		return NULL;
	if (e->part.n > VARIANT_PART_MAX)
		return "of what is as large as this no receipt is taken for a variant: the "
		       "partner's software is to be mended";
	return x->theirs.kind < DIGESTS
		? "until the partner's software is mended, tolerate.receipt-digest in its "
		  "agreement takes such receipts"
		: "until the partner's software is mended, legacy and tolerate.receipt-digest in "
		  "its agreement take such receipts";
}

static void finding_print(struct evidence *e, const struct finding *x)
{
	struct subject *s = &e->subject;

	printf("%s %s %s\n", buf_text(&s->id), s->direction == MESSAGE_IN ? "from" : "to",
		buf_text(&s->partner));
	if (x->has_rule)
		field("rule", mic_rule_words(x->rule));
	field_digest("ours", x->has_ours, &x->ours);
	field_digest("theirs", x->has_theirs, &x->theirs);
	if (s->fault.code[0])
		printf("  %-8s %s (%s)\n", s->is_flagged ? "flag" : "fault", s->fault.text,
			s->fault.code);
	if (x->has_variant && !x->agree)
		variant_print(&x->variant);
	else
		field("verdict", verdict(e, x));
	if (advice(e, x))
		field("advice", advice(e, x));
}

static json_t *json_mic(bool known, const struct digest_value *digest)
{
	AUTO_IN_PLACE(buf) text = buf_init(MIC_TEXT_MAX);

	return known && mic_format(&text, digest, NULL) == ST_OK ? json_slice(buf_slice(&text))
								 : json_null();
}

static json_t *json_variant(const struct finding *x)
{
	char words[VARIANT_WORDS_MAX];

	if (!x->has_variant)
		return json_null();
	return json_pack("{s:s, s:s, s:s, s:s}", "bytes", variant_extent_name(x->variant.extent),
		"line-ends", variant_ends_name(x->variant.ends), "end",
		variant_tail_name(x->variant.tail), "words", variant_words(words, &x->variant));
}

static json_t *json_fault(const struct subject *s, bool is_flagged)
{
	if (!s->fault.code[0] || s->is_flagged != is_flagged)
		return json_null();
	return json_pack("{s:s, s:s}", "code", s->fault.code, "text", s->fault.text);
}

static json_t *json_finding(const struct evidence *e, const struct finding *x)
{
	const struct subject *s = &e->subject;

	return json_pack("{s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "message-id",
		json_slice(buf_slice(&s->id)), "direction",
		s->direction == MESSAGE_IN ? "in" : "out", "partner",
		json_slice(buf_slice(&s->partner)), "rule",
		x->has_rule ? json_string(mic_rule_name(x->rule)) : json_null(), "ours",
		json_mic(x->has_ours, &x->ours), "theirs", json_mic(x->has_theirs, &x->theirs),
		"agree", x->has_ours && x->has_theirs ? json_boolean(x->agree) : json_null(),
		"variant", json_variant(x), "fault", json_fault(s, false), "flag",
		json_fault(s, true));
}

static int run(const struct arguments *a)
{
	static const struct selection_options at = { INBOX, OUTBOX, PARTNER };
	AUTO_IN_PLACE(evidence) evidence = evidence_init();
	const char *home = home_path(a->values[HOME]);
	struct finding finding = { 0 };
	struct selection which;
	struct fault f;

	if (!home)
		return EXIT_USAGE;
	if (selection_read(&which, a, &at, &f) != ST_OK ||
		crypto_init(&f) != ST_OK || gather(&evidence, home, &which, &f) != ST_OK ||
		confine(&f) != ST_OK ||
		judge(&finding, &evidence, a->values[MIC], &f) != ST_OK)
		return fail(&f, f.status == ST_NONE ? "see `tieline list`" : NULL);
	if (a->given[JSON])
		json_print(json_finding(&evidence, &finding));
	else
		finding_print(&evidence, &finding);
	return EXIT_DONE;
}

const struct command explain_command = {
	.name = "explain",
	.operands = "MESSAGE-ID",
	.purpose = "why the partner's digest of a message is not ours",
	COMMAND_OPTIONS(options),
	.operands_min = 1,
	.operands_max = 1,
	.run = run,
};
