/* SPDX-License-Identifier: Apache-2.0 */
/* When a batch is committed: what is urgent at once, the rest not while a notice is in hand. */
#include "exchange_expect.h"

#include "base/clock.h"
#include "ledger_house.h"
#include "processes/ledger_batch.h"
#include "processes/urgency.h"
#include "safeguards/digest.h"
#include "worker.h"

static struct circle circle;
static struct process process;
static struct urgency *page;
static struct house house;
static unsigned durable; /* batches */

static void count(struct house *h, const struct ended_list *ended)
{
	(void)h;
	(void)ended;
	durable++;
}

static void open_one(bool soft)
{
	struct fault f = { 0 };

	expect_fault("open", batch_open(&house, soft, &f), &f, ST_OK, NULL);
}

/* All the time something urgent is worked on. */
static void until_durable(unsigned batches)
{
	while (durable < batches) {
		urgency_mark(page, 0, clock_mono_ns());
		event_base_loop(process.loop, EVLOOP_NONBLOCK);
	}
}

/* One goes now, and its sync is over: from then on the floor counts.  Answers when that was. */
static int64_t one_pass(void)
{
	int64_t since_ns = clock_mono_ns();

	open_one(false);
	until_durable(durable + 1);
	return since_ns;
}

static void enough_wait_for_no_more(void **state)
{
	unsigned before = durable;

	(void)state;
	house.last_answers = 64;
	for (unsigned i = 0; i < COMPANY_ENOUGH; i++)
		open_one(false);
	event_base_loop(process.loop, EVLOOP_NONBLOCK);
	assert_false(house.in_batch);
	until_durable(before + 1);
}

static void others_wait_for_a_notice(void **state)
{
	static const bool softs[] = { false, true };

	(void)state;
	for (size_t i = 0; i < COUNT(softs); i++) {
		int64_t since_ns = one_pass();

		open_one(softs[i]);
		until_durable(durable + 1);
		assert_true(clock_mono_ns() - since_ns >= URGENCY_FLOOR_NS);
	}
}

static void a_notice_waits_for_nobody(void **state)
{
	unsigned before;

	(void)state;
	one_pass();
	before = durable;
	open_one(false);
	urgency_mark(page, 0, clock_mono_ns());
	batch_hurry(&house, AREA_OUTAGE);
	event_base_loop(process.loop, EVLOOP_NONBLOCK);
	assert_false(house.in_batch);
	until_durable(before + 1);
}

static void what_has_to_be_settled_is(void **state)
{
	unsigned before;

	(void)state;
	one_pass();
	before = durable;
	open_one(true);
	urgency_mark(page, 0, clock_mono_ns());
	batch_settle(&house);
	assert_false(house.in_batch || house.is_syncing);
	assert_int_equal(durable, before + 1);
}

/* --- life --- */

static void process_begin(void)
{
	static const struct process_role role = { .role = ROLE_LEDGER };
	struct fault f = { 0 };
	int monitor, fd;

	circle_make(&circle, "utility");
	monitor = worker_monitor();
	expect_fault("page", urgency_page_new(&fd, &f), &f, ST_OK, NULL);
	expect_fault("map", urgency_open(&page, fd, &f), &f, ST_OK, NULL);
	worker_tell(monitor, VERB_URGENCY, 0, &(struct verb_empty){ 0 }, fd);
	worker_config(monitor, &circle);
	process_init(&process, &role);
}

static int ledger_start(void **state)
{
	struct fault f = { 0 };

	if (house_enter(state) != 0)
		return -1;
	process_begin();
	house = (struct house){ .process = &process,
		.answers = answers_new(&process),
		.said = held_log_new(),
		.durable = count,
		.ended = STAILQ_HEAD_INITIALIZER(house.ended),
		.committed = STAILQ_HEAD_INITIALIZER(house.committed) };
	expect_fault("ledger", ledger_open(&house.ledger, digest_sha256, &f), &f, ST_OK, NULL);
	house.survey = survey_new(&process, house.ledger);
	expect_fault("batch", batch_init(&house, &f), &f, ST_OK, NULL);
	return 0;
}

static int ledger_stop(void **state)
{
	ledger_close(house.ledger);
	circle_done(&circle);
	return house_leave(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(enough_wait_for_no_more),
		cmocka_unit_test(others_wait_for_a_notice),
		cmocka_unit_test(a_notice_waits_for_nobody),
		cmocka_unit_test(what_has_to_be_settled_is),
	};

	return cmocka_run_group_tests_name("ledger batch", tests, ledger_start, ledger_stop);
}
