/* SPDX-License-Identifier: Apache-2.0 */
/* What the ledger remembers: both directions, the queue, the ends; and batches that fail. */
#include "ledger_messages.h"

#include <sqlite3.h>

#include "exchange/delivery.h"
#include "ledger/again.h"
#include "ledger/announced.h"
#include "ledger/history.h"
#include "ledger/ledger_internal.h"

#define LANE AREA_OUTAGE /* of a draft that says nothing */

/* --- shorthand --- */

static struct ledger *open_ledger(void)
{
	struct ledger *l = NULL;
	struct fault f = { 0 };

	expect_fault("open", ledger_open(&l, digest_sha256, &f), &f, ST_OK, NULL);
	return l;
}

/* The counts are kept beside the rows: they must say the same. */
static void tally(void *context, const struct ledger_message *m)
{
	uint64_t(*counts)[AREAS][DELIVERIES] = context;

	counts[m->direction][m->area][m->state]++;
}

static void expect_counts_agree(struct ledger *l)
{
	uint64_t rows[2][AREAS][DELIVERIES] = { 0 };
	struct ledger_count counts[2][AREAS][DELIVERIES];
	struct ledger_filter all = { .limit = 1u << 20 };
	struct fault f = { 0 };

	expect_fault("list", ledger_list(l, &all, tally, rows, &f), &f, ST_OK, NULL);
	expect_fault("counts", ledger_counts(counts, l, &f), &f, ST_OK, NULL);
	for (unsigned i = 0; i < 2 * AREAS * DELIVERIES; i++) {
		unsigned d = i / (AREAS * DELIVERIES), a = i / DELIVERIES % AREAS;
		unsigned s = i % DELIVERIES;

		if (rows[d][a][s] != counts[d][a][s].count)
			fail_msg("%s %s %s: %llu rows, counted %llu", d ? "in" : "out",
				area_name(a), delivery_name(s), (unsigned long long)rows[d][a][s],
				(unsigned long long)counts[d][a][s].count);
	}
}

static void begin(struct ledger *l)
{
	struct fault f = { 0 };

	expect_fault("begin", ledger_begin(l, &f), &f, ST_OK, NULL);
}

static void commit(struct ledger *l)
{
	struct fault f = { 0 };

	expect_fault("commit", ledger_commit(l, &f), &f, ST_OK, NULL);
	ledger_durable(l);
	expect_counts_agree(l);
}

static void rollback(struct ledger *l)
{
	ledger_rollback(l);
	expect_counts_agree(l);
}

static struct ledger *reopen(struct ledger *l)
{
	ledger_close(l);
	l = open_ledger();
	expect_counts_agree(l);
	return l;
}

/* Within a batch. */
static uint64_t submit(struct ledger *l, const struct draft *d)
{
	struct fault f = { 0 };
	bool repeated = true;
	uint64_t row = 0;

	expect_fault(d->id, draft_submit(&row, &repeated, l, d, &f), &f, ST_OK, NULL);
	assert_false(repeated);
	return row;
}

static uint64_t receive(struct ledger *l, const struct draft *d)
{
	struct fault f = { 0 };
	uint64_t row = 0;

	expect_fault(d->id, draft_receive(&row, l, d, &f), &f, ST_OK, NULL);
	return row;
}

/* One message in a batch of its own. */
static uint64_t submitted(struct ledger *l, const struct draft *d)
{
	begin(l);
	uint64_t row = submit(l, d);
	commit(l);
	return row;
}

static uint64_t received(struct ledger *l, const struct draft *d)
{
	begin(l);
	uint64_t row = receive(l, d);
	commit(l);
	return row;
}

static void get(struct ledger_message *m, struct ledger *l, uint64_t row)
{
	struct fault f = { 0 };

	expect_fault("get", ledger_get(m, l, row, &f), &f, ST_OK, NULL);
}

static void expect_state(const char *name, struct ledger *l, uint64_t row, enum delivery want)
{
	struct ledger_message m;

	get(&m, l, row);
	if (m.state != want)
		fail_msg("%s: %s, want %s", name, delivery_name(m.state), delivery_name(want));
}

static void event_word(void *context, const struct ledger_event *event)
{
	buf_putf(context, "%.*s ", SLICE_FMT(event->what));
}

/* What happened, in order, each word with a blank behind. */
static void expect_events(struct ledger *l, uint64_t row, const char *want)
{
	AUTO_IN_PLACE(buf) got = buf_init(4096);
	struct fault f = { 0 };

	expect_fault(
		"events", ledger_events(l, row, 0, 1000, event_word, &got, &f), &f, ST_OK, NULL);
	expect_text("events", buf_text(&got), want);
}

static void id_word(void *context, const struct ledger_message *m)
{
	buf_putf(context, "%.*s ", SLICE_FMT(m->message_id));
}

static void expect_list(
	const char *name, struct ledger *l, const struct ledger_filter *filter, const char *want)
{
	AUTO_IN_PLACE(buf) got = buf_init(65536);
	struct fault f = { 0 };

	expect_fault(name, ledger_list(l, filter, id_word, &got, &f), &f, ST_OK, NULL);
	expect_text(name, buf_text(&got), want);
}

static const struct ledger_filter everything = { .limit = 1000 };

/* Takes what must be due, and closes its parcel. */
static uint64_t take(struct ledger *l, int64_t now_ns)
{
	struct ledger_job job = { .parcel = -1 };
	struct fault f = { 0 };

	expect_fault("take", ledger_take(&job, l, S("acme"), LANE, now_ns, &f), &f, ST_OK, NULL);
	fd_close(&job.parcel);
	return job.message.row;
}

static void expect_nothing_due(struct ledger *l, int64_t now_ns)
{
	struct ledger_job job = { .parcel = -1 };
	struct fault f = { 0 };

	expect_fault("take", ledger_take(&job, l, S("acme"), LANE, now_ns, &f), &f, ST_NONE, NULL);
	assert_int_equal(job.parcel, -1);
}

static enum status defer(struct ledger *l, uint64_t row, int64_t next_ns, struct fault *f)
{
	struct fault why;

	fault_set(&why, ST_RETRY, "tcp.refused", "nobody there");
	return ledger_defer(l, row, &why, 2000, next_ns, f);
}

static void awaiting(struct ledger *l, uint64_t row, int64_t next_ns)
{
	struct fault f = { 0 };

	expect_fault("await", ledger_await(l, row, 3000, next_ns, &f), &f, ST_OK, NULL);
}

static void deferred(struct ledger *l, uint64_t row, int64_t next_ns)
{
	struct fault f = { 0 };

	expect_fault("defer", defer(l, row, next_ns, &f), &f, ST_OK, NULL);
}

/* With a receipt. */
static enum status deliver(struct ledger *l, uint64_t row, const char *receipt, struct fault *f)
{
	AUTO_FD fd = -1;

	TRY(memory_file_new(&fd, "receipt", slice_str(receipt), f));
	struct ledger_settlement s = {
		.row = row,
		.state = DELIVERY_DELIVERED,
		.receipt_type = S("multipart/signed"),
		.receipt = { 0, strlen(receipt) },
		.parcel = fd,
		.signer = S("0123456789abcdef0123456789abcdef"),
		.receipt_ns = 4000,
		.now_ns = 5000,
	};
	return ledger_settle(l, &s, f);
}

static void delivered(struct ledger *l, uint64_t row)
{
	struct fault f = { 0 };

	expect_fault("deliver", deliver(l, row, "receipt", &f), &f, ST_OK, NULL);
}

static void expired(struct ledger *l, int64_t now_ns, const char *want)
{
	AUTO_IN_PLACE(buf) got = buf_init(65536);
	struct fault f = { 0 };

	expect_fault("expire", ledger_expire(l, now_ns, id_word, &got, &f), &f, ST_OK, NULL);
	expect_text("expired", buf_text(&got), want);
}

/* By HTTP status, without a receipt. */
static enum status refuse(struct ledger *l, uint64_t row, struct fault *f)
{
	struct fault why;
	struct ledger_settlement s = {
		.row = row,
		.state = DELIVERY_REFUSED,
		.parcel = -1,
		.why = &why,
	};

	fault_set(&why, ST_AUTH, "http.status", "403");
	return ledger_settle(l, &s, f);
}

static void refused(struct ledger *l, uint64_t row)
{
	struct fault f = { 0 };

	expect_fault("refuse", refuse(l, row, &f), &f, ST_OK, NULL);
}

/* The only file in spool/. */
static uint64_t spool_bytes(void)
{
	DIR *list = opendir("spool");
	const struct dirent *entry;
	struct stat st = { 0 };

	assert_non_null(list);
	while ((entry = readdir(list)))
		if (entry->d_name[0] != '.')
			assert_int_equal(fstatat(dirfd(list), entry->d_name, &st, 0), 0);
	closedir(list);
	return (uint64_t)st.st_size;
}

/* --- sending --- */

static void a_submission_is_remembered(void **state)
{
	AUTO(ledger) l = open_ledger();
	const struct draft d = { "a@us", .size = 10, .area = AREA_BILLING };
	struct ledger_message m;

	(void)state;
	uint64_t row = submitted(l, &d);
	l = reopen(l);
	get(&m, l, row);
	assert_true(m.row == row && m.direction == MESSAGE_OUT && m.state == DELIVERY_READY);
	assert_true(m.area == AREA_BILLING && m.attempts == 0 && m.settled_ns == 0);
	assert_true(m.created_ns == DRAFT_CREATED_NS && m.deadline_ns == DRAFT_DEADLINE_NS);
	expect_slice("type", m.media_type, S("application/xml"));
	expect_slice("file", m.filename, S("invoice.xml"));
	expect_slice("mic", m.mic, S("bWlj, sha-256"));
	expect_slice("code", m.fault_code, S(""));
	expect_whole(l, row, &d);
	expect_events(l, row, "submitted ");
}

static void one_that_goes_at_once_is_sending(void **state)
{
	AUTO(ledger) l = open_ledger();
	struct ledger_message m;

	(void)state;
	uint64_t row = submitted(l, &(struct draft){ .id = "a@us", .state = DELIVERY_SENDING });
	get(&m, l, row);
	assert_true(m.state == DELIVERY_SENDING && m.attempts == 1);
	expect_events(l, row, "submitted attempt ");
	begin(l);
	expect_nothing_due(l, INT64_MAX);
	rollback(l);
}

