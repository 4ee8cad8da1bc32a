/* SPDX-License-Identifier: Apache-2.0 */
/* One pass over each document; what is said of all of them together is made of its findings. */
#include "processes/own_documents.h"

#include <stdio.h>
#include <string.h>

#include "bindings/related.h"
#include "documents/translate/expiry.h"
#include "exchange/x12_terms.h"

bool documents_may_hold(struct slice media_type)
{
	return slice_eq(media_type, S(DOCUMENT_MEDIA_TYPE)) || media_type_is_several(media_type);
}

bool documents_may_be_timed(struct slice media_type)
{
	return documents_may_hold(media_type) || slice_eq(media_type, S(X12_MEDIA_TYPE));
}

struct der_way documents_way(
	const struct settings *own, const struct partner *partner, bool inbound, enum area area)
{
	const struct slice us = slice_str(own->id), them = slice_str(partner->sheet->id);
	const struct slice our_role = party_role_word(own->role);
	const struct slice their_role = party_role_word(partner->sheet->role);
	const struct agreement *agreed = partner->agreement;

	return (struct der_way){ .sender = inbound ? them : us,
		.receiver = inbound ? us : them,
		.area = area,
		.sender_role = inbound ? their_role : our_role,
		.receiver_role = inbound ? our_role : their_role,
		.agreement = slice_str(agreed->documents.agreement_id),
		.copy_agreement = inbound ? S("") : slice_str(agreed->copies.agreement_id),
		.test = agreed->documents.test,
		.restricted = agreed->documents.restricted,
		.has_come = inbound };
}

const char *document_spot(char out[DOCUMENT_SPOT_MAX], unsigned number, const struct der_finding *f)
{
	char which[24] = "";

	if (number > 0)
		(void)snprintf(which, sizeof(which), "document %u, ", number);
	(void)snprintf(out, DOCUMENT_SPOT_MAX, "%sline %llu, byte %llu, %s", which,
		(unsigned long long)f->line, (unsigned long long)f->offset,
		f->pointer[0] ? f->pointer : "/");
	return out;
}

/* --- what says most ---------------------------------------------------------------------- */

/* In rising order; what is none of these is der.invalid. */
static const struct {
	const char *code;
	enum status status;
} grave[] = {
	{ "der.invalid", ST_INPUT },
	{ "der.restricted", ST_INPUT },
	{ "der.agreement", ST_INPUT },
	{ "der.area", ST_INPUT },
	{ "der.test", ST_AUTH },
	{ "der.role", ST_AUTH },
	{ "der.receiver", ST_AUTH },
	{ "der.sender", ST_AUTH },
};

#define GRAVE (sizeof(grave) / sizeof(grave[0]))

static size_t gravity(const char *code)
{
	size_t i = GRAVE - 1;

	while (i > 0 && strcmp(grave[i].code, code) != 0)
		i--;
	return i;
}

struct looking {
	const struct documents_question *question;
	struct documents_verdict *out;
	unsigned number; /* of several; 0: the only one */
	const char *title; /* of the last one */
	char behalf[DOCUMENT_PARTY_MAX + 1]; /* its on_behalf_of, likewise; empty: nobody's */
};

static void finding_take(void *context, const struct der_finding *finding)
{
	const struct looking *l = context;
	struct fault *f = &l->out->fault;
	size_t at = gravity(finding->code);
	char spot[DOCUMENT_SPOT_MAX];

	if (!f->code[0] || at > gravity(f->code))
		fault_set(f, grave[at].status, grave[at].code, "%s in %s: %s: %s", finding->code,
			document_spot(spot, l->number, finding), finding->found,
			finding->expected);
	if (l->question->finding)
		l->question->finding(l->question->context, l->number, finding);
}

/* --- documents --------------------------------------------------------------------------- */

/* Behind a thousand findings nobody is told of the one that matters. */
static void barred_set(struct documents_verdict *out, const char *code)
{
	out->is_barred = true;
	if (out->fault.status != ST_AUTH)
		fault_set(&out->fault, ST_AUTH, code,
			"its header says so, behind much else that is wrong");
}

static void behalf_take(
	struct looking *l, const struct der_place *place, const struct json_event *e)
{
	AUTO_IN_PLACE(buf) id = buf_init(DOCUMENT_PARTY_MAX);

	if (place->depth != 2 || e->kind != JSON_IS_STRING ||
		!json_text_is(e->name, S("on_behalf_of")))
		return;
	json_text_put(&id, e->text);
	(void)!slice_to_text(l->behalf, sizeof(l->behalf), buf_slice(&id), NULL);
}

static void value_take(void *context, const struct der_place *place, const struct json_event *e)
{
	struct looking *l = context;

	if (l->question->facts)
		der_facts_take(l->question->facts, place, e);
	behalf_take(l, place, e);
}

