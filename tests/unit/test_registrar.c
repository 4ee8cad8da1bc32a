/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ledger's half of the register, with a register that says what a test wants: what an envelope
 * is told, when it is asked again, and what is applied and noted with the message that is stored.
 */
#include "ledger_messages.h"

#include <sys/mman.h>

#include "exchange/facts.h"
#include "processes/registrar.h"

#define ENVELOPE 2
#define ASKED 77

/* What it says now, and what it was asked and told. */
static struct {
	const char *code; /* of the verdict; NULL: nothing speaks against it */
	enum status fails, apply_fails; /* ST_OK: not */
	unsigned findings;
	unsigned judged, applied;
	uint64_t row;
	size_t n; /* bytes of facts */
	enum direction_of_message direction;
	int64_t came_ns;
} fake;

static enum status fake_judge(struct register_verdict *out, struct ledger *l,
	const struct register_question *q, void (*finding)(void *context, const struct fault *),
	void *context, struct fault *f)
{
	struct fault one = { 0 };

	(void)l;
	fake.judged++;
	fake.n = q->facts.n;
	fake.direction = q->direction;
	fake.came_ns = q->came_ns;
	if (fake.fails)
		return fault_set(f, fake.fails, "facts.malformed", "not now");
	*out = (struct register_verdict){ .findings = fake.findings };
	if (fake.code)
		fault_set(&out->fault, ST_AUTH, fake.code, "it is not so");
	for (unsigned i = 0; i < fake.findings; i++) {
		fault_set(&one, ST_AUTH, fake.code, "finding %u", i);
		finding(context, &one);
	}
	return ST_OK;
}

static enum status fake_apply(
	struct ledger *l, uint64_t row, const struct register_question *q, struct fault *f)
{
	(void)l;
	fake.applied++;
	fake.row = row;
	assert_int_equal(q->facts.n, fake.n);
	return fake.apply_fails ? fault_set(f, fake.apply_fails, "registry.x", "no") : ST_OK;
}

static const struct register_functions fakes = { fake_judge, fake_apply };

struct scene {
	struct ledger *ledger;
	struct registrar *registrar;
	struct fault f;
};

static void scene_init(struct scene *s)
{
	fake = (typeof(fake)){ 0 };
	s->f = (struct fault){ 0 };
	house_clear();
	expect_fault("open", ledger_open(&s->ledger, digest_sha256, &s->f), &s->f, ST_OK, NULL);
	s->registrar = registrar_new(s->ledger, &fakes);
}

static void scene_done(struct scene *s)
{
	registrar_free(s->registrar);
	ledger_close(s->ledger);
}

static int facts_file(struct slice facts)
{
	struct fault f;
	int fd = -1;

	assert_int_equal(memory_file_new(&fd, "facts", facts, &f), ST_OK);
	return fd;
}

static const struct verb_consult question = { .direction = MESSAGE_IN,
	.partner = S("acme"),
	.message_id = S("<a@b>"),
	.came_ns = 7 };

static struct verb_consulted ask(struct scene *s, struct fault *against)
{
	return registrar_consult(
		s->registrar, ENVELOPE, ASKED, &question, facts_file(S("facts")), against);
}

static const struct draft drafted = { .id = "<a@b>", .size = 10 };

static struct registrar_message message(enum registry_policy policy)
{
	return (struct registrar_message){ .envelope = ENVELOPE,
		.facts = ASKED,
		.direction = MESSAGE_IN,
		.partner = S("acme"),
		.message_id = S("<a@b>"),
		.policy = policy };
}

/* As the ledger process does it. */
static enum status store(struct scene *s, enum registry_policy policy, uint64_t *row)
{
	const struct registrar_message m = message(policy);
	uint64_t findings;

	TRY(registrar_check(s->registrar, &m, &s->f));
	assert_int_equal(ledger_begin(s->ledger, &s->f), ST_OK);
	enum status st = draft_receive(row, s->ledger, &drafted, &s->f);
	if (st == ST_OK)
		st = registrar_apply(&findings, s->registrar, *row, &s->f);
	if (st == ST_RETRY || st == ST_HOST)
		ledger_rollback(s->ledger);
	else
		assert_int_equal(ledger_commit(s->ledger, &s->f), ST_OK);
	registrar_done(s->registrar, ENVELOPE);
	return st;
}