static const struct {
	const char *name;
	struct draft again;
	enum status want;
	const char *code;
	bool repeated, same_row;
} repeats[] = {
	{ "the same again", { "a@us", .size = 9 }, ST_OK, NULL, true, true },
	{ "the same, later", { "a@us", .size = 9, .created_ns = 7 }, ST_OK, NULL, true, true },
	{ "another document", { "a@us", .size = 9, .variant = 1 }, ST_INPUT, "message.id.taken",
		false, true },
	{ "another partner", { "a@us", "zenith", .size = 9 }, ST_OK, NULL, false, false },
	{ "another id", { "A@us", .size = 9 }, ST_OK, NULL, false, false },
};

static void expect_repeat(struct ledger *l, uint64_t first, size_t i)
{
	struct fault f = { 0 };
	bool repeated = false;
	uint64_t row = 0;

	begin(l);
	expect_fault(repeats[i].name, draft_submit(&row, &repeated, l, &repeats[i].again, &f), &f,
		repeats[i].want, repeats[i].code);
	if (repeated != repeats[i].repeated || (row == first) != repeats[i].same_row)
		fail_msg("%s: repeated %d, row %llu", repeats[i].name, repeated,
			(unsigned long long)row);
	rollback(l);
}

static void an_id_names_one_document_to_one_partner(void **state)
{
	AUTO(ledger) l = open_ledger();

	(void)state;
	uint64_t first = submitted(l, &(struct draft){ .id = "a@us", .size = 9 });
	for (size_t i = 0; i < COUNT(repeats); i++)
		expect_repeat(l, first, i);
	begin(l);
	delivered(l, first);
	commit(l);
	for (size_t i = 0; i < COUNT(repeats); i++)
		expect_repeat(l, first, i);
	expect_list("all", l, &everything, "a@us ");
}

static void a_large_repeat_leaves_no_file(void **state)
{
	AUTO(ledger) l = open_ledger();
	const struct draft d = { "a@us", .size = LARGE };
	struct fault f = { 0 };
	bool repeated;
	uint64_t row;

	(void)state;
	submitted(l, &d);
	begin(l);
	expect_fault("again", draft_submit(&row, &repeated, l, &d, &f), &f, ST_OK, NULL);
	assert_true(repeated);
	commit(l);
	assert_int_equal(spool_files(), 1);
	expect_whole(l, row, &d);
}

/* --- where bytes go --- */

static const struct {
	const char *name;
	uint64_t size;
	int files;
} sizes[] = {
	{ "nothing", 0, 0 },
	{ "one byte", 1, 0 },
	{ "one less than the limit", LEDGER_INLINE_MAX - 1, 0 },
	{ "the limit", LEDGER_INLINE_MAX, 0 },
	{ "one more than the limit", LEDGER_INLINE_MAX + 1, 1 },
	{ "much more", 10 * LEDGER_INLINE_MAX, 1 },
};

static void expect_files(const char *name, int want)
{
	if (spool_files() != want)
		fail_msg("%s: %d files, want %d", name, spool_files(), want);
}

static void only_large_documents_are_files(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(sizes); i++) {
		AUTO(ledger) l = open_ledger();
		struct draft d = { "m@x", .size = sizes[i].size };

		uint64_t out = submitted(l, &d);
		expect_files(sizes[i].name, sizes[i].files);
		uint64_t in = received(l, &d);
		expect_files(sizes[i].name, 2 * sizes[i].files);
		l = reopen(l);
		expect_files(sizes[i].name, 2 * sizes[i].files);
		expect_whole(l, out, &d);
		expect_whole(l, in, &d);
		ledger_close(TAKE(l));
		house_clear();
	}
}

static void db_run(const char *sql)
{
	sqlite3 *db = NULL;

	assert_int_equal(sqlite3_open("ledger.db", &db), SQLITE_OK);
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	sqlite3_close(db);
}

static int64_t db_number(const char *sql)
{
	sqlite3_stmt *s = NULL;
	sqlite3 *db = NULL;

	assert_int_equal(sqlite3_open("ledger.db", &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &s, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(s), SQLITE_ROW);
	int64_t n = sqlite3_column_int64(s, 0);
	sqlite3_finalize(s);
	sqlite3_close(db);
	return n;
}

static struct slice digest_of(const struct ledger_job *job)
{
	return slice_of(job->sealed_digest.bytes, job->sealed_digest.n);
}

static void expect_sealed(struct ledger *l, const struct draft *d)
{
	AUTO_IN_PLACE(buf) got = buf_init(4096);
	struct ledger_job job = { .parcel = -1 };
	struct fault f = { 0 };
	char want[64];

	expect_fault(d->id, ledger_take(&job, l, S("acme"), LANE, 9000, &f), &f, ST_OK, NULL);
	expect_slice("id", job.message.message_id, slice_str(d->id));
	expect_slice("headers", job.headers, S("AS2-Version: 1.2\r\n"));
	expect_fault(d->id, fd_read_at(&got, job.parcel, job.sealed.at, job.sealed.n, &f), &f,
		ST_OK, NULL);
	fd_close(&job.parcel);
	snprintf(want, sizeof(want), "sealed form of %s", d->id);
	expect_text("sealed", buf_text(&got), want);
	assert_true(sealed_digest_fits(digest_of(&job), buf_slice(&got)));
}

static void a_courier_gets_the_sealed_form(void **state)
{
	AUTO(ledger) l = open_ledger();
	const struct draft small = { "small@us", .size = 100, .created_ns = 1 };
	const struct draft large = { "large@us", .size = LARGE, .created_ns = 2 };

	(void)state;
	submitted(l, &small);
	submitted(l, &large);
	begin(l);
	expect_sealed(l, &small);
	expect_sealed(l, &large);
	commit(l);
}

/* Who sends it compares: the ledger gives what is there, and what was. */
static void a_courier_can_tell_what_was_changed(void **state)
{
	AUTO(ledger) l = open_ledger();
	AUTO_IN_PLACE(buf) got = buf_init(4096);
	struct ledger_job job = { .parcel = -1 };
	struct fault f = { 0 };

	(void)state;
	submitted(l, &(struct draft){ "a@us", .size = 100 });
	ledger_close(TAKE(l));
	db_run("UPDATE content SET bytes = CAST('sealed form of a@uS' AS BLOB) WHERE kind = 1");
	l = open_ledger();
	begin(l);
	expect_fault("take", ledger_take(&job, l, S("acme"), LANE, 9000, &f), &f, ST_OK, NULL);
	commit(l);
	expect_fault("read", fd_read_at(&got, job.parcel, job.sealed.at, job.sealed.n, &f), &f,
		ST_OK, NULL);
	fd_close(&job.parcel);
	expect_text("changed", buf_text(&got), "sealed form of a@uS");
	assert_int_equal(job.sealed_digest.n, SEALED_DIGEST_SIZE);
	assert_false(sealed_digest_fits(digest_of(&job), buf_slice(&got)));
	assert_true(sealed_digest_fits(digest_of(&job), S("sealed form of a@us")));
}

/* It goes with the sealed form; of what was received it is that of our receipt, which stays. */
static void a_digest_is_kept_as_long_as_its_sealed_form(void **state)
{
	AUTO(ledger) l = open_ledger();
	struct ledger_digest digest;
	struct fault f = { 0 };

	(void)state;
	uint64_t row = submitted(l, &(struct draft){ "a@us", .size = 100 });
	submitted(l, &(struct draft){ "late@us", .size = 100, .deadline_ns = 5 });
	submitted(l, &(struct draft){ "waits@us", .size = LARGE });
	uint64_t theirs = received(l, &(struct draft){ .id = "b@them" });
	begin(l);
	delivered(l, row);
	expired(l, 9, "late@us ");
	commit(l);
	ledger_close(TAKE(l));
	assert_int_equal(db_number("SELECT count(*) FROM message WHERE state = 3 OR state = 5"), 2);
	assert_int_equal(db_number("SELECT count(*) FROM message WHERE sealed_digest IS NULL"), 2);
	assert_int_equal(
		db_number("SELECT length(sealed_digest) FROM message WHERE spool IS NOT NULL"),
		SEALED_DIGEST_SIZE);
	l = open_ledger();
	expect_fault("receipt", ledger_receipt_digest(&digest, l, theirs, &f), &f, ST_OK, NULL);
	assert_true(sealed_digest_fits(slice_of(digest.bytes, digest.n), S("receipt 0 of b@them")));
}

/* --- the same content under another Message-ID --- */

static const struct {
	const char *name;
	struct draft held, comes;
	const char *before; /* what it is said to repeat; NULL: nothing */
} agains[] = {
	{ "the same bytes", { "a@them", .size = 9, .is_opaque = true },
		{ "b@them", .size = 9, .is_opaque = true, .like = "a@them" }, "a@them" },
	{ "the same, large", { "a@them", .size = LARGE, .is_opaque = true },
		{ "b@them", .size = LARGE, .is_opaque = true, .like = "a@them" }, "a@them" },
	{ "other bytes", { "a@them", .size = 9, .is_opaque = true },
		{ "b@them", .size = 9, .is_opaque = true }, NULL },
	{ "of another partner", { "a@them", .size = 9, .is_opaque = true },
		{ "b@them", .size = 9, .is_opaque = true, .like = "a@them", .partner = "ajax" },
		NULL },
	{ "in another area", { "a@them", .size = 9, .is_opaque = true },
		{ "b@them", .size = 9, .is_opaque = true, .like = "a@them", .area = AREA_BILLING },
		NULL },
	{ "under the same id", { "a@them", .size = 9, .is_opaque = true },
		{ "a@them", .size = 9, .is_opaque = true }, NULL },
	{ "the first had an id", { "a@them", .size = 9 },
		{ "b@them", .size = 9, .is_opaque = true, .like = "a@them" }, NULL },
	{ "the first was rejected",
		{ "a@them", .size = 9, .is_opaque = true, .state = DELIVERY_REJECTED },
		{ "b@them", .size = 9, .is_opaque = true, .like = "a@them" }, NULL },
};

static void expect_again(
	const char *name, struct ledger *l, const struct draft *d, const char *before)
{
	AUTO_IN_PLACE(parcel) p;
	struct ledger_again again = { .message_id = "" };
	struct fault f = { 0 };

	parcel_init(&p, d, "receipt of");
	const struct ledger_message m = draft_message(d, &p);
	enum status st = ledger_again(&again, l, &m, &f);
	if (st != (before ? ST_OK : ST_NONE) || strcmp(again.message_id, before ? before : "") != 0)
		fail_msg("%s: %d, %s", name, st, again.message_id);
	if (before)
		assert_int_equal(again.created_ns, DRAFT_CREATED_NS);
}

static void the_same_content_is_known_again(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(agains) / sizeof(agains[0]); i++) {
		AUTO(ledger) l = open_ledger();
		received(l, &agains[i].held);
		expect_again(agains[i].name, l, &agains[i].comes, agains[i].before);
		ledger_close(TAKE(l));
		house_clear();
	}
}

