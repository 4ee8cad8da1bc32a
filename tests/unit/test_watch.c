/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A year of a gateway that is never restarted, hour by hour: what is said of certificates that near
 * their end, when, how often, and with which advice.
 */
#include "exchange_expect.h"

#include "circle.h"
#include "processes/watch.h"

#define HOUR_NS (3600 * NS_PER_S)
#define VALID_DAYS 398
#define HEARD_MAX 65536

static struct circle sunny, windy;

/* --- a house --- */

struct house {
	struct keyring *ring;
	struct registry *registry;
	struct watch *watch;
	struct buf heard; /* "DAY WHOSE USE NEARNESS\n" */
	int64_t now_ns;
};

static void own(struct house *h, enum cert_use use, unsigned generation, int64_t from_ns, int begin)
{
	AUTO(cert) cert = circle_issue(&sunny, use, NOW + begin * DAY_NS);
	struct fault f;

	must(keyring_add(h->ring, use, generation, from_ns, cert, &f), &f);
}

static void house_init(struct house *h)
{
	*h = (struct house){ .ring = keyring_new(), .watch = watch_new(),
		.registry = registry_new(settings_of("sunny")), .heard = buf_init(HEARD_MAX) };
	for (enum cert_use use = 0; use < CERT_USES; use++)
		own(h, use, 1, 0, use == CERT_SIGN ? 0 : 3000);
}

static void house_done(struct house *h)
{
	keyring_free(h->ring);
	registry_free(h->registry);
	watch_free(h->watch);
	buf_done(&h->heard);
}
DEFINE_AUTO_IN_PLACE(house)

static void partner(struct house *h, struct sheet *sheet, struct agreement *agreement)
{
	struct fault f;

	must(registry_add(h->registry, sheet, agreement, &f), &f);
}

static void on_told(void *context, const struct credential *c)
{
	struct house *h = context;

	buf_putf(&h->heard, "%lld %s %s %d\n", (long long)((h->now_ns - NOW) / DAY_NS), c->party,
		c->use, (int)c->nearness);
}

/* Looks every hour from one day to another. */
static void watch_days(struct house *h, int from, int to)
{
	for (h->now_ns = NOW + from * DAY_NS; h->now_ns <= NOW + to * DAY_NS; h->now_ns += HOUR_NS)
		watch_look(h->watch, h->ring, NULL, h->registry, h->now_ns, on_told, h);
}

/* --- when --- */

/* An hour at the latest; where something ends before that, then. */
static void it_looks_when_the_next_may_be_told(void **state)
{
	static const struct {
		int64_t before_ns, wait_ns;
	} cases[] = {
		{ 2 * HOUR_NS, HOUR_NS },
		{ HOUR_NS / 2, HOUR_NS / 2 },
		{ NS_PER_S, NS_PER_S },
		{ -NS_PER_S, HOUR_NS },
	};
	static const int days[] = { 60, 30, 14, 7, 0 };
	AUTO_IN_PLACE(house) h;

	(void)state;
	house_init(&h);
	for (size_t d = 0; d < COUNT(days); d++)
		for (size_t i = 0; i < COUNT(cases); i++) {
			int64_t end_ns = cert_not_after_ns(sunny.certs[CERT_SIGN]);
			h.now_ns = end_ns - days[d] * DAY_NS - cases[i].before_ns;
			int64_t next_ns = watch_look(h.watch, h.ring, NULL, h.registry, h.now_ns,
				on_told, &h);
			assert_int_equal(next_ns - h.now_ns, cases[i].wait_ns);
		}
}

static void each_step_is_told_once(void **state)
{
	AUTO_IN_PLACE(house) h;

	(void)state;
	house_init(&h);
	watch_days(&h, 0, 500);
	expect_text("a year", buf_text(&h.heard),
		"338 sunny sign 1\n368 sunny sign 2\n384 sunny sign 3\n391 sunny sign 4\n"
		"398 sunny sign 5\n");
}