/* --- what an envelope is told ----------------------------------------------------------- */

static void an_envelope_is_told(void **state)
{
	struct fault against;
	struct scene s;

	(void)state;
	scene_init(&s);
	struct verb_consulted v = ask(&s, &against);
	assert_int_equal(v.status, ST_OK);
	assert_int_equal(v.code.n, 0);
	assert_int_equal(fake.n, 5);
	assert_int_equal(fake.direction, MESSAGE_IN);
	fake.code = "registry.capability";
	fake.findings = 3;
	v = ask(&s, &against);
	assert_int_equal(v.status, ST_AUTH);
	assert_true(slice_eq(v.code, S("registry.capability")));
	assert_int_equal(v.findings, 3);
	scene_done(&s);
}

static const struct {
	const char *name;
	enum status fails, want;
} troubles[] = {
	{ "a busy disk is no verdict", ST_RETRY, ST_RETRY },
	{ "a broken one is none", ST_HOST, ST_HOST },
	{ "facts that cannot be read are our fault", ST_INPUT, ST_HOST },
};

static void trouble_is_no_verdict(void **state)
{
	struct fault against;
	struct scene s;

	(void)state;
	scene_init(&s);
	for (size_t i = 0; i < COUNT(troubles); i++) {
		fake.fails = troubles[i].fails;
		if (ask(&s, &against).status != troubles[i].want)
			fail_msg("%s", troubles[i].name);
	}
	fake.fails = ST_OK;
	struct verb_consult odd = question;
	odd.direction = 7;
	struct verb_consulted v = registrar_consult(
		s.registrar, ENVELOPE, ASKED, &odd, facts_file(S("x")), &against);
	assert_int_equal(v.status, ST_HOST);
	scene_done(&s);
}

/* The size is what the file says: it is not believed beyond its bound. */
static void a_file_of_any_size_is_bounded(void **state)
{
	struct fault against;
	struct scene s;
	int fd = memfd_create("facts", MFD_CLOEXEC);

	(void)state;
	scene_init(&s);
	assert_int_equal(ftruncate(fd, (off_t)FACTS_MAX + 1), 0);
	struct verb_consulted v =
		registrar_consult(s.registrar, ENVELOPE, ASKED, &question, fd, &against);
	assert_int_equal(v.status, ST_HOST);
	assert_true(slice_eq(v.code, S("facts.malformed")));
	assert_int_equal(fake.judged, 0);
	scene_done(&s);
}

/* --- when it is stored ------------------------------------------------------------------ */

static void what_is_stored_is_applied(void **state)
{
	struct fault against;
	struct scene s;
	uint64_t row;

	(void)state;
	scene_init(&s);
	(void)ask(&s, &against);
	assert_int_equal(fake.came_ns, question.came_ns);
	fake.came_ns = 0;
	assert_int_equal(store(&s, REGISTRY_REFUSE, &row), ST_OK);
	assert_int_equal(fake.came_ns, question.came_ns);
	assert_int_equal(fake.judged, 2);
	assert_int_equal(fake.applied, 1);
	assert_int_equal(fake.row, row);
	/* The question is used up. */
	assert_int_equal(store(&s, REGISTRY_REFUSE, &row), ST_RETRY);
	assert_string_equal(s.f.code, "registry.lost");
	scene_done(&s);
}

/* It agrees, whatever is said now: the stored receipt is the answer. */
static void a_duplicate_is_not_judged(void **state)
{
	struct fault against;
	struct scene s;
	uint64_t row;

	(void)state;
	scene_init(&s);
	(void)ask(&s, &against);
	assert_int_equal(store(&s, REGISTRY_REFUSE, &row), ST_OK);
	fake.code = "registry.duplicate";
	assert_int_equal(ask(&s, &against).status, ST_OK);
	assert_int_equal(store(&s, REGISTRY_REFUSE, &row), ST_NONE);
	assert_string_equal(s.f.code, "ledger.duplicate");
	assert_int_equal(fake.judged, 2);
	assert_int_equal(fake.applied, 1);
	scene_done(&s);
}