/* Of many the last, and of the same first bytes only those that go on as it does. */
static void the_last_of_the_same_content_is_named(void **state)
{
	AUTO(ledger) l = open_ledger();
	const struct draft comes = { "d@them", .size = 9, .is_opaque = true, .like = "a@them" };

	(void)state;
	received(l, &(struct draft){ "a@them", .size = 9, .is_opaque = true });
	received(l, &(struct draft){ "b@them", .size = 9, .is_opaque = true, .like = "a@them" });
	received(l, &(struct draft){ "c@them", .size = 9, .is_opaque = true, .like = "a@them" });
	expect_again("three", l, &comes, "c@them");
	ledger_close(TAKE(l));
	db_run("UPDATE message SET digest = CAST(substr(digest, 1, 8) || '.' AS BLOB) WHERE row = 3");
	l = open_ledger();
	expect_again("two", l, &comes, "b@them");
}

/* --- what is refused --- */

#define BODY_N 8 /* bytes of document */

static const struct {
	const char *name;
	struct section part, document, signature, last;
	uint64_t parcel_n; /* bytes of it */
	enum status want;
	const char *code;
} limits[] = {
	{ "a part behind the end", { 90, 11 }, { 0, 8 }, { 0, 8 }, { 90, 5 }, 100, ST_INPUT,
		"ledger.section" },
	{ "a document behind the end", { 0, 8 }, { 101, 0 }, { 0, 8 }, { 90, 5 }, 100, ST_INPUT,
		"ledger.section" },
	{ "a sum that overflows", { 0, 8 }, { 0, 8 }, { UINT64_MAX, 2 }, { 90, 5 }, 100, ST_INPUT,
		"ledger.section" },
	{ "a length that overflows", { 0, 8 }, { 0, 8 }, { 2, UINT64_MAX }, { 90, 5 }, 100,
		ST_INPUT, "ledger.section" },
	{ "the last behind the end", { 0, 8 }, { 0, 8 }, { 0, 8 }, { 90, 11 }, 100, ST_INPUT,
		"ledger.section" },
	{ "a document behind the last", { 0, 8 }, { 92, 8 }, { 0, 8 }, { 90, 5 }, 100, ST_INPUT,
		"ledger.section" },
	{ "a signature that reaches into the last", { 0, 8 }, { 0, 8 }, { 82, 9 }, { 90, 5 }, 100,
		ST_INPUT, "ledger.section" },
	{ "too much around a small document", { 0, 8 }, { 0, 8 }, { 0, 8 }, { 524289, 5 }, 600000,
		ST_LIMIT, "ledger.parcel" },
	{ "as much as fits around it", { 0, 524288 }, { 0, 8 }, { 0, 8 }, { 524288, 5 }, 600000,
		ST_OK, NULL },
};

static int file_of(uint64_t n)
{
	AUTO_IN_PLACE(buf) bytes = buf_init(DOCUMENT_MAX);
	struct fault f = { 0 };
	int fd = -1;

	put_times(&bytes, 'x', n);
	expect_fault("file", memory_file_new(&fd, "x", buf_slice(&bytes), &f), &f, ST_OK, NULL);
	return fd;
}

static void limit_check_submission(struct ledger *l, size_t i)
{
	AUTO_FD fd = file_of(limits[i].parcel_n);
	struct ledger_submission s = { .message = { .partner = S("acme"), .message_id = S("l@us"),
						.size = BODY_N, .deadline_ns = 1 },
		.part = limits[i].part, .document = limits[i].document,
		.signature = limits[i].signature, .sealed = limits[i].last, .parcel = fd };
	struct fault f = { 0 };
	bool repeated;
	uint64_t row;

	expect_fault(limits[i].name, ledger_submit(&row, &repeated, l, &s, &f), &f, limits[i].want,
		limits[i].code);
}

static void limit_check_arrival(struct ledger *l, size_t i)
{
	AUTO_FD fd = file_of(limits[i].parcel_n);
	struct ledger_arrival a = { .message = { .direction = MESSAGE_IN,
					    .state = DELIVERY_RECEIVED, .partner = S("acme"),
					    .message_id = S("l@us"), .size = BODY_N },
		.part = limits[i].part, .document = limits[i].document,
		.signature = limits[i].signature, .receipt = limits[i].last, .parcel = fd };
	struct fault f = { 0 };
	uint64_t row;

	expect_fault(limits[i].name, ledger_receive(&row, l, &a, &f), &f, limits[i].want,
		limits[i].code);
}

/* And the batch holds: what is refused must not take others with it. */
static void sections_lie_within_their_parcel(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(limits); i++) {
		AUTO(ledger) l = open_ledger();

		begin(l);
		submit(l, &(struct draft){ .id = "other@us", .size = 5 });
		limit_check_submission(l, i);
		limit_check_arrival(l, i);
		commit(l);
		expect_list(limits[i].name, l, &everything,
			limits[i].want == ST_OK ? "other@us l@us l@us " : "other@us ");
		ledger_close(TAKE(l));
		house_clear();
	}
}

static void a_sealed_form_that_does_not_fit_is_refused_before_it_is_stored(void **state)
{
	AUTO(ledger) l = open_ledger();
	AUTO_FD fd = file_of(600000);
	struct ledger_submission s = { .message = { .partner = S("acme"), .message_id = S("l@us"),
						.size = BODY_N, .deadline_ns = 1 },
		.document = { 0, BODY_N }, .sealed = { 10, 8 * LEDGER_INLINE_MAX + 1 },
		.parcel = fd };
	struct fault f = { 0 };
	bool repeated;
	uint64_t row;

	(void)state;
	begin(l);
	expect_fault("sealed", ledger_submit(&row, &repeated, l, &s, &f), &f, ST_LIMIT,
		"ledger.parcel");
	commit(l);
	expect_list("none", l, &everything, "");
}

static const struct {
	const char *name;
	uint64_t n;
	enum status want;
} receipts[] = {
	{ "the largest receipt", 65536, ST_OK },
	{ "a larger one", 65537, ST_LIMIT },
};

static void a_receipt_has_a_limit(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(receipts); i++) {
		AUTO(ledger) l = open_ledger();
		AUTO_FD fd = file_of(70000);
		struct ledger_arrival a = { .message = { .direction = MESSAGE_IN,
						    .state = DELIVERY_REJECTED,
						    .partner = S("acme"), .message_id = S("a") },
			.receipt = { 0, receipts[i].n }, .parcel = fd };
		struct ledger_settlement s = { .state = DELIVERY_DELIVERED, .parcel = fd,
			.receipt = { 0, receipts[i].n }, .now_ns = 5 };
		struct fault f = { 0 };
		uint64_t row;

		begin(l);
		expect_fault(receipts[i].name, ledger_receive(&row, l, &a, &f), &f,
			receipts[i].want, "ledger.receipt");
		s.row = submit(l, &(struct draft){ .id = "b@us" });
		expect_fault(receipts[i].name, ledger_settle(l, &s, &f), &f, receipts[i].want,
			"ledger.receipt");
		commit(l);
		ledger_close(TAKE(l));
		house_clear();
	}
}

static void a_large_parcel_comes_in_a_file_of_the_spool(void **state)
{
	AUTO(ledger) l = open_ledger();
	AUTO_FD fd = file_of(70000);
	struct ledger_submission s = { .message = { .partner = S("acme"), .message_id = S("l@us"),
						.size = 69000, .deadline_ns = 1 },
		.document = { 0, 69000 }, .sealed = { 69000, 5 }, .parcel = fd };
	struct fault f = { 0 };
	bool repeated;
	uint64_t row;

	(void)state;
	begin(l);
	expect_fault("memory", ledger_submit(&row, &repeated, l, &s, &f), &f, ST_HOST,
		"spool.unknown");
	rollback(l);
}

/* --- receiving --- */

static void an_arrival_is_remembered(void **state)
{
	AUTO(ledger) l = open_ledger();
	const struct draft d = { "a@them", .size = 10, .area = AREA_AVAILABILITY };
	struct ledger_message m;

	(void)state;
	uint64_t row = received(l, &d);
	l = reopen(l);
	get(&m, l, row);
	assert_true(m.direction == MESSAGE_IN && m.state == DELIVERY_RECEIVED);
	assert_true(m.area == AREA_AVAILABILITY && m.deadline_ns == 0);
	assert_true(m.created_ns == DRAFT_CREATED_NS && m.settled_ns == DRAFT_CREATED_NS);
	expect_whole(l, row, &d);
	expect_events(l, row, "received ");
}

static void expect_duplicate(struct ledger *l, const struct draft *d, uint64_t want)
{
	struct fault f = { 0 };
	uint64_t row = 0;

	expect_fault("again", draft_receive(&row, l, d, &f), &f, ST_NONE, "ledger.duplicate");
	assert_int_equal(row, want);
}

static void expect_differs(struct ledger *l, const struct draft *d, uint64_t want)
{
	struct fault f = { 0 };
	uint64_t row = 0;

	expect_fault(
		"another", draft_receive(&row, l, d, &f), &f, ST_INPUT, "as2.duplicate.differs");
	assert_int_equal(row, want);
	assert_non_null(strstr(f.text, "1970-01-01T00:00:00"));
}