static void a_gateway_started_late_says_the_last_step(void **state)
{
	AUTO_IN_PLACE(house) h;

	(void)state;
	house_init(&h);
	watch_days(&h, 386, 389);
	expect_text("late", buf_text(&h.heard), "386 sunny sign 3\n");
	/* A reload asks again, and the clock may be set back: nothing is said twice. */
	watch_days(&h, 386, 386);
	watch_days(&h, 340, 389);
	expect_text("again", buf_text(&h.heard), "386 sunny sign 3\n");
}

static void what_is_taken_over_from_is_not_told(void **state)
{
	AUTO_IN_PLACE(house) h;

	(void)state;
	house_init(&h);
	own(&h, CERT_SIGN, 2, NOW + 350 * DAY_NS, 3000);
	watch_days(&h, 0, 500);
	expect_text("planned in time", buf_text(&h.heard), "");
}

static void a_next_one_that_nobody_uses_is_no_help(void **state)
{
	AUTO_IN_PLACE(house) h;

	(void)state;
	house_init(&h);
	own(&h, CERT_SIGN, 2, KEYRING_NEVER, 3000);
	watch_days(&h, 385, 385);
	expect_text("waiting", buf_text(&h.heard), "385 sunny sign 3\n");
}

static void a_moment_after_the_end_is_no_help(void **state)
{
	AUTO_IN_PLACE(house) h;

	(void)state;
	house_init(&h);
	own(&h, CERT_SIGN, 2, NOW + 400 * DAY_NS, 3000);
	watch_days(&h, 385, 385);
	expect_text("too late", buf_text(&h.heard), "385 sunny sign 3\n");
}

static void partners_and_roots_are_told_too(void **state)
{
	AUTO_IN_PLACE(house) h;
	struct sheet *sheet = circle_sheet(&windy);

	(void)state;
	house_init(&h);
	sheet->root_ends_ns = NOW + 400 * DAY_NS;
	partner(&h, sheet, circle_agreement(&windy));
	watch_days(&h, 392, 392);
	expect_text("partner", buf_text(&h.heard),
		"392 sunny sign 4\n392 windy root 3\n392 windy tls 4\n392 windy sign 4\n"
		"392 windy encrypt 4\n");
	h.now_ns = NOW + 3640 * DAY_NS;
	buf_clear(&h.heard);
	watch_look(h.watch, h.ring, sunny.root, h.registry, h.now_ns, on_told, &h);
	assert_true(slice_has_prefix(buf_slice(&h.heard), S("3640 sunny root 3\n")));
}

/* A new sheet silences what the old one was told for; the old one, should it return, is news. */
static void a_new_sheet_ends_it(void **state)
{
	AUTO_IN_PLACE(house) h;
	struct sheet *sheet = circle_sheet(&windy);
	AUTO(cert) next = circle_issue(&windy, CERT_TLS, NOW + 300 * DAY_NS);
	AUTO(cert) late = circle_issue(&windy, CERT_SIGN, NOW + 399 * DAY_NS);

	(void)state;
	house_init(&h);
	sheet_list(sheet, CERT_TLS, next);
	sheet_list(sheet, CERT_SIGN, late); /* begins when the old one has ended: a gap */
	partner(&h, sheet, circle_agreement(&windy));
	watch_days(&h, 392, 392);
	expect_text("next", buf_text(&h.heard),
		"392 sunny sign 4\n392 windy sign 4\n392 windy encrypt 4\n");
}

/* --- what --- */

struct expectation {
	const char *use;
	unsigned generation;
	struct credential found;
	struct buf advice;
};

static void on_credential(void *context, const struct credential *c)
{
	struct expectation *e = context;

	if (strcmp(c->use, e->use) != 0 || c->generation != e->generation)
		return;
	e->found = *c;
	credential_advice(&e->advice, c);
}

static void advice_of(const struct house *h, const char *use, unsigned generation, int day,
	enum cert_standing standing, const char *advice)
{
	struct expectation e = { .use = use, .generation = generation, .advice = buf_init(512) };

