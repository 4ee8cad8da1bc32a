/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bytes are copied before they are read, and handed on from that copy: whoever fetched them
 * has the descriptor still.
 */
#include "processes/inspection.h"

#include <string.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/log.h"
#include "safeguards/chain.h"
#include "safeguards/ocsp.h"

/* --- lists --- */

/* The address of that name; NULL: none of these. */
static const char *source_named(const struct sources *s, struct slice key)
{
	uint8_t own[FETCHED_KEY_SIZE];

	for (size_t i = 0; i < s->count; i++) {
		source_key(own, s->urls[i]);
		if (slice_eq(slice_of(own, sizeof(own)), key))
			return s->urls[i];
	}
	return NULL;
}

/* By the partner's own authorities; its agreement may have changed since. */
static enum status source_find(const struct partner **partner, const char **url,
	const struct registry *registry, const struct verb_fetched *ask, struct fault *f)
{
	size_t index;

	if (registry_find(&index, registry, ask->partner, NULL) != ST_OK)
		return fault_set(f, ST_INPUT, "revocation.unwanted", "no partner %.*s any more",
			SLICE_FMT(ask->partner));
	const struct partner *p = registry_partner(registry, index);
	const struct trust_terms *trust = &p->agreement->trust;
	const char *named = !trust->asks_revocation ? NULL
		: source_named(ask->kind == FETCHED_LIST ? &trust->crl : &trust->ocsp, ask->source);
	if (!named)
		return fault_set(f, ST_INPUT, "revocation.unwanted",
			"the agreement does not name this source any more");
	*partner = p;
	*url = named;
	return ST_OK;
}

static enum status list_believe(const struct lists *list, const struct partner *p,
	int64_t now_ns, struct fault *f)
{
	AUTO(anchors) anchors = NULL;

	TRY(anchors_parse(&anchors, buf_slice(&p->agreement->trust.anchors), f));
	return list_verify(list, anchors, now_ns, f);
}

/*
 * A list of the same authority about others, or of another one of the agreement, is as well signed
 * as the right one: it takes the place of none that still counts.
 */
static enum status scope_check(const struct lists *list, const struct lists *held, int64_t now_ns,
	struct fault *f)
{
	if (!held || lists_next_update_ns(held, 0) < now_ns - REVOCATION_SKEW_NS ||
		!list_is_of_others(list, held))
		return ST_OK;
	return fault_set(f, ST_INPUT, "lists.scope",
		"the list of %s is about other certificates than the one that is held",
		lists_issuer(list, 0));
}

static enum status number_check(const struct lists *list, const struct lists *held, int64_t now_ns,
	struct fault *f)
{
	return held ? lists_newer_check(list, held, now_ns, f) : ST_OK;
}

static enum status age_check(const struct fetched *fetched, const struct verb_learned *learned,
	const char *code, struct fault *f)
{
	char held[TIME_TEXT_MAX], now[TIME_TEXT_MAX];
	struct fetched_times times;

	if (!fetched_times(&times, fetched, (enum fetched_kind)learned->kind, learned->key) ||
		times.issued_ns <= learned->issued_ns)
		return ST_OK;
	return fault_set(f, ST_INPUT, code, "it is one of %s, held is one of %s",
		time_format(now, learned->issued_ns), time_format(held, times.issued_ns));
}

static enum status list_judge(struct inspection *out, const struct registry *registry,
	const struct fetched *fetched, const struct verb_fetched *ask, struct slice bytes,
	int64_t now_ns, struct fault *f)
{
	AUTO(lists) list = NULL;
	const struct partner *p;
	const char *url;

	TRY(source_find(&p, &url, registry, ask, f));
	TRY(list_parse(&list, bytes, f));
	TRY(list_believe(list, p, now_ns, f));
	list_key(out->key, url, buf_slice(&p->agreement->trust.anchors));
	out->learned = (struct verb_learned){ .kind = FETCHED_LIST,
		.key = slice_of(out->key, sizeof(out->key)),
		.counted = list_counted(out->counted, list),
		.issued_ns = lists_issued_ns(list, 0),
		.next_ns = lists_next_update_ns(list, 0),
		.fetched_ns = now_ns };
	TRY(scope_check(list, fetched_list(fetched, out->key), now_ns, f));
	TRY(number_check(list, fetched_list(fetched, out->key), now_ns, f));
	return age_check(fetched, &out->learned, "lists.older", f);
}

/* --- answers --- */

static enum status listed_find(
	struct cert **out, const struct partner *p, struct slice fingerprint, struct fault *f)
{
	for (size_t i = 0; i < p->sheet->cert_count; i++) {
		AUTO(cert) cert = NULL;

		if (cert_parse_der(&cert, buf_slice(&p->sheet->certs[i].der), NULL) == ST_OK &&
			slice_eq(cert_fingerprint(cert), fingerprint)) {
			*out = TAKE(cert);
			return ST_OK;
		}
	}
	return fault_set(f, ST_INPUT, "revocation.unwanted",
		"the partner's sheet does not list this certificate any more");
}

