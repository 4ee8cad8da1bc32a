/* SPDX-License-Identifier: Apache-2.0 */
/* One memory file with all of it, made when it has changed and handed to everybody. */
#include "processes/shelf.h"

#include "base/clock.h"
#include "base/fd.h"
#include "base/log.h"
#include "ledger/standings.h"
#include "safeguards/digest.h"

#define HEALTHS_MAX 4096

/* How an address did last. */
struct health {
	uint8_t key[FETCHED_KEY_SIZE];
	int64_t good_ns, tried_ns, failing_ns;
	uint32_t failures;
	char code[FAULT_CODE_MAX], text[FAULT_TEXT_MAX];
};

struct shelf {
	struct process *process;
	struct buf healths; /* struct health */
	int pack;           /* -1: to be made */
	bool has_news;
};

struct shelf *shelf_new(struct process *process)
{
	struct shelf *s = alloc_zeroed(1, sizeof(*s));

	*s = (struct shelf){ .process = process,
		.healths = buf_init(HEALTHS_MAX * sizeof(struct health)),
		.pack = -1 };
	return s;
}

/* --- what comes --- */

static enum status learned_check(const struct verb_learned *v, struct fault *f)
{
	if (v->kind > FETCHED_ANSWER || v->outcome >= ANSWER_OUTCOMES ||
		v->key.n != FETCHED_KEY_SIZE)
		return fault_set(f, ST_INPUT, "ipc.field", "learned: kind %u, outcome %u", v->kind,
			v->outcome);
	return ST_OK;
}

enum status shelf_learn(
	struct shelf *s, struct ledger *l, struct ipc_packet *packet, struct fault *f)
{
	AUTO_IN_PLACE(mapping) map = { 0 };
	struct verb_learned v;
	bool is_newer = false;

	TRY(ipc_body_parse(&v, packet, f));
	TRY(learned_check(&v, f));
	TRY(mapping_init(&map, packet->fd, LIST_FETCHED_MAX, f));
	const struct ledger_standing standing = { .kind = v.kind,
		.key = v.key,
		.issued_ns = v.issued_ns,
		.next_ns = v.next_ns,
		.fetched_ns = v.fetched_ns,
		.outcome = v.outcome,
		.by = v.by,
		.counted = v.counted,
		.bytes = map.bytes };
	enum status st = ledger_standing_keep(&is_newer, l, &standing, f);
	s->has_news |= is_newer;
	return st == ST_NONE ? ST_OK : st;
}

static struct health *health_of(struct shelf *s, struct slice key)
{
	struct health fresh = { 0 };
	struct health *list = (struct health *)(void *)s->healths.p;
	size_t count = s->healths.n / sizeof(*list);

	for (size_t i = 0; i < count; i++)
		if (slice_eq(slice_of(list[i].key, sizeof(list[i].key)), key))
			return &list[i];
	if (count == HEALTHS_MAX)
		buf_clear(&s->healths);
	for (size_t i = 0; i < sizeof(fresh.key) && i < key.n; i++)
		fresh.key[i] = key.p[i];
	buf_put(&s->healths, slice_of(&fresh, sizeof(fresh)));
	return (struct health *)(void *)(s->healths.p + s->healths.n) - 1;
}

static void health_fail(struct health *h, const struct verb_tried *v)
{
	struct fault why;

	fault_from_verb(&why, v->status, v->code, v->text);
	if (h->failures++ == 0)
		h->failing_ns = v->tried_ns;
	(void)!slice_to_text(h->code, sizeof(h->code), slice_str(why.code), NULL);
	(void)!slice_to_text(h->text, sizeof(h->text), slice_str(why.text), NULL);
}

void shelf_tried(struct shelf *s, struct ipc_packet *packet)
{
	struct verb_tried v;
	struct fault f;

	if (ipc_body_parse(&v, packet, &f) != ST_OK || v.source.n != FETCHED_KEY_SIZE)
		return;
	struct health *h = health_of(s, v.source);
	h->tried_ns = v.tried_ns;
	if (v.status != ST_OK) {
		health_fail(h, &v);
		return;
	}
	h->good_ns = v.tried_ns;
	h->failing_ns = 0;
	h->failures = 0;
	h->code[0] = h->text[0] = '\0';
}

/* --- what is shown --- */

struct packing {
	struct buf all;
	size_t left; /* out: they do not fit */
};

/* Answers before lists, and short lists before long ones: nobody's lists push out all others'. */
static void on_standing(void *context, const struct ledger_standing *row)
{
	struct packing *p = context;
	const struct fetched_record r = { .kind = (enum fetched_kind)row->kind,
		.key = row->key,
		.issued_ns = row->issued_ns,
		.next_ns = row->next_ns,
		.fetched_ns = row->fetched_ns,
		.outcome = row->outcome,
		.by = row->by,
		.bytes = row->kind == FETCHED_LIST ? row->bytes : S("") };

	if (row->kind >= FETCHED_KINDS || row->key.n != FETCHED_KEY_SIZE)
		return;
	if (fetched_record_fits(&p->all, &r))
		fetched_record_put(&p->all, &r);
	else
		p->left++;
}