	credentials_each(h->ring, sunny.root, h->registry, NOW + day * DAY_NS, on_credential, &e);
	if (!e.found.use || e.found.standing != standing)
		fail_msg("%s %u on day %d: %s", use, generation, day,
			e.found.use ? cert_standing_name(e.found.standing) : "missing");
	expect_text(use, buf_text(&e.advice), advice);
	buf_done(&e.advice);
}

static void standings_and_advice_of_ours(void **state)
{
	AUTO_IN_PLACE(house) h;

	(void)state;
	house_init(&h);
	advice_of(&h, "sign", 1, 10, STANDING_USED, "");
	advice_of(&h, "sign", 1, 390, STANDING_USED, "`tieline cert renew sign`");
	advice_of(&h, "sign", 1, 399, STANDING_ENDED, "`tieline cert renew sign`");
	own(&h, CERT_SIGN, 2, KEYRING_NEVER, 300);
	advice_of(&h, "sign", 1, 390, STANDING_USED, "`tieline cert roll sign`");
	advice_of(&h, "sign", 2, 390, STANDING_WAITING, "");
	own(&h, CERT_SIGN, 3, NOW + 395 * DAY_NS, 301);
	advice_of(&h, "sign", 1, 390, STANDING_USED, "");
	advice_of(&h, "sign", 3, 390, STANDING_PLANNED, "");
	advice_of(&h, "sign", 1, 396, STANDING_ACCEPTED, "");
	advice_of(&h, "sign", 3, 396, STANDING_USED, "");
	advice_of(&h, "root", 0, 3645, STANDING_USED,
		"make a new home with `tieline init`, and have every partner add its sheet");
}

static void standings_and_advice_of_theirs(void **state)
{
	static const char ask[] = "ask windy for a new sheet, then `tieline partner add SHEET`";
	AUTO_IN_PLACE(house) h;
	struct sheet *sheet = circle_sheet_bare(&windy);
	struct agreement *agreement = circle_agreement(&windy);
	AUTO_IN_PLACE(buf) bridge = buf_init(512);

	(void)state;
	house_init(&h);
	keyring_free(h.ring);
	h.ring = keyring_new();
	sheet_list(sheet, CERT_ENCRYPT, windy.certs[CERT_ENCRYPT]);
	partner(&h, sheet, agreement);
	advice_of(&h, "encrypt", 0, 10, STANDING_USED, "");
	advice_of(&h, "encrypt", 0, -1, STANDING_PLANNED, "");
	advice_of(&h, "encrypt", 0, 390, STANDING_USED, ask);
	buf_putf(&bridge,
		"%s; until it is there, tolerate.expired-certificates in its agreement.yaml can bridge",
		ask);
	advice_of(&h, "encrypt", 0, 399, STANDING_ENDED, buf_text(&bridge));
	agreement->tolerate_expired_ns = NOW + 400 * DAY_NS;
	advice_of(&h, "encrypt", 0, 399, STANDING_ENDED, ask);
	advice_of(&h, "encrypt", 0, 401, STANDING_ENDED, buf_text(&bridge));
}

static int circles_make(void **state)
{
	(void)state;
	circle_make(&sunny, "sunny");
	circle_make(&windy, "windy");
	return 0;
}

static int circles_done(void **state)
{
	(void)state;
	circle_done(&sunny);
	circle_done(&windy);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_looks_when_the_next_may_be_told),
		cmocka_unit_test(each_step_is_told_once),
		cmocka_unit_test(a_gateway_started_late_says_the_last_step),
		cmocka_unit_test(what_is_taken_over_from_is_not_told),
		cmocka_unit_test(a_next_one_that_nobody_uses_is_no_help),
		cmocka_unit_test(a_moment_after_the_end_is_no_help),
		cmocka_unit_test(partners_and_roots_are_told_too),
		cmocka_unit_test(a_new_sheet_ends_it),
		cmocka_unit_test(standings_and_advice_of_ours),
		cmocka_unit_test(standings_and_advice_of_theirs),
	};

	return cmocka_run_group_tests_name("watch", tests, circles_make, circles_done);
}
