/* SPDX-License-Identifier: Apache-2.0 */
/* One row a record, sorted by kind and key; lists are parsed once and move from table to table. */
#include "safeguards/fetched.h"

#include <stdlib.h>
#include <string.h>

#include "safeguards/digest.h"

#define ROWS_MAX 65536
#define TIMES 5       /* in a record */
#define TEXT_MAX 4096 /* bytes of who signed, or of a fault */

struct row {
	enum fetched_kind kind;
	uint8_t key[FETCHED_KEY_SIZE];
	int64_t fetched_ns;
	struct revocation_answer answer; /* of a list: its times */
	uint8_t digest[32];              /* of the list's bytes */
	struct lists *list;              /* NULL: no list, or one that cannot be read */
};

struct fetched {
	struct buf rows; /* struct row, sorted */
	uint64_t generation, changes;
};

void source_key(uint8_t out[FETCHED_KEY_SIZE], const char *url)
{
	digest_sha256(out, slice_str(url));
}

void list_key(uint8_t out[FETCHED_KEY_SIZE], const char *url, struct slice anchors)
{
	uint8_t both[2 * FETCHED_KEY_SIZE];

	source_key(both, url);
	digest_sha256(both + FETCHED_KEY_SIZE, anchors);
	digest_sha256(out, slice_of(both, sizeof(both)));
}

/* --- records --- */

static void bytes_put(struct buf *out, struct slice bytes)
{
	buf_put_u32(out, (uint32_t)bytes.n);
	buf_put(out, bytes);
}

void fetched_record_put(struct buf *out, const struct fetched_record *r)
{
	const int64_t times[TIMES] = { r->issued_ns, r->next_ns, r->fetched_ns, r->tried_ns,
		r->failing_ns };

	buf_put_u32(out, r->kind);
	buf_put(out, slice_to(r->key, FETCHED_KEY_SIZE));
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
		buf_put_u64(out, (uint64_t)times[i]);
	buf_put_u32(out, r->failures);
	buf_put_u32(out, r->outcome);
	bytes_put(out, r->by);
	bytes_put(out, r->bytes);
}

bool fetched_record_fits(const struct buf *out, const struct fetched_record *r)
{
	const size_t fixed = 5 * sizeof(uint32_t) + FETCHED_KEY_SIZE + TIMES * sizeof(uint64_t);

	return fixed + r->by.n + r->bytes.n <= out->max - out->n;
}

static enum status time_read(int64_t *out, struct cursor *in, struct fault *f)
{
	uint64_t value;

	TRY(cursor_u64(in, &value, f));
	*out = (int64_t)value;
	return ST_OK;
}

static enum status times_read(struct fetched_record *out, struct cursor *in, struct fault *f)
{
	int64_t *const times[] = { &out->issued_ns, &out->next_ns, &out->fetched_ns,
		&out->tried_ns, &out->failing_ns };

	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
		TRY(time_read(times[i], in, f));
	return ST_OK;
}

static enum status bytes_read(struct slice *out, struct cursor *in, size_t max, struct fault *f)
{
	uint32_t n;

	TRY(cursor_u32(in, &n, f));
	if (n > max)
		return fault_set(
			f, ST_INPUT, "fetched.record", "%u bytes where %zu may be", n, max);
	return cursor_bytes(in, out, n, f);
}

static enum status record_read(struct fetched_record *out, struct cursor *in, struct fault *f)
{
	uint32_t kind;

	TRY(cursor_u32(in, &kind, f));
	if (kind >= FETCHED_KINDS)
		return fault_set(f, ST_INPUT, "fetched.record", "a record of kind %u", kind);
	out->kind = (enum fetched_kind)kind;
	TRY(cursor_bytes(in, &out->key, FETCHED_KEY_SIZE, f));
	TRY(times_read(out, in, f));
	TRY(cursor_u32(in, &out->failures, f));
	TRY(cursor_u32(in, &out->outcome, f));
	if (kind == FETCHED_ANSWER && out->outcome >= ANSWER_OUTCOMES)
		return fault_set(f, ST_INPUT, "fetched.record", "an answer %u", out->outcome);
	TRY(bytes_read(&out->by, in, TEXT_MAX, f));
	return bytes_read(&out->bytes, in, LIST_FETCHED_MAX, f);
}

enum status fetched_record_next(struct fetched_record *out, struct cursor *in, struct fault *f)
{
	return cursor_at_end(in) ? ST_NONE : record_read(out, in, f);
}

/* --- the table --- */

static struct buf rows_new(void)
{
	return buf_init(ROWS_MAX * sizeof(struct row));
}

struct fetched *fetched_new(void)
{
	struct fetched *t = alloc_zeroed(1, sizeof(*t));

	t->rows = rows_new();
	return t;
}

static struct row *rows_of(const struct buf *rows, size_t *count)
{
	*count = rows->n / sizeof(struct row);
	return (struct row *)(void *)rows->p;
}

static void rows_done(struct buf *rows)
{
	size_t count;
	struct row *row = rows_of(rows, &count);

	for (size_t i = 0; i < count; i++)
		lists_free(row[i].list);
	buf_done(rows);
}

void fetched_free(struct fetched *t)
{
	if (!t)
		return;
	rows_done(&t->rows);
	free(t);
}