/* The sender did not get our answer: it gets the same one. */
static void a_second_arrival_gets_the_stored_receipt(void **state)
{
	static const uint64_t stored[] = { 10, LARGE };

	(void)state;
	for (size_t i = 0; i < COUNT(stored); i++) {
		AUTO(ledger) l = open_ledger();
		const struct draft first = { "a@them", .size = stored[i] };
		const struct draft second = { "a@them", .size = stored[i], .mic = "b3RoZXI=, sha-256" };
		struct fault f = { 0 };

		begin(l);
		uint64_t row = receive(l, &first);
		expect_duplicate(l, &first, row); /* in the same batch */
		commit(l);
		l = reopen(l);
		begin(l);
		expect_duplicate(l, &first, row);
		expect_fault("with other headers", draft_receive(&row, l, &second, &f), &f, ST_NONE,
			"ledger.duplicate.mic");
		commit(l);
		expect_whole(l, row, &first);
		expect_list("one", l, &everything, "a@them ");
		expect_events(l, row, "received duplicate duplicate-mic ");
		assert_int_equal(spool_files(), first.size > LEDGER_INLINE_MAX);
		ledger_close(TAKE(l));
		house_clear();
	}
}

/* Nothing of it is kept, and nothing of the first is changed: its receipt would be for another. */
static void another_document_under_an_id_is_none(void **state)
{
	static const uint64_t stored[] = { 10, LARGE };

	(void)state;
	for (size_t i = 0; i < COUNT(stored); i++) {
		AUTO(ledger) l = open_ledger();
		const struct draft first = { "a@them", .size = stored[i] };
		const struct draft second = { "a@them", .size = stored[i], .variant = 1 };
		const struct draft refused = { "a@them", .size = 5, .state = DELIVERY_REJECTED,
			.variant = 1 };
		const struct draft unread = { "a@them", .state = DELIVERY_REJECTED, .unread = true };

		begin(l);
		uint64_t row = receive(l, &first);
		expect_differs(l, &second, row); /* in the same batch */
		commit(l);
		l = reopen(l);
		begin(l);
		expect_differs(l, &second, row);
		expect_duplicate(l, &first, row);
		assert_true(receive(l, &refused) != row);
		expect_duplicate(l, &unread, row);
		commit(l);
		expect_whole(l, row, &first);
		expect_list("the refusal has a row", l, &everything, "a@them a@them ");
		expect_events(l, row, "received duplicate-differs duplicate ");
		assert_int_equal(spool_files(), first.size > LEDGER_INLINE_MAX);
		ledger_close(TAKE(l));
		house_clear();
	}
}

/* However many it sends: eight are told of at the first, and each refusal by itself. */
static void differing_ones_fill_no_history(void **state)
{
	AUTO(ledger) l = open_ledger();

	(void)state;
	begin(l);
	uint64_t row = receive(l, &(struct draft){ "a@them", .size = 10 });
	for (uint8_t i = 1; i < 20; i++)
		expect_differs(l, &(struct draft){ "a@them", .size = 10, .variant = i }, row);
	commit(l);
	expect_events(l, row, "received duplicate-differs duplicate-differs duplicate-differs "
		"duplicate-differs duplicate-differs duplicate-differs duplicate-differs "
		"duplicate-differs ");
}

static void only_the_same_id_of_the_same_partner_is_a_duplicate(void **state)
{
	AUTO(ledger) l = open_ledger();

	(void)state;
	begin(l);
	submit(l, &(struct draft){ .id = "a@x" });
	receive(l, &(struct draft){ .id = "a@x" });
	receive(l, &(struct draft){ .id = "a@x", .partner = "zenith" });
	receive(l, &(struct draft){ .id = "a@X" });
	commit(l);
	expect_list("four", l, &everything, "a@x a@x a@x a@X ");
}

static void what_was_rejected_may_come_again(void **state)
{
	AUTO(ledger) l = open_ledger();
	const struct draft bad = { "a@them", .size = 10, .state = DELIVERY_REJECTED };
	const struct draft good = { "a@them", .size = 10 };

	(void)state;
	uint64_t first = received(l, &bad);
	uint64_t second = received(l, &bad);
	uint64_t third = received(l, &good);
	assert_true(first < second && second < third);
	expect_whole(l, third, &good);
	expect_events(l, first, "rejected ");
	begin(l);
	expect_duplicate(l, &good, third);
	/* It was accepted: to refuse it now would be to say two things of one message. */
	expect_duplicate(l, &bad, third);
	commit(l);
}

static const struct {
	const char *name;
	enum ledger_content content;
	const char *code;
} not_kept[] = {
	{ "document", CONTENT_DOCUMENT, "message.no-content" },
	{ "part", CONTENT_PART, "message.no-content" },
	{ "signature", CONTENT_SIGNATURE, "message.no-content" },
};

static void of_what_was_rejected_only_the_receipt_is_kept(void **state)
{
	AUTO(ledger) l = open_ledger();
	const struct draft d = { "a@them", .size = LARGE, .state = DELIVERY_REJECTED };
	AUTO_IN_PLACE(buf) got = buf_init(4096);
	struct section where;
	struct slice type;
	int fd = -1;

	(void)state;
	uint64_t row = received(l, &d);
	assert_int_equal(spool_files(), 0);
	content_read(&got, l, row, CONTENT_RECEIPT);
	expect_text("receipt", buf_text(&got), "receipt 0 of a@them");
	for (size_t i = 0; i < COUNT(not_kept); i++) {
		struct fault f = { 0 };
		expect_fault(not_kept[i].name,
			ledger_content(&fd, &where, &type, l, row, not_kept[i].content, &f), &f,
			ST_NONE, not_kept[i].code);
	}
}

/* --- the queue --- */