static const struct {
	const char *name, *before, *after;
	enum registry_policy policy;
	enum status want;
} changes[] = {
	{ "nothing", NULL, NULL, REGISTRY_REFUSE, ST_OK },
	{ "it speaks against it now", NULL, "registry.unknown", REGISTRY_REFUSE, ST_RETRY },
	{ "and is only flagged", NULL, "registry.unknown", REGISTRY_FLAG, ST_OK },
	{ "it did before", "registry.unknown", "registry.unknown", REGISTRY_FLAG, ST_OK },
	{ "the agreement refuses since", "registry.unknown", "registry.unknown", REGISTRY_REFUSE,
		ST_OK },
	{ "it does no more", "registry.unknown", NULL, REGISTRY_FLAG, ST_OK },
};

static void what_changed_in_between(void **state)
{
	struct fault against;

	(void)state;
	for (size_t i = 0; i < COUNT(changes); i++) {
		struct scene s;
		uint64_t row;

		scene_init(&s);
		fake.code = changes[i].before;
		(void)ask(&s, &against);
		fake.code = changes[i].after;
		enum status st = store(&s, changes[i].policy, &row);
		if (st != changes[i].want || fake.applied != (st == ST_OK))
			fail_msg("%s: %s, applied %u", changes[i].name, status_name(st),
				fake.applied);
		if (st == ST_RETRY)
			assert_string_equal(s.f.code, "registry.changed");
		scene_done(&s);
	}
}

static void lost_check(struct scene *s)
{
	uint64_t row;

	assert_int_equal(store(s, REGISTRY_REFUSE, &row), ST_RETRY);
	assert_string_equal(s->f.code, "registry.lost");
	assert_int_equal(fake.applied, 0);
}

/* Nothing asked, another question, a link that is gone: what it was about is not known. */
static void a_question_that_is_not_there(void **state)
{
	struct fault against;
	struct scene s;

	(void)state;
	scene_init(&s);
	lost_check(&s);
	(void)ask(&s, &against);
	registrar_forget(s.registrar, ENVELOPE);
	lost_check(&s);
	(void)registrar_consult(
		s.registrar, ENVELOPE, ASKED + 1, &question, facts_file(S("x")), &against);
	lost_check(&s);
	(void)registrar_consult(
		s.registrar, ENVELOPE + 1, ASKED, &question, facts_file(S("x")), &against);
	lost_check(&s);
	scene_done(&s);
}

static void without_facts_nothing_happens(void **state)
{
	struct registrar_message m = message(REGISTRY_REFUSE);
	struct fault against;
	uint64_t findings;
	struct scene s;

	(void)state;
	scene_init(&s);
	(void)ask(&s, &against);
	m.facts = 0;
	assert_int_equal(registrar_check(s.registrar, &m, &s.f), ST_OK);
	assert_int_equal(registrar_apply(&findings, s.registrar, 1, &s.f), ST_NONE);
	assert_int_equal(fake.judged, 1);
	scene_done(&s);
}

/* Whatever fails then has half-done something: the batch is undone. */
static void a_register_that_fails_undoes_the_batch(void **state)
{
	static const enum status fails[] = { ST_INPUT, ST_AUTH, ST_HOST, ST_RETRY, ST_LIMIT };
	struct fault against;
	struct scene s;
	uint64_t row;

	(void)state;
	scene_init(&s);
	for (size_t i = 0; i < COUNT(fails); i++) {
		(void)ask(&s, &against);
		fake.apply_fails = fails[i];
		enum status st = store(&s, REGISTRY_FLAG, &row);
		assert_true(st == ST_HOST || st == ST_RETRY);
		assert_int_equal(s.f.status, st);
	}
	assert_int_equal(ledger_get(&(struct ledger_message){ 0 }, s.ledger, 1, NULL), ST_NONE);
	scene_done(&s);
}

/* --- what is seen of it ------------------------------------------------------------------ */

struct seen {
	unsigned findings, flagged;
};

static void event_take(void *context, const struct ledger_event *e)
{
	struct seen *seen = context;

	seen->findings += slice_eq(e->what, S("registry-finding"));
	seen->flagged += slice_eq(e->what, S("registry-flagged"));
}