static enum status answer_read(struct revocation_answer *out, const struct partner *p,
	const struct verb_fetched *ask, struct slice bytes, int64_t now_ns, struct fault *f)
{
	AUTO(anchors) anchors = NULL;
	AUTO(cert) cert = NULL;
	struct ocsp_question q = { .nonce = ask->nonce, .now_ns = now_ns };

	TRY(listed_find(&cert, p, ask->fingerprint, f));
	TRY(anchors_parse(&anchors, buf_slice(&p->agreement->trust.anchors), f));
	q.cert = cert;
	q.issuer = anchors_issuer(anchors, cert);
	if (!q.issuer)
		return fault_set(f, ST_INPUT, "revocation.unwanted",
			"no authority of anchors.pem issued %s", cert_subject(cert));
	return ocsp_answer_read(out, bytes, &q, f);
}

static enum status answer_judge(struct inspection *out, const struct registry *registry,
	const struct fetched *fetched, const struct verb_fetched *ask, struct slice bytes,
	int64_t now_ns, struct fault *f)
{
	const struct partner *p;
	const char *url;

	TRY(source_find(&p, &url, registry, ask, f));
	TRY(answer_read(&out->answer, p, ask, bytes, now_ns, f));
	if (out->answer.outcome == ANSWER_UNKNOWN)
		return fault_set(f, ST_NONE, "ocsp.unknown",
			"%s does not know the certificate", out->answer.by);
	out->learned = (struct verb_learned){ .kind = FETCHED_ANSWER,
		.outcome = out->answer.outcome,
		.key = ask->fingerprint,
		.by = slice_str(out->answer.by),
		.issued_ns = out->answer.issued_ns,
		.next_ns = out->answer.next_ns,
		.fetched_ns = now_ns };
	return age_check(fetched, &out->learned, "ocsp.older", f);
}

/* --- what the envelope does with it --- */

enum status inspection_judge(struct inspection *out, const struct registry *registry,
	const struct fetched *fetched, const struct verb_fetched *ask, struct slice bytes,
	int64_t now_ns, struct fault *f)
{
	if (ask->kind == FETCHED_LIST)
		return list_judge(out, registry, fetched, ask, bytes, now_ns, f);
	if (ask->kind == FETCHED_ANSWER)
		return answer_judge(out, registry, fetched, ask, bytes, now_ns, f);
	return fault_set(f, ST_INPUT, "ipc.field", "fetched: kind %u", ask->kind);
}

static enum status copy_take(struct buf *out, int fd, struct fault *f)
{
	AUTO_IN_PLACE(mapping) map = { 0 };

	TRY(mapping_init(&map, fd, LIST_FETCHED_MAX, f));
	buf_put(out, map.bytes);
	return buf_check(out, f);
}

static enum status hand_over(const struct process *self, const struct verb_learned *learned,
	struct slice bytes, struct fault *f)
{
	AUTO_FD fd = -1;

	TRY(memory_file_new(&fd, "learned", bytes, f));
	return process_send(
		process_link(self, ROLE_LEDGER, 0), VERB_LEARNED, 0, learned, fd, f);
}

static enum status inspect(
	int64_t *next_ns, struct process *self, const struct ipc_packet *packet, struct fault *f)
{
	AUTO_IN_PLACE(buf) bytes = buf_init(LIST_FETCHED_MAX);
	struct inspection i = { .answer = { .outcome = ANSWER_UNKNOWN } };
	struct verb_fetched ask;

	TRY(ipc_body_parse(&ask, packet, f));
	TRY(copy_take(&bytes, packet->fd, f));
	TRY(inspection_judge(&i, self->registry, self->fetched, &ask, buf_slice(&bytes),
		clock_utc_ns(), f));
	*next_ns = i.learned.next_ns;
	return hand_over(self, &i.learned, buf_slice(&bytes), f);
}

void inspection_run(struct process *self, struct ipc *courier, struct ipc_packet *packet)
{
	struct fault f = { .status = ST_OK };
	struct verb_judged judged = { 0 };

	if (inspect(&judged.next_ns, self, packet, &f) == ST_OK)
		f = (struct fault){ .status = ST_OK };
	judged.status = f.status;
	judged.code = slice_str(f.code);
	judged.text = slice_str(f.text);
	if (process_send(courier, VERB_JUDGED, packet->id, &judged, -1, &f) != ST_OK)
		log_warning("answer-lost", LOG_T("verb", "judged"), LOG_FAULT(&f));
}