static void expect_plan(const char *asked, const char *index)
{
	AUTO_IN_PLACE(buf) explain = buf_init(1024);
	sqlite3_stmt *plan = NULL;
	sqlite3 *db = NULL;

	buf_putf(&explain, "EXPLAIN QUERY PLAN %s", asked);
	assert_int_equal(sqlite3_open("ledger.db", &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, buf_text(&explain), -1, &plan, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(plan), SQLITE_ROW);
	const char *detail = (const char *)sqlite3_column_text(plan, 3);
	if (strncmp(detail, "SEARCH", 6) != 0 || !strstr(detail, index))
		fail_msg("%s: %s", asked, detail);
	assert_int_equal(sqlite3_step(plan), SQLITE_DONE); /* nothing is sorted */
	sqlite3_finalize(plan);
	sqlite3_close(db);
}

/* However much came: one look, and nothing is sorted. */
static void the_same_content_is_searched(void **state)
{
	AUTO(ledger) l = open_ledger();
	const struct value none[] = { V_BYTES(S("")), V_BYTES(S("")), V_INT(0), V_BYTES(S("")) };
	AUTO_IN_PLACE(buf) asked = buf_init(1024);

	(void)state;
	buf_put_text(&asked, sqlite3_sql(statement_bind(l->sql, SQL_FIND_CONTENT, none, 4)));
	ledger_close(TAKE(l));
	expect_plan(buf_text(&asked), "message_content");
}

/* Of a value beside that of a partial index (register_limits: type 10) the library would do so. */
static void no_statement_is_compiled_anew(void **state)
{
	AUTO(ledger) l = open_ledger();
	sqlite3_stmt *s = NULL;
	struct fault f;

	(void)state;
	begin(l);
	for (int type = 9; type <= 13; type++) {
		s = STATEMENT_BIND(l->sql, SQL_REGISTER_KEY, V_BYTES(S("key")), V_BYTES(S("p")),
			V_INT(0), V_BYTES(S("")), V_INT(type), V_INT(0));
		assert_int_equal(statement_step(l->sql, s, &f), ST_NONE);
	}
	assert_int_equal(sqlite3_stmt_status(s, SQLITE_STMTSTATUS_REPREPARE, 0), 0);
	commit(l);
}

static void what_is_due_goes_by_its_deadline(void **state)
{
	AUTO(ledger) l = open_ledger();

	(void)state;
	begin(l);
	uint64_t fourth = submit(l, &(struct draft){ .id = "d@us", .deadline_ns = 900 });
	uint64_t second = submit(l, &(struct draft){ .id = "b@us", .deadline_ns = 300 });
	uint64_t first = submit(l, &(struct draft){ .id = "a@us", .deadline_ns = 200 });
	uint64_t third = submit(l, &(struct draft){ .id = "c@us", .deadline_ns = 300 });
	submit(l, &(struct draft){ .id = "other partner", .partner = "zenith", .deadline_ns = 1 });
	submit(l, &(struct draft){ .id = "other lane", .area = AREA_BILLING, .deadline_ns = 1 });
	receive(l, &(struct draft){ .id = "inbound", .created_ns = 1 });
	assert_int_equal(take(l, 10), first);
	assert_int_equal(take(l, 20), second);
	assert_int_equal(take(l, 20), third); /* as early: in the order they came */
	assert_int_equal(take(l, 20), fourth);
	expect_nothing_due(l, INT64_MAX);
	commit(l);
	expect_events(l, first, "submitted attempt ");
}

/* A pause is kept, however early the deadline; once it is over the deadline counts again. */
static void what_paused_goes_by_its_deadline_again(void **state)
{
	AUTO(ledger) l = open_ledger();

	(void)state;
	begin(l);
	uint64_t urgent = submit(l, &(struct draft){ .id = "a@us", .deadline_ns = 200 });
	uint64_t taken = submit(l, &(struct draft){ .id = "b@us", .deadline_ns = 250 });
	uint64_t calm = submit(l, &(struct draft){ .id = "c@us", .deadline_ns = 900 });
	uint64_t last = submit(l, &(struct draft){ .id = "d@us", .deadline_ns = 950 });
	assert_int_equal(take(l, 10), urgent);
	assert_int_equal(take(l, 10), taken);
	deferred(l, urgent, 100);
	awaiting(l, taken, 100);
	assert_int_equal(take(l, 99), calm);
	assert_int_equal(take(l, 100), urgent);
	expect_state("awaited in vain", l, taken, DELIVERY_READY);
	assert_int_equal(take(l, 100), taken);
	assert_int_equal(take(l, 100), last);
	expect_nothing_due(l, INT64_MAX);
	commit(l);
}

/* The first attempt made them all come back at once: more than one take looks at. */
static void many_that_paused_all_go(void **state)
{
	AUTO(ledger) l = open_ledger();
	char id[16];

	(void)state;
	begin(l);
	for (int i = 0; i < 200; i++) {
		snprintf(id, sizeof(id), "%d@us", i);
		uint64_t row = submit(l, &(struct draft){ .id = id, .state = DELIVERY_SENDING,
						 .deadline_ns = 1000 - i });
		deferred(l, row, 50);
	}
	expect_nothing_due(l, 49);
	for (int i = 0; i < 200; i++)
		assert_true(take(l, 50) > 0);
	expect_nothing_due(l, INT64_MAX);
	commit(l);
}

/* Neither a long queue nor many that pause or are settled make it look at more than it needs. */
static void a_take_goes_by_indexes(void **state)
{
	static const char *const asked[] = {
		"SELECT row FROM message WHERE state = 0 AND partner = x'61' AND area = 0"
		" ORDER BY deadline_ns, row LIMIT 1",
		"SELECT row, state FROM message WHERE state IN (2, 8) AND partner = x'61' AND area = 0"
		" AND next_ns <= 5 ORDER BY next_ns LIMIT 1",
		"SELECT row FROM message WHERE (263 >> state) & 1 AND watch_ns <= 5 ORDER BY watch_ns LIMIT 1",
		"UPDATE message SET state = 0 WHERE state = 1 AND (263 >> state) & 1 AND watch_ns > 0",
	};
	static const char *const indexes[] = { "message_ready", "message_later", "message_watch",
		"message_watch" };

	(void)state;
	ledger_close(open_ledger());
	for (size_t i = 0; i < COUNT(asked); i++)
		expect_plan(asked[i], indexes[i]);
}

static void a_deferred_message_waits_for_its_time(void **state)
{
	AUTO(ledger) l = open_ledger();
	struct ledger_message m;

	(void)state;
	uint64_t row = submitted(l, &(struct draft){ .id = "a@us" });
	begin(l);
	take(l, 1500);
	deferred(l, row, 8000);
	commit(l);
	l = reopen(l); /* the pause is remembered */
	begin(l);
	expect_nothing_due(l, 7999);
	get(&m, l, row);
	assert_true(m.state == DELIVERY_DEFERRED && m.attempts == 1);
	expect_slice("code", m.fault_code, S("tcp.refused"));
	expect_slice("text", m.fault_text, S("nobody there"));
	assert_int_equal(take(l, 8000), row);
	get(&m, l, row);
	assert_true(m.state == DELIVERY_SENDING && m.attempts == 2);
	commit(l);
	expect_events(l, row, "submitted attempt deferred attempt ");
}

static void expect_due(struct ledger *l, enum area area, int64_t want)
{
	struct fault f = { 0 };
	int64_t at_ns = 0;

	expect_fault("due", ledger_due(&at_ns, l, S("acme"), area, &f), &f, ST_OK, NULL);
	assert_int_equal(at_ns, want);
}

static void the_next_due_time_is_known(void **state)
{
	AUTO(ledger) l = open_ledger();

	(void)state;
	begin(l);
	expect_due(l, LANE, INT64_MAX);
	uint64_t row = submit(l, &(struct draft){ .id = "a@us", .created_ns = 30 });
	submit(l, &(struct draft){ .id = "b@us", .created_ns = 40, .deadline_ns = 2000000 });
	submit(l, &(struct draft){ .id = "c@us", .area = AREA_BILLING, .created_ns = 50 });
	expect_due(l, LANE, 30);
	expect_due(l, AREA_BILLING, 50);
	assert_int_equal(take(l, 100), row);
	expect_due(l, LANE, 40);
	deferred(l, row, 35);
	expect_due(l, LANE, 35);
	commit(l);
}

static void lane_word(
	void *context, struct slice partner, unsigned lane, uint64_t count, int64_t due_ns)
{
	buf_putf(context, "%.*s/%u:%u@%d ", SLICE_FMT(partner), lane, (unsigned)count, (int)due_ns);
}

static void waiting_lanes_are_told(void **state)
{
	AUTO(ledger) l = open_ledger();
	AUTO_IN_PLACE(buf) got = buf_init(4096);
	struct fault f = { 0 };

	(void)state;
	begin(l);
	deferred(l, submit(l, &(struct draft){ .id = "1@us", .state = DELIVERY_SENDING }), 7);
	submit(l, &(struct draft){ .id = "2@us", .created_ns = 9 });
	submit(l, &(struct draft){ .id = "3@us", .area = AREA_BILLING, .created_ns = 5 });
	submit(l, &(struct draft){ .id = "4@us", .partner = "zenith", .created_ns = 6 });
	submit(l, &(struct draft){ .id = "5@us", .area = AREA_AVAILABILITY,
			  .state = DELIVERY_SENDING });
	delivered(l, submit(l, &(struct draft){ .id = "6@us" }));
	receive(l, &(struct draft){ .id = "7@them" });
	commit(l);
	expect_fault("waiting", ledger_waiting(l, lane_word, &got, &f), &f, ST_OK, NULL);
	expect_text("lanes", buf_text(&got), "acme/0:1@9 acme/3:1@5 zenith/0:1@6 acme/0:1@7 ");
}

/* Versions before called an attempt "sent". */
static void the_first_attempt_is_known(void **state)
{
	AUTO(ledger) l = open_ledger();
	struct fault f = { 0 };
	int64_t at_ns = 0;

	(void)state;
	begin(l);
	uint64_t row = submit(l, &(struct draft){ .id = "a@us" });
	expect_fault("none", ledger_first_attempt(&at_ns, l, row, &f), &f, ST_NONE, NULL);
	expect_fault("older", ledger_note(l, row, 5, "sent", S(""), S(""), &f), &f, ST_OK, NULL);
	assert_int_equal(take(l, 9), row);
	expect_events(l, row, "submitted sent attempt ");
	expect_fault("of both", ledger_first_attempt(&at_ns, l, row, &f), &f, ST_OK, NULL);
	assert_int_equal(at_ns, 5);
	uint64_t newer = submit(l, &(struct draft){ .id = "b@us" });
	assert_int_equal(take(l, 11), newer);
	expect_fault("newer", ledger_first_attempt(&at_ns, l, newer, &f), &f, ST_OK, NULL);
	assert_int_equal(at_ns, 11);
	commit(l);
}

/* Nobody knows how far the courier came: it goes again, at once. */
static void what_was_sending_is_ready_after_a_restart(void **state)
{
	AUTO(ledger) l = open_ledger();
	struct ledger_message m;

	(void)state;
	begin(l);
	uint64_t a = submit(l, &(struct draft){ .id = "a@us", .state = DELIVERY_SENDING });
	uint64_t b = submit(l, &(struct draft){ .id = "b@us", .state = DELIVERY_SENDING });
	deferred(l, b, 9000);
	commit(l);
	l = reopen(l);
	get(&m, l, a);
	assert_true(m.state == DELIVERY_READY && m.attempts == 1);
	expect_state("deferred", l, b, DELIVERY_DEFERRED);
	begin(l);
	assert_int_equal(take(l, 1), a);
	commit(l);
}

static void recovering_does_the_same_without_a_restart(void **state)
{
	AUTO(ledger) l = open_ledger();
	struct fault f = { 0 };

	(void)state;
	uint64_t out = submitted(l, &(struct draft){ .id = "a@us", .state = DELIVERY_SENDING });
	uint64_t in = received(l, &(struct draft){ .id = "b@them" });
	expect_fault("recover", ledger_recover(l, &f), &f, ST_OK, NULL);
	expect_counts_agree(l);
	expect_state("out", l, out, DELIVERY_READY);
	expect_state("in", l, in, DELIVERY_RECEIVED);
}

/* One broken message must not hold up its lane. */
static void a_message_whose_bytes_are_gone_is_named(void **state)
{
	AUTO(ledger) l = open_ledger();
	struct ledger_job job = { .parcel = -1 };
	struct fault f = { 0 };

	(void)state;
	const struct draft large = { "a@us", .size = LARGE, .created_ns = 1 };
	uint64_t broken = submitted(l, &large);
	uint64_t good = submitted(l, &(struct draft){ .id = "b@us", .created_ns = 2 });
	assert_int_equal(nftw("spool", house_remove, 16, FTW_DEPTH | FTW_PHYS), 0);
	begin(l);
	expect_fault("take", ledger_take(&job, l, S("acme"), LANE, 5, &f), &f, ST_INPUT,
		"ledger.body");
	assert_true(job.message.row == broken && job.parcel == -1);
	deferred(l, broken, 9000);
	assert_int_equal(take(l, 5), good);
	commit(l);
	expect_state("broken", l, broken, DELIVERY_DEFERRED);
}

/* --- ends --- */

/* Brings a message of a batch into a state. */
/* By one that is delivered, and so in nobody's way. */
static uint64_t in_superseded(struct ledger *l, const char *id)
{
	uint64_t row = submit(l, &(struct draft){ .id = id, .scope = "s", .sequence = 1 });

	delivered(l, submit(l, &(struct draft){ .id = "newer@x", .scope = "s", .sequence = 2 }));
	return row;
}

static uint64_t in_state(struct ledger *l, const char *id, enum delivery want)
{
	struct draft d = { .id = id };
	uint64_t row;

	if (want == DELIVERY_RECEIVED || want == DELIVERY_REJECTED) {
		d.state = want;
		return receive(l, &d);
	}
	if (want == DELIVERY_SUPERSEDED)
		return in_superseded(l, id);
	d.state = want == DELIVERY_READY ? DELIVERY_READY : DELIVERY_SENDING;
	d.deadline_ns = want == DELIVERY_EXPIRED ? 10 : 0;
	row = submit(l, &d);
	if (want == DELIVERY_DEFERRED)
		deferred(l, row, 9000);
	if (want == DELIVERY_AWAITING)
		awaiting(l, row, 9000);
	if (want == DELIVERY_DELIVERED)
		delivered(l, row);
	if (want == DELIVERY_REFUSED)
		refused(l, row);
	if (want == DELIVERY_EXPIRED)
		expired(l, 10, "m@x ");
	return row;
}

static const struct {
	enum delivery from;
	bool may_defer, may_settle, may_expire;
} moves[DELIVERIES] = {
	{ DELIVERY_READY, false, true, true },
	{ DELIVERY_SENDING, true, true, true },
	{ DELIVERY_DEFERRED, false, true, true },
	{ DELIVERY_DELIVERED, false, false, false },
	{ DELIVERY_REFUSED, false, true, false },
	{ DELIVERY_EXPIRED, false, true, false },
	{ DELIVERY_RECEIVED, false, false, false },
	{ DELIVERY_REJECTED, false, false, false },
	{ DELIVERY_AWAITING, false, true, true },
	{ DELIVERY_SUPERSEDED, false, true, false },
};

/* Late news is noted and changes nothing. */
static void expect_move(const char *name, struct ledger *l, uint64_t row, enum status got,
	const struct fault *f, bool may, enum delivery from, enum delivery to)
{
	expect_fault(name, got, f, may ? ST_OK : ST_NONE, "ledger.settled");
	expect_state(name, l, row, may ? to : from);
}

static void states_change_as_they_may(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(moves); i++) {
		AUTO(ledger) l = open_ledger();
		const char *name = delivery_name(moves[i].from);
		struct fault f = { 0 };

		begin(l);
		uint64_t row = in_state(l, "m@x", moves[i].from);
		expect_state(name, l, row, moves[i].from);
		expect_move(name, l, row, defer(l, row, 9000, &f), &f, moves[i].may_defer,
			moves[i].from, DELIVERY_DEFERRED);
		rollback(l);
		begin(l);
		row = in_state(l, "m@x", moves[i].from);
		expect_move(name, l, row, deliver(l, row, "r", &f), &f, moves[i].may_settle,
			moves[i].from, DELIVERY_DELIVERED);
		rollback(l);
		begin(l);
		row = in_state(l, "m@x", moves[i].from);
		expired(l, INT64_MAX, moves[i].may_expire ? "m@x " : "");
		expect_state(name, l, row, moves[i].may_expire ? DELIVERY_EXPIRED : moves[i].from);
		commit(l);
		ledger_close(TAKE(l));
		house_clear();
	}
}