static void healths_put(struct buf *out, const struct shelf *s)
{
	const struct health *list = (const struct health *)(const void *)s->healths.p;

	for (size_t i = 0; i < s->healths.n / sizeof(*list); i++)
		fetched_record_put(out,
			&(struct fetched_record){ .kind = FETCHED_HEALTH,
				.key = slice_of(list[i].key, sizeof(list[i].key)),
				.fetched_ns = list[i].good_ns,
				.tried_ns = list[i].tried_ns,
				.failing_ns = list[i].failing_ns,
				.failures = list[i].failures,
				.by = slice_str(list[i].code),
				.bytes = slice_str(list[i].text) });
}

static enum status pack_make(int *fd, const struct shelf *s, struct ledger *l, struct fault *f)
{
	struct packing p = { .all = buf_init(FETCHED_SIZE_MAX) };

	healths_put(&p.all, s);
	enum status st = ledger_standings(l, on_standing, &p, f);
	if (p.left > 0)
		log_error("revocation-left-out", LOG_I("lists", p.left),
			LOG_I("limit", FETCHED_SIZE_MAX));
	if (st == ST_OK)
		st = memory_file_new(fd, "standing", buf_slice(&p.all), f);
	buf_done(&p.all);
	return st;
}

static void say(struct ipc *link, uint64_t id, int fd)
{
	struct fault f;

	if (process_send(link, VERB_STANDING, id, &(struct verb_empty){ 0 }, fd, &f) != ST_OK)
		log_warning("answer-lost", LOG_T("verb", "standing"), LOG_FAULT(&f));
}

static bool pack_ready(struct shelf *s, struct ledger *l)
{
	struct fault f;

	if (s->pack >= 0 || pack_make(&s->pack, s, l, &f) == ST_OK)
		return true;
	log_error("revocation-unread", LOG_FAULT(&f));
	return false;
}

void shelf_tell(struct shelf *s, struct ledger *l)
{
	static const enum role roles[] = { ROLE_EDGE, ROLE_ENVELOPE, ROLE_COURIER };

	if (!s->has_news)
		return;
	s->has_news = false;
	fd_close(&s->pack);
	if (!pack_ready(s, l))
		return;
	for (size_t r = 0; r < sizeof(roles) / sizeof(roles[0]); r++)
		for (unsigned i = 0; i < WORKERS_MAX; i++)
			if (process_link(s->process, roles[r], i))
				say(process_link(s->process, roles[r], i), 0, s->pack);
}

void shelf_greet(struct shelf *s, struct ledger *l, struct ipc *link)
{
	if (pack_ready(s, l))
		say(link, 0, s->pack);
}

void shelf_show(struct shelf *s, struct ledger *l, struct ipc *link, uint64_t id)
{
	AUTO_FD fd = -1;
	struct fault f;

	if (pack_make(&fd, s, l, &f) == ST_OK)
		say(link, id, fd);
	else
		log_error("revocation-unread", LOG_FAULT(&f));
}

/* --- what nobody asks for --- */

struct pruning {
	const struct registry *registry;
	struct buf gone; /* kind as u32, and key */
};

static bool list_is_wanted(const struct registry *registry, struct slice key)
{
	uint8_t own[FETCHED_KEY_SIZE];

	for (size_t i = 0; i < registry_partner_count(registry); i++) {
		const struct trust_terms *trust =
			&registry_partner(registry, i)->agreement->trust;
		for (size_t u = 0; u < trust->crl.count; u++) {
			list_key(own, trust->crl.urls[u], buf_slice(&trust->anchors));
			if (slice_eq(slice_of(own, sizeof(own)), key))
				return true;
		}
	}
	return false;
}

static bool sheet_lists(const struct sheet *sheet, struct slice fingerprint)
{
	uint8_t own[CERT_FINGERPRINT_SIZE];

	for (size_t i = 0; i < sheet->cert_count; i++) {
		digest_sha256(own, buf_slice(&sheet->certs[i].der));
		if (slice_eq(slice_of(own, sizeof(own)), fingerprint))
			return true;
	}
	return false;
}

static bool answer_is_wanted(const struct registry *registry, struct slice fingerprint)
{
	for (size_t i = 0; i < registry_partner_count(registry); i++) {
		const struct partner *p = registry_partner(registry, i);
		if (p->agreement->trust.ocsp.count > 0 && sheet_lists(p->sheet, fingerprint))
			return true;
	}
	return false;
}

static void on_look(void *context, const struct ledger_standing *row)
{
	struct pruning *p = context;
	bool is_wanted = row->kind == FETCHED_LIST ? list_is_wanted(p->registry, row->key)
						   : answer_is_wanted(p->registry, row->key);

	if (is_wanted || row->key.n != FETCHED_KEY_SIZE)
		return;
	buf_put_u32(&p->gone, row->kind);
	buf_put(&p->gone, row->key);
}

enum status shelf_prune(struct shelf *s, struct ledger *l, struct fault *f)
{
	struct pruning p = { s->process->registry, buf_init(1 << 20) };
	struct cursor in;
	struct slice key;
	uint32_t kind;
	enum status st = ledger_standings(l, on_look, &p, f);

	in = cursor_of(buf_slice(&p.gone));
	s->has_news |= p.gone.n > 0;
	while (st == ST_OK && !cursor_at_end(&in)) {
		st = cursor_u32(&in, &kind, f);
		if (st == ST_OK)
			st = cursor_bytes(&in, &key, FETCHED_KEY_SIZE, f);
		if (st == ST_OK)
			st = ledger_standing_drop(l, kind, key, f);
	}
	buf_done(&p.gone);
	return st;
}