static void events_expect(struct scene *s, uint64_t row, unsigned findings, unsigned flagged)
{
	struct seen seen = { 0 };

	assert_int_equal(ledger_events(s->ledger, row, 0, 500, event_take, &seen, &s->f), ST_OK);
	assert_int_equal(seen.findings, findings);
	assert_int_equal(seen.flagged, flagged);
}

static void findings_are_events(void **state)
{
	struct ledger_message m;
	struct fault against;
	struct scene s;
	uint64_t row;

	(void)state;
	scene_init(&s);
	fake.code = "registry.capability";
	fake.findings = 3 * LEDGER_FINDINGS_MAX;
	(void)ask(&s, &against);
	assert_int_equal(store(&s, REGISTRY_FLAG, &row), ST_OK);
	events_expect(&s, row, LEDGER_FINDINGS_MAX, 1);
	assert_int_equal(ledger_get(&m, s.ledger, row, &s.f), ST_OK);
	assert_true(slice_eq(m.fault_code, S("registry.capability")));
	scene_done(&s);
}

/* Of a message that is refused all is kept that speaks against it, and nothing is learned of it. */
static void what_is_refused_keeps_its_findings(void **state)
{
	const struct registrar_message m = message(REGISTRY_REFUSE);
	struct fault against;
	struct scene s;
	uint64_t row;

	(void)state;
	scene_init(&s);
	fake.code = "registry.capability";
	fake.findings = 2;
	(void)ask(&s, &against);
	assert_int_equal(registrar_check(s.registrar, &m, &s.f), ST_OK);
	assert_int_equal(ledger_begin(s.ledger, &s.f), ST_OK);
	assert_int_equal(draft_receive(&row, s.ledger, &drafted, &s.f), ST_OK);
	assert_int_equal(registrar_note(s.registrar, row, &s.f), ST_OK);
	assert_int_equal(ledger_commit(s.ledger, &s.f), ST_OK);
	registrar_done(s.registrar, ENVELOPE);
	assert_int_equal(fake.applied, 0);
	events_expect(&s, row, 2, 0);
	scene_done(&s);
}

/* Not before the receipt: until then a fault is why it waits. */
static void what_was_sent_is_flagged_when_it_is_delivered(void **state)
{
	struct ledger_message m;
	struct scene s;
	uint64_t row;
	bool repeated;

	(void)state;
	scene_init(&s);
	const struct fault worst = { .status = ST_AUTH, .code = "registry.order", .text = "early" };
	const struct draft d = { .id = "<a@b>", .size = 10, .state = DELIVERY_SENDING };
	assert_int_equal(ledger_begin(s.ledger, &s.f), ST_OK);
	assert_int_equal(draft_submit(&row, &repeated, s.ledger, &d, &s.f), ST_OK);
	assert_int_equal(ledger_registry_flag(s.ledger, row, &worst, 5, &s.f), ST_OK);
	assert_int_equal(ledger_get(&m, s.ledger, row, &s.f), ST_OK);
	assert_int_equal(m.fault_code.n, 0);
	const struct ledger_settlement settlement = { .row = row,
		.state = DELIVERY_DELIVERED,
		.parcel = -1,
		.now_ns = 9,
		.partner = S("acme") };
	assert_int_equal(ledger_settle(s.ledger, &settlement, &s.f), ST_OK);
	assert_int_equal(ledger_get(&m, s.ledger, row, &s.f), ST_OK);
	assert_true(slice_eq(m.fault_code, S("registry.order")));
	assert_int_equal(ledger_commit(s.ledger, &s.f), ST_OK);
	scene_done(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_envelope_is_told),
		cmocka_unit_test(trouble_is_no_verdict),
		cmocka_unit_test(a_file_of_any_size_is_bounded),
		cmocka_unit_test(what_is_stored_is_applied),
		cmocka_unit_test(a_duplicate_is_not_judged),
		cmocka_unit_test(what_changed_in_between),
		cmocka_unit_test(a_question_that_is_not_there),
		cmocka_unit_test(without_facts_nothing_happens),
		cmocka_unit_test(a_register_that_fails_undoes_the_batch),
		cmocka_unit_test(findings_are_events),
		cmocka_unit_test(what_is_refused_keeps_its_findings),
		cmocka_unit_test(what_was_sent_is_flagged_when_it_is_delivered),
	};

	return cmocka_run_group_tests(tests, house_enter, house_leave);
}