static void a_delivery_holds_its_receipt(void **state)
{
	AUTO(ledger) l = open_ledger();
	AUTO_IN_PLACE(buf) got = buf_init(4096);
	const struct draft d = { "a@us", .size = 10 };
	struct ledger_message m;
	struct fault f = { 0 };

	(void)state;
	uint64_t row = submitted(l, &d);
	begin(l);
	take(l, 3000);
	expect_fault("deliver", deliver(l, row, "signed receipt", &f), &f, ST_OK, NULL);
	commit(l);
	l = reopen(l);
	get(&m, l, row);
	assert_true(m.state == DELIVERY_DELIVERED && m.settled_ns == 5000 && m.receipt_ns == 4000);
	content_read(&got, l, row, CONTENT_RECEIPT);
	expect_text("receipt", buf_text(&got), "signed receipt");
	expect_whole(l, row, &d);
	expect_events(l, row, "submitted attempt delivered ");
}

static void the_first_receipt_stands(void **state)
{
	AUTO(ledger) l = open_ledger();
	AUTO_IN_PLACE(buf) got = buf_init(4096);
	struct fault f = { 0 };

	(void)state;
	uint64_t row = submitted(l, &(struct draft){ .id = "a@us" });
	begin(l);
	expect_fault("first", deliver(l, row, "first", &f), &f, ST_OK, NULL);
	expect_fault("second", deliver(l, row, "second", &f), &f, ST_NONE, "ledger.settled");
	commit(l);
	content_read(&got, l, row, CONTENT_RECEIPT);
	expect_text("receipt", buf_text(&got), "first");
	expect_events(l, row, "submitted delivered late-news ");
}

/* Refused for a reason that passed, and accepted when it came again: both words are kept. */
static void acceptance_outlives_a_refusal(void **state)
{
	AUTO(ledger) l = open_ledger();
	AUTO_IN_PLACE(buf) got = buf_init(4096);
	struct ledger_message m;
	struct fault f = { 0 };

	(void)state;
	uint64_t row = submitted(l, &(struct draft){ .id = "a@us" });
	begin(l);
	refused(l, row);
	expect_fault("accepted", deliver(l, row, "signed receipt", &f), &f, ST_OK, NULL);
	commit(l);
	get(&m, l, row);
	assert_true(m.state == DELIVERY_DELIVERED && m.fault_code.n == 0);
	content_read(&got, l, row, CONTENT_RECEIPT);
	expect_text("receipt", buf_text(&got), "signed receipt");
	expect_events(l, row, "submitted refused delivered ");
	begin(l);
	expect_fault("refused", refuse(l, row, &f), &f, ST_NONE, "ledger.settled");
	commit(l);
	expect_state("refused again", l, row, DELIVERY_DELIVERED);
}

static void a_refusal_needs_no_receipt(void **state)
{
	AUTO(ledger) l = open_ledger();
	struct ledger_message m;
	struct section where;
	struct slice type;
	struct fault f = { 0 };
	int fd = -1;

	(void)state;
	begin(l);
	uint64_t row = in_state(l, "a@us", DELIVERY_REFUSED);
	commit(l);
	get(&m, l, row);
	expect_slice("code", m.fault_code, S("http.status"));
	expect_slice("text", m.fault_text, S("403"));
	expect_fault("receipt", ledger_content(&fd, &where, &type, l, row, CONTENT_RECEIPT, &f), &f,
		ST_NONE, "message.no-receipt");
}

/* The sealed form is large and of no use to anybody afterwards. */
static void an_end_cuts_the_sealed_form_off(void **state)
{
	AUTO(ledger) l = open_ledger();
	const struct draft d = { "a@us", .size = LARGE };

	(void)state;
	uint64_t row = submitted(l, &d);
	uint64_t before = spool_bytes();
	begin(l);
	delivered(l, row);
	assert_int_equal(spool_bytes(), before);
	rollback(l);
	assert_int_equal(spool_bytes(), before);
	begin(l);
	delivered(l, row);
	commit(l);
	assert_int_equal(spool_bytes(), before - strlen("sealed form of a@us"));
	expect_whole(l, row, &d);
}

static void what_is_unknown_cannot_change(void **state)
{
	AUTO(ledger) l = open_ledger();
	struct ledger_message m;
	struct section where;
	struct slice type;
	struct fault f = { 0 };
	int fd = -1;

	(void)state;
	begin(l);
	expect_fault("get", ledger_get(&m, l, 1, &f), &f, ST_NONE, "message.unknown");
	expect_fault("get", ledger_get(&m, l, UINT64_MAX, &f), &f, ST_NONE, "message.unknown");
	expect_fault("defer", defer(l, 1, 1, &f), &f, ST_NONE, "message.unknown");
	expect_fault("settle", deliver(l, 1, "r", &f), &f, ST_NONE, "message.unknown");
	expect_fault("content", ledger_content(&fd, &where, &type, l, 1, CONTENT_DOCUMENT, &f), &f,
		ST_NONE, "message.unknown");
	expect_events(l, 1, "");
	commit(l);
}

/* --- deadlines --- */

static void expect_deadline(struct ledger *l, int64_t want)
{
	struct fault f = { 0 };
	int64_t at_ns = 0;

	expect_fault("deadline", ledger_next_deadline(&at_ns, l, &f), &f, ST_OK, NULL);
	assert_int_equal(at_ns, want);
}

static void deadlines_expire_when_they_pass(void **state)
{
	AUTO(ledger) l = open_ledger();
	const struct draft early = { "a@us", .deadline_ns = 4000, .state = DELIVERY_SENDING };
	struct ledger_message m;

	(void)state;
	expect_deadline(l, INT64_MAX);
	begin(l);
	submit(l, &(struct draft){ .id = "b@us", .deadline_ns = 5000 });
	uint64_t a = submit(l, &early);
	deferred(l, a, 9000);
	submit(l, &(struct draft){ .id = "c@us", .deadline_ns = 5001 });
	receive(l, &(struct draft){ .id = "d@them" });
	expect_deadline(l, 4000);
	expired(l, 3999, "");
	expired(l, 5000, "a@us b@us ");
	expired(l, 5000, "");
	expect_deadline(l, 5001);
	commit(l);
	l = reopen(l);
	get(&m, l, a);
	assert_true(m.state == DELIVERY_EXPIRED && m.settled_ns == 5000);
	expect_slice("why", m.fault_code, S("tcp.refused")); /* what kept it from arriving */
	expect_events(l, a, "submitted attempt deferred expired ");
	begin(l);
	expired(l, 5001, "c@us ");
	expect_deadline(l, INT64_MAX);
	expect_nothing_due(l, INT64_MAX);
	commit(l);
}

static void count_one(void *context, const struct ledger_message *m)
{
	assert_true(m->state == DELIVERY_EXPIRED && m->settled_ns == 10);
	++*(unsigned *)context;
}

/* After a long outage all is overdue at once: the batch stays small, others get their turn. */
static void so_many_expire_at_a_time(void **state)
{
	static const unsigned want[] = { LEDGER_EXPIRE_MAX, LEDGER_EXPIRE_MAX, 3, 0 };
	AUTO(ledger) l = open_ledger();
	char id[32];

	(void)state;
	begin(l);
	for (unsigned i = 0; i < 2 * LEDGER_EXPIRE_MAX + 3; i++) {
		snprintf(id, sizeof(id), "%u@us", i);
		submit(l, &(struct draft){ .id = id, .deadline_ns = 10 });
	}
	commit(l);
	for (size_t i = 0; i < COUNT(want); i++) {
		struct fault f = { 0 };
		unsigned got = 0;

		begin(l);
		expect_fault("expire", ledger_expire(l, 10, count_one, &got, &f), &f, ST_OK, NULL);
		commit(l);
		assert_int_equal(got, want[i]);
		expect_deadline(l, i < 2 ? 10 : INT64_MAX); /* so that who watches comes again */
	}
}

/* --- batches --- */

static void everything_at_once(struct ledger *l, uint64_t old, uint64_t sending)
{
	submit(l, &(struct draft){ .id = "new small", .size = 10 });
	submit(l, &(struct draft){ .id = "new large", .size = LARGE });
	receive(l, &(struct draft){ .id = "in small", .size = 10 });
	receive(l, &(struct draft){ .id = "in large", .size = LARGE });
	receive(l, &(struct draft){ .id = "in bad", .state = DELIVERY_REJECTED });
	delivered(l, old);
	deferred(l, sending, 9000);
	expired(l, DRAFT_DEADLINE_NS, "sending new small new large ");
}