static void document_read(struct der_result *out, struct looking *l, struct slice content)
{
	struct der_facts *facts = l->question->facts;
	const struct der_listener listener = { .context = l,
		.finding = finding_take,
		.value = value_take,
		.way = &l->question->way };

	l->behalf[0] = '\0';
	if (facts)
		der_facts_begin(facts);
	der_validate(out, content, &listener);
	if (facts)
		der_facts_end(facts, out->schema != NULL,
			out->against_schema + out->beyond == 0);
}

static void document_look(struct looking *l, struct slice content)
{
	const struct der_schema *schema;
	struct der_result result;

	if (l->question->only_claimed && der_schema_of(&schema, content) != ST_OK)
		return;
	document_read(&result, l, content);
	uint64_t errors = result.against_schema + result.beyond;
	l->out->documents++;
	l->out->errors += errors;
	l->out->in_error += errors > 0;
	l->title = result.schema ? result.schema->name : "no document that is known";
	if (result.barred)
		barred_set(l->out, result.barred);
}

static enum status part_look(void *context, const struct related_part *part, struct fault *f)
{
	struct looking *l = context;

	(void)f;
	l->number = part->number;
	if (slice_eq(slice_str(part->media_type), S(DOCUMENT_MEDIA_TYPE)))
		document_look(l, part->content);
	return ST_OK;
}

/* They were cut without a fault before: one now is that they are encoded and large. */
static void several_look(struct looking *l, struct slice content)
{
	AUTO_IN_PLACE(buf) scratch = buf_init(DOCUMENTS_DECODED_MAX);
	struct fault why = { 0 };

	if (related_each(content, &scratch, part_look, l, &why) == ST_OK)
		return;
	if (l->question->facts)
		fault_set(&l->question->facts->lost, ST_LIMIT, "facts.size",
			"what is to be registered could not be looked into, all of it");
	if (!l->out->fault.code[0])
		fault_set(&l->out->fault, ST_LIMIT, "der.unexamined",
			"document %u could not be looked into: %s", l->number + 1, why.text);
}

#define COUNT_OF(n) (unsigned long long)(n), (n) == 1 ? "" : "s"

/* Whose it is, is believed only of what is valid: so it is an id. */
static void summarise(struct documents_verdict *out, const char *title, const char *behalf)
{
	char what[160], *at = out->summary;
	size_t room = sizeof(out->summary);
	bool is_behalf = behalf[0] && out->errors == 0;

	(void)snprintf(what, sizeof(what), "%llu document%s", COUNT_OF(out->documents));
	if (out->documents == 1)
		(void)snprintf(what, sizeof(what), "%s%s%s", title,
			is_behalf ? " on behalf of " : "", is_behalf ? behalf : "");
	if (out->errors == 0)
		(void)snprintf(at, room, "%s: valid", what);
	else if (out->documents == 1)
		(void)snprintf(at, room, "%s: %llu error%s", what, COUNT_OF(out->errors));
	else
		(void)snprintf(at, room, "%s: %llu error%s, in %llu document%s", what,
			COUNT_OF(out->errors), COUNT_OF(out->in_error));
}

void documents_look(struct documents_verdict *out, const struct documents_question *question,
	struct slice content, struct slice media_type)
{
	struct looking l = { .question = question, .out = out };

	*out = (struct documents_verdict){ 0 };
	if (media_type_is_several(media_type))
		several_look(&l, content);
	else if (slice_eq(media_type, S(DOCUMENT_MEDIA_TYPE)))
		document_look(&l, content);
	if (out->documents > 0)
		summarise(out, l.title, l.behalf);
}

enum status documents_permitted(const struct document_terms *terms, const struct der_way *way,
	struct slice content, struct slice media_type, struct der_facts *facts, struct fault *f)
{
	struct documents_question question = {
		.way = *way, .facts = terms->registry != REGISTRY_OFF ? facts : NULL
	};
	struct documents_verdict verdict;

	/* To refuse an outage for saying too much protects nothing; who looks into it flags it. */
	if (way->has_come && way->area == AREA_OUTAGE)
		question.way.restricted = RESTRICTED_ANY;
	if (!terms->examine || !documents_may_hold(media_type))
		return ST_OK;
	documents_look(&verdict, &question, content, media_type);
	if (!verdict.fault.code[0] ||
		(terms->invalid != INVALID_REFUSE && !verdict.is_barred))
		return ST_OK;
	return fault_set(f, verdict.fault.status, verdict.fault.code, "%s", verdict.fault.text);
}

/* --- under another name ----------------------------------------------------------------- */

/* Also what a byte order mark and UTF-16 put around characters. */
static struct slice blanks_skip(struct slice rest)
{
	static const uint8_t blanks[] = { ' ', '\t', '\r', '\n', 0, 0xef, 0xbb, 0xbf, 0xfe, 0xff };

