/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Revocation lists of hostile bytes: whatever is read says whose each list is and until when.
 * After a byte 1, the input says what lists are issued, by whom and signed how (issue.h): each is
 * judged beside its authorities.
 */
#include "issue.h"

#define PEM_ROOM 131072
#define LISTS_HERE 4

/* What is fetched is one list, or none. */
static void one_read(struct slice bytes, size_t count)
{
	AUTO(lists) list = NULL;
	struct fault f = { 0 };

	if ((list_parse(&list, bytes, &f) == ST_OK) != (count == 1))
		bug("%zu lists, and taken for another number", count);
}

static void standing_ask(const struct lists *lists)
{
	const char *standing = list_standing_name(lists_standing(lists, 0, ISSUED_NOW));

	if (!standing[0] || lists_issued_ns(lists, 0) > INT64_MAX / 2)
		bug("a list without a standing");
}

static void one_judge(const struct lists *list, const struct anchors *anchors)
{
	struct fault f = { 0 };
	enum status st = list_verify(list, anchors, ISSUED_NOW, &f);

	if (st == ST_OK ? lists_next_update_ns(list, 0) < ISSUED_NOW - REVOCATION_SKEW_NS
			: f.code[0] == '\0')
		bug("a stale list is kept, or one is refused without a code");
	standing_ask(list);
}

/* Of two lists, one at most is older than the other, and none than itself. */
static void order_ask(struct lists *const parts[], size_t count)
{
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k <= i; k++) {
			struct fault f = { 0 };
			bool here = lists_newer_check(parts[i], parts[k], ISSUED_NOW, &f) != ST_OK;
			bool there =
				lists_newer_check(parts[k], parts[i], ISSUED_NOW, NULL) != ST_OK;

			if (here && there)
				bug("each is older than the other");
			if (here && !f.code[0])
				bug("refused without a code");
		}
}

static void all_join(struct lists *const parts[], size_t count)
{
	AUTO(lists) joined = lists_join((const struct lists *const *)parts, count, ISSUED_NOW);

	if (lists_count(joined) > count || (count > 0 && lists_count(joined) == 0))
		bug("%zu lists became %zu", count, lists_count(joined));
	for (size_t i = 1; i < count; i++)
		if (list_is_of_others(parts[i], parts[i]) ||
			(list_is_of_others(parts[0], parts[i]) &&
				list_is_of_others(parts[i], parts[0]) &&
				lists_issuer(parts[0], 0) == lists_issuer(parts[i], 0)))
			bug("a list is not about what it is about");
}

static size_t lists_issue(struct lists *parts[LISTS_HERE], const struct issued_chain *chain,
	struct cursor *in)
{
	size_t count = 0;

	for (uint8_t n = 1 + take(in) % LISTS_HERE; n > 0; n--) {
		AUTO_IN_PLACE(buf) pem = buf_init(PEM_ROOM);
		struct fault f = { 0 };

		issue_list(&pem, chain, in);
		if (list_parse(&parts[count], buf_slice(&pem), &f) == ST_OK)
			count++;
		else if (f.code[0] == '\0')
			bug("refused without a code");
	}
	return count;
}

static void issued_read(struct cursor in)
{
	AUTO_IN_PLACE(issued_chain) chain = { 0 };
	AUTO_IN_PLACE(buf) pem = buf_init(PEM_ROOM);
	AUTO(anchors) anchors = NULL;
	struct lists *parts[LISTS_HERE];
	size_t count;

	if (!issue_chain(&chain, &in))
		return;
	for (size_t i = 0; i < chain.count; i++)
		cert_format_pem(&pem, chain.list[i].cert);
	if (anchors_parse(&anchors, buf_slice(&pem), NULL) != ST_OK)
		return;
	count = lists_issue(parts, &chain, &in);
	for (size_t i = 0; i < count; i++)
		one_judge(parts[i], anchors);
	order_ask(parts, count);
	all_join(parts, count);
	for (size_t i = 0; i < count; i++)
		lists_free(parts[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(lists) lists = NULL;
	struct fault f = { 0 };

	issue_start();
	if (size > 0 && data[0] == 1) {
		issued_read(cursor_of(slice_of(data + 1, size - 1)));
		return 0;
	}
	enum status st = lists_parse(&lists, slice_of(data, size), &f);

	if ((st == ST_OK) != (lists && lists_count(lists) > 0))
		bug("lists: %s, and not what belongs to it", status_name(st));
	if (st != ST_OK && f.code[0] == '\0')
		bug("refused without a code");
	for (size_t i = 0; lists && i < lists_count(lists); i++)
		if (!lists_issuer(lists, i) || lists_next_update_ns(lists, i) == 0)
			bug("a list that can never be stale");
	if (size <= LISTS_SIZE_MAX)
		one_read(slice_of(data, size), lists ? lists_count(lists) : 0);
	return 0;
}