static void a_batch_undone_leaves_nothing(void **state)
{
	AUTO(ledger) l = open_ledger();
	const struct draft d = { "old", .size = LARGE };
	const struct draft taken = { "sending", .state = DELIVERY_SENDING };

	(void)state;
	uint64_t old = submitted(l, &d);
	uint64_t sending = submitted(l, &taken);
	for (int i = 0; i < 2; i++) { /* the second time also: nothing was left in the way */
		begin(l);
		everything_at_once(l, old, sending);
		rollback(l);
		expect_list("undone", l, &everything, "old sending ");
		expect_state("old", l, old, DELIVERY_READY);
		expect_state("sending", l, sending, DELIVERY_SENDING);
		expect_events(l, old, "submitted ");
		assert_int_equal(spool_files(), 1);
		expect_whole(l, old, &d);
	}
	l = reopen(l);
	expect_list("reopened", l, &everything, "old sending ");
	begin(l);
	expect_sealed(l, &d); /* nothing was cut */
	assert_int_equal(take(l, 9000), sending);
	commit(l);
}

static void closing_undoes_an_open_batch(void **state)
{
	AUTO(ledger) l = open_ledger();

	(void)state;
	begin(l);
	submit(l, &(struct draft){ .id = "a@us", .size = LARGE });
	receive(l, &(struct draft){ .id = "b@them", .size = 5 });
	l = reopen(l);
	expect_list("none", l, &everything, "");
	assert_int_equal(spool_files(), 0);
}

static void lent_files_do_not_outlive_us(void **state)
{
	AUTO(ledger) l = open_ledger();
	struct fault f = { 0 };
	AUTO_FD fd = -1;

	(void)state;
	expect_fault("lend", ledger_spool_file(&fd, l, OWNER, 1, &f), &f, ST_OK, NULL);
	assert_int_equal(spool_files(), 1);
	l = reopen(l);
	assert_int_equal(spool_files(), 0);
}

static void an_empty_batch_is_none(void **state)
{
	AUTO(ledger) l = open_ledger();

	(void)state;
	ledger_rollback(l); /* nothing to undo */
	begin(l);
	commit(l);
	begin(l);
	rollback(l);
	rollback(l);
	submitted(l, &(struct draft){ .id = "a@us" });
	expect_list("one", l, &everything, "a@us ");
}

/* --- asking --- */

static void fill(struct ledger *l)
{
	begin(l);
	submit(l, &(struct draft){ .id = "1", .area = AREA_BILLING });
	submit(l, &(struct draft){ .id = "2", .partner = "zenith" });
	receive(l, &(struct draft){ .id = "3", .area = AREA_BILLING });
	receive(l, &(struct draft){ .id = "4", .partner = "zenith", .state = DELIVERY_REJECTED });
	delivered(l, submit(l, &(struct draft){ .id = "5" }));
	receive(l, &(struct draft){ .id = "4", .partner = "zenith" });
	submit(l, &(struct draft){ .id = "4" });
	commit(l);
}

#define AT(state) (1u << DELIVERY_##state)

static const struct {
	const char *name;
	struct ledger_filter filter;
	const char *want;
} lists[] = {
	{ "everything", { .limit = 9 }, "1 2 3 4 5 4 4 " },
	{ "both directions", { .in = true, .out = true, .limit = 9 }, "1 2 3 4 5 4 4 " },
	{ "inbound", { .in = true, .limit = 9 }, "3 4 4 " },
	{ "outbound", { .out = true, .limit = 9 }, "1 2 5 4 " },
	{ "one area", { .areas = AREA_BIT(AREA_BILLING), .limit = 9 }, "1 3 " },
	{ "two areas", { .areas = AREA_BIT(AREA_BILLING) | AREA_BIT(AREA_OUTAGE), .limit = 9 },
		"1 2 3 4 5 4 4 " },
	{ "an area without any", { .areas = AREA_BIT(AREA_AGGREGATION), .limit = 9 }, "" },
	{ "one state", { .states = AT(DELIVERED), .limit = 9 }, "5 " },
	{ "two states", { .states = AT(READY) | AT(REJECTED), .limit = 9 }, "1 2 4 4 " },
	{ "a partner", { .partner = S("zenith"), .limit = 9 }, "2 4 4 " },
	{ "nobody", { .partner = S("zenit"), .limit = 9 }, "" },
	{ "an id", { .message_id = S("4"), .limit = 9 }, "4 4 4 " },
	{ "an id, inbound", { .message_id = S("4"), .in = true, .limit = 9 }, "4 4 " },
	{ "an id, rejected", { .message_id = S("4"), .states = AT(REJECTED), .limit = 9 }, "4 " },
	{ "an id of a partner", { .message_id = S("4"), .partner = S("acme"), .limit = 9 }, "4 " },
	{ "an id after a row", { .message_id = S("4"), .after = 4, .limit = 9 }, "4 4 " },
	{ "an id, one only", { .message_id = S("4"), .limit = 1 }, "4 " },
	{ "an unknown id", { .message_id = S("6"), .limit = 9 }, "" },
	{ "the first three", { .limit = 3 }, "1 2 3 " },
	{ "after the third", { .after = 3, .limit = 9 }, "4 5 4 4 " },
	{ "after the last", { .after = 7, .limit = 9 }, "" },
	{ "after all there can be", { .after = UINT64_MAX, .limit = 9 }, "" },
	{ "none", { .limit = 0 }, "" },
};

static void lists_hold_what_was_asked_for(void **state)
{
	AUTO(ledger) l = open_ledger();

	(void)state;
	fill(l);
	for (size_t i = 0; i < COUNT(lists); i++)
		expect_list(lists[i].name, l, &lists[i].filter, lists[i].want);
}

struct page {
	uint64_t last;
	unsigned rows;
};

static void page_row(void *context, const struct ledger_message *m)
{
	struct page *page = context;

	assert_true(m->row > page->last);
	page->last = m->row;
	page->rows++;
}

/* Each page begins where the one before ended; what came in between is on the last. */
static void pages_follow_each_other(void **state)
{
	static const unsigned want[] = { 10, 10, 6, 0 };
	AUTO(ledger) l = open_ledger();
	struct ledger_filter filter = { .limit = 10 };
	struct page page = { 0 };
	char id[32];

	(void)state;
	begin(l);
	for (unsigned i = 0; i < 25; i++) {
		snprintf(id, sizeof(id), "%u@us", i);
		submit(l, &(struct draft){ .id = id });
	}
	commit(l);
	for (size_t i = 0; i < COUNT(want); i++) {
		struct fault f = { 0 };

		page.rows = 0;
		filter.after = page.last;
		expect_fault("page", ledger_list(l, &filter, page_row, &page, &f), &f, ST_OK, NULL);
		assert_int_equal(page.rows, want[i]);
		if (i == 0)
			submitted(l, &(struct draft){ .id = "between@us" });
	}
}

static void the_oldest_that_waits_is_known(void **state)
{
	struct ledger_count counts[2][AREAS][DELIVERIES];
	AUTO(ledger) l = open_ledger();
	struct fault f = { 0 };

	(void)state;
	begin(l);
	submit(l, &(struct draft){ .id = "1@us", .created_ns = 30 });
	submit(l, &(struct draft){ .id = "2@us", .created_ns = 20 });
	delivered(l, submit(l, &(struct draft){ .id = "3@us", .created_ns = 10 }));
	receive(l, &(struct draft){ .id = "4@them", .created_ns = 5 });
	commit(l);
	expect_fault("counts", ledger_counts(counts, l, &f), &f, ST_OK, NULL);
	assert_int_equal(counts[MESSAGE_OUT][LANE][DELIVERY_READY].count, 2);
	assert_int_equal(counts[MESSAGE_OUT][LANE][DELIVERY_READY].oldest_ns, 20);
	assert_int_equal(counts[MESSAGE_OUT][LANE][DELIVERY_SENDING].oldest_ns, 0);
	assert_int_equal(counts[MESSAGE_OUT][LANE][DELIVERY_DELIVERED].oldest_ns, 0);
	assert_int_equal(counts[MESSAGE_IN][LANE][DELIVERY_RECEIVED].count, 1);
}

static void content_says_its_type(void **state)
{
	static const struct {
		enum ledger_content content;
		struct slice want;
	} types[] = {
		{ CONTENT_DOCUMENT, S("application/xml") },
		{ CONTENT_RECEIPT, S("multipart/report") },
	};
	AUTO(ledger) l = open_ledger();

	(void)state;
	uint64_t row = received(l, &(struct draft){ .id = "a@them", .size = 3 });
	for (size_t i = 0; i < COUNT(types); i++) {
		struct section where;
		struct slice type;
		struct fault f = { 0 };
		AUTO_FD fd = -1;

		expect_fault("content",
			ledger_content(&fd, &where, &type, l, row, types[i].content, &f), &f, ST_OK,
			NULL);
		expect_slice("type", type, types[i].want);
	}
}

/* --- what is flagged --- */

static void flagged_put(void *context, const struct ledger_flagged *row)
{
	buf_putf(context, "%.*s %.*s %llu %lld\n", SLICE_FMT(row->partner), SLICE_FMT(row->code),
		(unsigned long long)row->count, (long long)row->last_ns);
}

static void expect_flagged(const char *name, struct ledger *l, const char *want)
{
	AUTO_IN_PLACE(buf) got = buf_init(4096);

	ledger_flagged(l, flagged_put, &got);
	expect_text(name, buf_text(&got), want);
}

static uint64_t receive_flagged(struct ledger *l, const struct draft *d, const char *code)
{
	AUTO_IN_PLACE(parcel) p;
	struct fault f = { 0 };
	uint64_t row = 0;

	parcel_init(&p, d, "receipt");
	AUTO_FD fd = parcel_file(l, &p, d->size);
	struct ledger_arrival a = draft_arrival(d, &p, fd);
	a.message.fault_code = slice_str(code);
	a.message.fault_text = S("tolerated");
	expect_fault("receive", ledger_receive(&row, l, &a, &f), &f, ST_OK, NULL);
	return row;
}

static enum status deliver_flagged(
	struct ledger *l, uint64_t row, const char *code, struct fault *f)
{
	struct fault why = { 0 };
	struct ledger_settlement s = {
		.row = row,
		.state = DELIVERY_DELIVERED,
		.parcel = -1,
		.partner = draft_partner(&(struct draft){ .id = "" }),
		.now_ns = 9000,
		.why = &why,
	};