	while (rest.n > 0 && memchr(blanks, rest.p[0], sizeof(blanks)))
		rest = slice_from(rest, 1);
	return rest;
}

/* An object with a member, or a list of such: a text that begins with a bracket is none. */
static bool looks_like_json(struct slice rest)
{
	uint8_t last = 0;

	for (rest = blanks_skip(rest); rest.n > 0 && (rest.p[0] == '[' || rest.p[0] == '{');
		rest = blanks_skip(slice_from(rest, 1)))
		last = rest.p[0];
	return last == '{' && rest.n > 0 && rest.p[0] == '"';
}

static bool looks_like_x12(struct slice content)
{
	return slice_has_prefix(blanks_skip(content), S("ISA"));
}

struct naming {
	const struct agreement *agreement;
	struct fault refused, flagged; /* code empty: nothing is */
};

/* Where it is told that JSON is named otherwise; NULL: nowhere. */
static struct fault *json_place(struct naming *n)
{
	const struct document_terms *terms = &n->agreement->documents;

	if (terms->invalid == INVALID_REFUSE || terms->registry == REGISTRY_REFUSE)
		return &n->refused;
	return terms->registry == REGISTRY_FLAG ? &n->flagged : NULL;
}

/* The same of X12, of which sets are for the register. */
static struct fault *x12_place(struct naming *n)
{
	const enum registry_policy policy = n->agreement->documents.registry;

	if (n->agreement->x12.set_count == 0 || policy == REGISTRY_OFF)
		return NULL;
	return policy == REGISTRY_REFUSE ? &n->refused : &n->flagged;
}

static void misnamed_tell(
	struct fault *to, const char *what, struct slice is_named, const char *name)
{
	if (to->code[0] == '\0')
		fault_set(to, ST_INPUT, "der.media-type",
			"a document that looks like %s is named %.*s: send it as %s", what,
			SLICE_FMT(slice_to(is_named, 80)), name);
}

static void name_check(struct naming *n, struct slice content, struct slice media_type)
{
	struct fault *json = json_place(n), *x12 = x12_place(n);

	if (json && !slice_eq(media_type, S(DOCUMENT_MEDIA_TYPE)) && looks_like_json(content))
		misnamed_tell(json, "JSON", media_type, DOCUMENT_MEDIA_TYPE);
	if (x12 && !slice_eq(media_type, S(X12_MEDIA_TYPE)) && looks_like_x12(content))
		misnamed_tell(x12, "X12", media_type, X12_MEDIA_TYPE);
}

static enum status part_name_check(void *context, const struct related_part *part, struct fault *f)
{
	(void)f;
	name_check(context, part->content, slice_str(part->media_type));
	return ST_OK;
}

enum status documents_undisguised(struct fault *flag, const struct agreement *a,
	struct slice content, struct slice media_type, struct fault *f)
{
	AUTO_IN_PLACE(buf) scratch = buf_init(DOCUMENTS_DECODED_MAX);
	struct naming naming = { .agreement = a };

	*flag = (struct fault){ 0 };
	if (!a->documents.examine)
		return ST_OK;
	if (!media_type_is_several(media_type))
		name_check(&naming, content, media_type);
	else /* What cannot be cut is told by who looks into it. */
		(void)!related_each(content, &scratch, part_name_check, &naming, NULL);
	if (naming.refused.code[0])
		return fault_set(f, naming.refused.status, naming.refused.code, "%s",
			naming.refused.text);
	*flag = naming.flagged;
	return ST_OK;
}

/* --- until when they are worth anything --------------------------------------------------- */

static void timing_read(struct der_timing *out, struct slice content, struct slice media_type)
{
	*out = (struct der_timing){ 0 };
	if (slice_eq(media_type, S(DOCUMENT_MEDIA_TYPE)))
		der_timing_read(out, content);
	else if (slice_eq(media_type, S(X12_MEDIA_TYPE)))
		out->expires_ns = translate_expires_ns(content);
}

static enum status part_timing(void *context, const struct related_part *part, struct fault *f)
{
	struct der_timing *all = context, one;

	(void)f;
	timing_read(&one, part->content, slice_str(part->media_type));
	if (one.expires_ns != 0 && (all->expires_ns == 0 || one.expires_ns < all->expires_ns))
		all->expires_ns = one.expires_ns;
	if (one.secret_until_ns > all->secret_until_ns)
		all->secret_until_ns = one.secret_until_ns;
	return ST_OK;
}

void documents_timing(struct der_timing *out, const struct document_terms *terms, enum area area,
	struct slice content, struct slice media_type)
{
	AUTO_IN_PLACE(buf) scratch = buf_init(DOCUMENTS_DECODED_MAX);

	timing_read(out, content, media_type);
	if (media_type_is_several(media_type))
		(void)!related_each(content, &scratch, part_timing, out, NULL);
	if (!terms->supersede || area != AREA_AVAILABILITY)
		out->scope[0] = '\0';
}