static int row_order(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	return x->kind != y->kind ? (x->kind > y->kind) - (x->kind < y->kind)
				  : memcmp(x->key, y->key, sizeof(x->key));
}

static void key_copy(uint8_t out[FETCHED_KEY_SIZE], struct slice key)
{
	for (size_t i = 0; i < FETCHED_KEY_SIZE && i < key.n; i++)
		out[i] = key.p[i];
}

static struct row *row_find(const struct fetched *t, enum fetched_kind kind, struct slice key)
{
	struct row wanted = { .kind = kind };
	size_t count;
	struct row *rows = rows_of(&t->rows, &count);

	key_copy(wanted.key, key);
	return count ? bsearch(&wanted, rows, count, sizeof(*rows), row_order) : NULL;
}

static struct row row_of(const struct fetched_record *r)
{
	struct row row = { .kind = r->kind,
		.fetched_ns = r->fetched_ns,
		.answer = { .outcome = (enum answer_outcome)r->outcome,
			.issued_ns = r->issued_ns,
			.next_ns = r->next_ns } };

	key_copy(row.key, r->key);
	digest_sha256(row.digest, r->bytes);
	(void)!slice_to_text(
		row.answer.by, sizeof(row.answer.by), slice_to(r->by, ANSWER_BY_MAX), NULL);
	return row;
}

/* True when somebody may have become revoked by it. */
static bool row_settle(struct row *row, struct row *before, struct slice bytes)
{
	if (row->kind == FETCHED_ANSWER)
		return row->answer.outcome == ANSWER_REVOKED &&
			(!before || before->answer.outcome != ANSWER_REVOKED);
	if (before && memcmp(row->digest, before->digest, sizeof(row->digest)) == 0) {
		row->list = TAKE(before->list);
		return false;
	}
	(void)!list_parse(&row->list, bytes, NULL);
	return row->list != NULL;
}

static enum status records_check(struct slice records, struct fault *f)
{
	struct cursor in = cursor_of(records);
	struct fetched_record r;
	enum status st;

	while ((st = fetched_record_next(&r, &in, f)) == ST_OK)
		;
	return st == ST_NONE ? ST_OK : st;
}

static void rows_read(struct buf *out, struct slice records)
{
	struct cursor in = cursor_of(records);
	struct fetched_record r;
	size_t count;

	while (fetched_record_next(&r, &in, NULL) == ST_OK) {
		struct row row = row_of(&r);

		if (r.kind != FETCHED_HEALTH && out->n + sizeof(row) <= out->max)
			buf_put(out, slice_of(&row, sizeof(row)));
	}
	struct row *rows = rows_of(out, &count);
	if (count > 1)
		qsort(rows, count, sizeof(*rows), row_order);
}

/* Of two records of one thing nobody could say which holds. */
static enum status rows_check(const struct buf *rows, struct fault *f)
{
	size_t count;
	const struct row *row = rows_of(rows, &count);

	for (size_t i = 1; i < count; i++)
		if (row_order(row + i - 1, row + i) == 0)
			return fault_set(f, ST_INPUT, "fetched.twice",
				"two records of kind %d have one key", (int)row[i].kind);
	return ST_OK;
}

/* True when somebody may have become revoked by what is new in these rows. */
static bool rows_settle(const struct buf *next, const struct fetched *before, struct slice records)
{
	const struct fetched after = { .rows = *next };
	struct cursor in = cursor_of(records);
	struct fetched_record r;
	bool harsher = false;

	while (fetched_record_next(&r, &in, NULL) == ST_OK) {
		struct row *row = row_find(&after, r.kind, r.key);

		if (row)
			harsher |= row_settle(row, row_find(before, r.kind, r.key), r.bytes);
	}
	return harsher;
}

enum status fetched_take(struct fetched *t, struct slice records, struct fault *f)
{
	AUTO_IN_PLACE(buf) next = rows_new();

	TRY(records_check(records, f));
	rows_read(&next, records);
	TRY(rows_check(&next, f));
	t->generation += rows_settle(&next, t, records);
	t->changes++;
	rows_done(&t->rows);
	t->rows = next;
	next = rows_new();
	return ST_OK;
}

/* --- asking --- */

uint64_t fetched_generation(const struct fetched *t)
{
	return t->generation;
}

uint64_t fetched_changes(const struct fetched *t)
{
	return t->changes;
}

const struct lists *fetched_list(const struct fetched *t, const uint8_t key[FETCHED_KEY_SIZE])
{
	const struct row *row = row_find(t, FETCHED_LIST, slice_of(key, FETCHED_KEY_SIZE));

	return row ? row->list : NULL;
}

const struct revocation_answer *fetched_answer(const struct fetched *t, struct slice fingerprint)
{
	const struct row *row = row_find(t, FETCHED_ANSWER, fingerprint);

	return row ? &row->answer : NULL;
}

bool fetched_times(struct fetched_times *out, const struct fetched *t, enum fetched_kind kind,
	struct slice key)
{
	const struct row *row = row_find(t, kind, key);

	if (row)
		*out = (struct fetched_times){ row->answer.issued_ns, row->answer.next_ns,
			row->fetched_ns };
	return row;
}