	fault_set(&why, ST_AUTH, code, "tolerated");
	return ledger_settle(l, &s, f);
}

static void what_was_tolerated_is_counted(void **state)
{
	const struct draft first = { "a@x", .created_ns = 1000 },
			   second = { "b@x", .created_ns = 3000 },
			   third = { "c@x", .created_ns = 2000 },
			   refused = { "d@x", .state = DELIVERY_REJECTED };
	AUTO(ledger) l = open_ledger();
	struct fault f = { 0 };
	char want[256];

	(void)state;
	received(l, &(struct draft){ .id = "plain@x" });
	expect_flagged("nothing", l, "");
	begin(l);
	uint64_t row = receive_flagged(l, &first, "cert.tolerated");
	receive_flagged(l, &second, "cert.tolerated");
	receive_flagged(l, &refused, "cert.expired");
	commit(l);
	begin(l);
	receive_flagged(l, &third, "cert.tolerated");
	rollback(l);
	snprintf(want, sizeof(want), "%.*s cert.tolerated 2 3000\n",
		SLICE_FMT(draft_partner(&first)));
	expect_flagged("two", l, want);
	expect_events(l, row, "received ");
	begin(l);
	row = submit(l, &(struct draft){ .id = "out@us" });
	expect_fault("deliver", deliver_flagged(l, row, "cert.tolerated", &f), &f, ST_OK, NULL);
	commit(l);
	l = reopen(l);
	snprintf(want, sizeof(want), "%.*s cert.tolerated 3 9000\n",
		SLICE_FMT(draft_partner(&first)));
	expect_flagged("again", l, want);
}

#define IN_HOUSE(test) cmocka_unit_test_setup_teardown(test, house_enter, house_leave)

/* --- what partners say of their software --- */

static void announced_put(void *context, const struct ledger_announced *a)
{
	buf_putf(context, "%.*s|%.*s|%.*s|%.*s|%lld\n", SLICE_FMT(a->partner), SLICE_FMT(a->version),
		SLICE_FMT(a->product), SLICE_FMT(a->features), (long long)a->since_ns);
}

static void announce(struct ledger *l, const char *partner, const char *product, int64_t at_ns)
{
	struct ledger_announced a = { slice_str(partner), S("1.2"), slice_str(product), S("CEM"),
		at_ns };
	struct fault f = { 0 };

	begin(l);
	expect_fault(product, ledger_announced_put(l, &a, &f), &f, ST_OK, NULL);
	commit(l);
}

static void the_last_announcement_stands(void **state)
{
	AUTO_IN_PLACE(buf) said = buf_init(4096);
	struct ledger *l = open_ledger();
	char large[2 * ANNOUNCED_PRODUCT_MAX] = "";
	struct fault f = { 0 };

	(void)state;
	memset(large, 'x', sizeof(large) - 1);
	announce(l, "b", "p:1", 1);
	announce(l, "a", "p:1", 2);
	announce(l, "a", "p:1", 3); /* the same: since it was first said */
	announce(l, "b", "p:2", 4);
	ledger_close(l);
	l = open_ledger();
	expect_fault("asked", ledger_announced(l, announced_put, &said, &f), &f, ST_OK, NULL);
	expect_text("said", buf_text(&said), "a|1.2|p:1|CEM|2\nb|1.2|p:2|CEM|4\n");
	announce(l, "a", large, 5);
	buf_clear(&said);
	expect_fault("asked", ledger_announced(l, announced_put, &said, &f), &f, ST_OK, NULL);
	assert_int_equal(
		said.n, strlen("a|1.2||CEM|5\nb|1.2|p:2|CEM|4\n") + ANNOUNCED_PRODUCT_MAX);
	ledger_close(l);
}

/* A statement that would do what the table of states does not know (moves.h). */
static void no_statement_moves_a_message_elsewhere(void **state)
{
	AUTO(ledger) l = open_ledger();

	(void)state;
	(void)submitted(l, &(struct draft){ .id = "1@us" });
	assert_int_equal(
		sqlite3_exec(l->db, "UPDATE message SET state = 6", NULL, NULL, NULL),
		SQLITE_CONSTRAINT);
	assert_int_equal(
		sqlite3_exec(l->db, "UPDATE message SET state = 1", NULL, NULL, NULL), SQLITE_OK);
}

/* --- what is to be synced --- */

static void the_log_is_synced_while_something_of_it_is_not(void **state)
{
	AUTO(ledger) l = open_ledger();
	struct fault f = { 0 };

	(void)state;
	assert_true(ledger_log(l) >= 0); /* what opening it did */
	ledger_durable(l);
	begin(l);
	expect_fault("commit", ledger_commit(l, &f), &f, ST_OK, NULL);
	assert_int_equal(ledger_log(l), -1);
	begin(l);
	(void)submit(l, &(struct draft){ .id = "undone" });
	rollback(l);
	begin(l);
	expect_fault("commit", ledger_commit(l, &f), &f, ST_OK, NULL);
	assert_int_equal(ledger_log(l), -1);
	begin(l);
	(void)submit(l, &(struct draft){ .id = "done" });
	expect_fault("commit", ledger_commit(l, &f), &f, ST_OK, NULL);
	begin(l); /* the next is open, and changes something, while this one is synced */
	(void)submit(l, &(struct draft){ .id = "next" });
	assert_true(ledger_log(l) >= 0);
	assert_int_equal(fdatasync(ledger_log(l)), 0);
	ledger_durable(l);
	assert_int_equal(ledger_log(l), -1);
	expect_fault("commit", ledger_commit(l, &f), &f, ST_OK, NULL);
	assert_true(ledger_log(l) >= 0);
}

/* --- what is tidied --- */

static int64_t log_size(void)
{
	struct stat st;

	assert_int_equal(stat("ledger.db-wal", &st), 0);
	return st.st_size;
}

static void submit_one(struct ledger *l, unsigned number)
{
	char id[32];
	struct fault f = { 0 };

	snprintf(id, sizeof(id), "m-%u", number);
	begin(l);
	(void)submit(l, &(struct draft){ .id = id, .size = 2000 });
	expect_fault("commit", ledger_commit(l, &f), &f, ST_OK, NULL);
}

/* What it has is in the database, and the next commit writes over it. */
static void a_log_that_is_tidied_grows_no_longer(void **state)
{
	AUTO(ledger) l = open_ledger();
	unsigned number = 0;

	(void)state;
	ledger_tidy(l);
	int64_t before = log_size(); /* as long as what made the form */
	for (; log_size() == before && number < 1000; number++)
		submit_one(l, number);
	assert_true(log_size() > before);
	before = log_size();
	ledger_tidy(l);
	submit_one(l, number);
	assert_int_equal(log_size(), before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_HOUSE(a_log_that_is_tidied_grows_no_longer),
		IN_HOUSE(what_was_tolerated_is_counted),
		IN_HOUSE(a_submission_is_remembered),
		IN_HOUSE(one_that_goes_at_once_is_sending),
		IN_HOUSE(an_id_names_one_document_to_one_partner),
		IN_HOUSE(a_large_repeat_leaves_no_file),
		IN_HOUSE(only_large_documents_are_files),
		IN_HOUSE(a_courier_gets_the_sealed_form),
		IN_HOUSE(a_courier_can_tell_what_was_changed),
		IN_HOUSE(a_digest_is_kept_as_long_as_its_sealed_form),
		IN_HOUSE(the_same_content_is_known_again),
		IN_HOUSE(the_last_of_the_same_content_is_named),
		IN_HOUSE(sections_lie_within_their_parcel),
		IN_HOUSE(a_sealed_form_that_does_not_fit_is_refused_before_it_is_stored),
		IN_HOUSE(a_receipt_has_a_limit),
		IN_HOUSE(a_large_parcel_comes_in_a_file_of_the_spool),
		IN_HOUSE(an_arrival_is_remembered),
		IN_HOUSE(a_second_arrival_gets_the_stored_receipt),
		IN_HOUSE(another_document_under_an_id_is_none),
		IN_HOUSE(differing_ones_fill_no_history),
		IN_HOUSE(only_the_same_id_of_the_same_partner_is_a_duplicate),
		IN_HOUSE(what_was_rejected_may_come_again),
		IN_HOUSE(of_what_was_rejected_only_the_receipt_is_kept),
		IN_HOUSE(the_same_content_is_searched),
		IN_HOUSE(no_statement_is_compiled_anew),
		IN_HOUSE(what_is_due_goes_by_its_deadline),
		IN_HOUSE(what_paused_goes_by_its_deadline_again),
		IN_HOUSE(many_that_paused_all_go),
		IN_HOUSE(a_take_goes_by_indexes),
		IN_HOUSE(a_deferred_message_waits_for_its_time),
		IN_HOUSE(the_next_due_time_is_known),
		IN_HOUSE(waiting_lanes_are_told),
		IN_HOUSE(the_first_attempt_is_known),
		IN_HOUSE(what_was_sending_is_ready_after_a_restart),
		IN_HOUSE(recovering_does_the_same_without_a_restart),
		IN_HOUSE(a_message_whose_bytes_are_gone_is_named),
		IN_HOUSE(states_change_as_they_may),
		IN_HOUSE(a_delivery_holds_its_receipt),
		IN_HOUSE(the_first_receipt_stands),
		IN_HOUSE(acceptance_outlives_a_refusal),
		IN_HOUSE(a_refusal_needs_no_receipt),
		IN_HOUSE(an_end_cuts_the_sealed_form_off),
		IN_HOUSE(what_is_unknown_cannot_change),
		IN_HOUSE(deadlines_expire_when_they_pass),
		IN_HOUSE(so_many_expire_at_a_time),
		IN_HOUSE(a_batch_undone_leaves_nothing),
		IN_HOUSE(closing_undoes_an_open_batch),
		IN_HOUSE(lent_files_do_not_outlive_us),
		IN_HOUSE(an_empty_batch_is_none),
		IN_HOUSE(lists_hold_what_was_asked_for),
		IN_HOUSE(pages_follow_each_other),
		IN_HOUSE(the_oldest_that_waits_is_known),
		IN_HOUSE(content_says_its_type),
		IN_HOUSE(the_last_announcement_stands),
		IN_HOUSE(no_statement_moves_a_message_elsewhere),
		IN_HOUSE(the_log_is_synced_while_something_of_it_is_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
