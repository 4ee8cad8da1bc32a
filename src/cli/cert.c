/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tieline cert status|refresh|renew|roll: certificates that end are replaced without a day on which
 * both sides must switch.  renew makes a new one beside the old one, partners take the new sheet
 * when they come to it, roll names the moment from which we send with it, and the old one stays for
 * what partners still do with it.  refresh has word of revoked ones fetched now.
 */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/fd.h"
#include "cli/certificates.h"
#include "cli/desk_client.h"
#include "cli/fingerprint.h"
#include "cli/home.h"
#include "cli/output.h"
#include "cli/own_clock.h"
#include "cli/own_sheet.h"
#include "cli/readiness.h"
#include "cli/renewal.h"
#include "cli/revocations.h"
#include "cli/save.h"
#include "processes/process.h"
#include "safeguards/crypto.h"
#include "safeguards/signed_sheet.h"

#define SHEET_FILE "sheet.pem"
#define DAY_TEXT 10 /* bytes of "2027-01-15" */
#define ASK_TIMEOUT_MS 10000

enum { HOME, OUTPUT, AT, FINISH, JSON };
static const struct option_row options[] = {
	[HOME] = HOME_OPTION,
	[OUTPUT] = { "o", "FILE", "write the new sheet there, too", "renew --finish" },
	[AT] = { "at", "DATE",
		"from then on, 2027-01-15 or 2027-01-15T08:00:00Z; default now", "roll !--finish" },
	[FINISH] = { "finish", NULL, "remove the old ones before their end", "roll" },
	[JSON] = { "json", NULL, "for programs", "status" },
};

/* --- status --- */

struct showing {
	int64_t now_ns;
	json_t *all; /* NULL: for people */
	char party[PARTY_ID_MAX + 1];
	const struct registry *registry;
	struct revocations *known;
	const char *home;
	struct readiness *ready;
	bool is_asked, is_answered; /* about ready */
	bool clock_is_wrong;
};

static void standing_print(const struct credential *c, int64_t now_ns)
{
	char when[TIME_TEXT_MAX];
	char end[CERTIFICATE_END_MAX];

	printf("%s", cert_standing_name(c->standing));
	if (c->standing == STANDING_PLANNED)
		printf(" from %s", time_format(when, c->is_own ? c->from_ns : c->begins_ns));
	if (c->is_tolerated)
		printf(", tolerated");
	if (c->begins_ns != 0)
		printf(", valid from %.10s", time_format(when, c->begins_ns));
	printf(" to %.10s", time_format(when, c->ends_ns));
	printf(", %s\n", certificate_end_format(end, c, now_ns));
}

static void revocation_print(const struct showing *s, const struct credential *c)
{
	json_t *v = revocations_verdict(
		s->known, s->registry, c->party, c->fingerprint, s->now_ns);

	if (json_is_object(v))
		printf("           revocation: %s: %s\n",
			json_string_value(json_object_get(v, "state")),
			json_string_value(json_object_get(v, "why")));
	json_decref(v);
}

/* Asked when the first renewed one comes: else there is nothing to know.  NULL: not of this one. */
static json_t *readiness_of(struct showing *s, const struct credential *c)
{
	struct fault f;

	if (!c->is_own || c->generation < 2 || strcmp(c->use, cert_use_name(CERT_ENCRYPT)) != 0)
		return NULL;
	if (!s->is_asked)
		s->is_answered = readiness_ask(s->ready, s->home, &f) == ST_OK;
	if (!s->is_asked && !s->is_answered)
		fprintf(stderr, "tieline: who has the new sheet is not shown: %s\n", f.text);
	s->is_asked = true;
	return s->is_answered ? readiness_json(s->ready, s->registry, c->generation) : NULL;
}

static void readiness_print(struct showing *s, const struct credential *c)
{
	json_t *rows = readiness_of(s, c);
	const json_t *row;
	size_t i;

	json_array_foreach(rows, i, row) {
		const char *since = json_string_value(json_object_get(row, "since"));

		printf("           %s %s%s%s\n", since ? "seen to be used by" : "not yet used by",
			json_string_value(json_object_get(row, "partner")), since ? " since " : "",
			since ? since : "");
	}
	json_decref(rows);
}

static void credential_print(struct showing *s, const struct credential *c)
{
	AUTO_IN_PLACE(buf) shown = buf_init(FINGERPRINT_TEXT_MAX),
			   advice = buf_init(CERTIFICATE_ADVICE_MAX);

	fingerprint_format(&shown, c->fingerprint);
	certificate_advice(&advice, c, s->clock_is_wrong);
	printf("  %-8s ", c->use);
	standing_print(c, s->now_ns);
	if (c->subject[0])
		printf("           %s, %s\n", c->subject, c->key);
	printf("           %s\n", buf_text(&shown));
	revocation_print(s, c);
	readiness_print(s, c);
	if (advice.n != 0)
		printf("           to do: %s\n", buf_text(&advice));
}

/* Of a partner whose authorities are asked: what they say, and from where that came. */
static json_t *revocation_json(const struct showing *s, const struct credential *c)
{
	json_t *v = revocations_verdict(
		s->known, s->registry, c->party, c->fingerprint, s->now_ns);
	json_t *sources = json_array();
	size_t index;

	if (json_is_object(v) &&
		registry_find(&index, s->registry, slice_str(c->party), NULL) == ST_OK) {
		revocations_sources(
			sources, s->known, registry_partner(s->registry, index), s->now_ns);
		json_object_set(v, "sources", sources);
	}
	json_decref(sources);
	return v ? v : json_null();
}

static void on_credential(void *context, const struct credential *c)
{
	struct showing *s = context;

	if (s->all) {
		json_t *row = certificate_json(c, s->now_ns, s->clock_is_wrong);
		json_t *ready = readiness_of(s, c);
		json_object_set_new(row, "revocation", revocation_json(s, c));
		json_object_set_new(row, "sheet-seen", ready ? ready : json_null());
		json_array_append_new(s->all, row);
		return;
	}
	if (strcmp(s->party, c->party) != 0)
		printf("%s%s%s\n", s->party[0] ? "\n" : "", c->party,
			c->is_own ? " (this gateway)" : "");
	(void)!slice_to_text(s->party, sizeof(s->party), slice_str(c->party), NULL);
	credential_print(s, c);
}

static void sources_print(const struct showing *s)
{
	json_t *rows = json_array();

	for (size_t i = 0; i < registry_partner_count(s->registry); i++)
		revocations_sources(
			rows, s->known, registry_partner(s->registry, i), s->now_ns);
	if (json_array_size(rows) > 0)
		putchar('\n');
	revocations_print(rows);
	json_decref(rows);
}

/* What the gateway fetched is shown where it runs; the rest lies in the home. */
static void known_ask(struct showing *s, const char *home)
{
	bool is_fetched = false;
	struct fault f;

	for (size_t i = 0; i < registry_partner_count(s->registry); i++) {
		const struct trust_terms *t = &registry_partner(s->registry, i)->agreement->trust;
		is_fetched |= t->crl.count + t->ocsp.count > 0;
	}
	if (is_fetched && revocations_ask(s->known, home, &f) != ST_OK)
		fprintf(stderr, "tieline: what was fetched of revocation is not shown: %s\n",
			f.text);
}

static enum status status_show(struct showing *s, const char *home, struct fault *f)
{
	AUTO(registry) registry = NULL;

	s->clock_is_wrong = own_clock_warn(home);
	TRY(home_registry(&registry, home, f));
	s->registry = registry;
	known_ask(s, home);
	TRY(certificates_look(home, registry, s->now_ns, on_credential, s, f));
	if (!s->all)
		sources_print(s);
	return ST_OK;
}

static int status(const struct arguments *a, const char *home)
{
	AUTO_IN_PLACE(revocations) known = revocations_init();
	AUTO_IN_PLACE(readiness) ready = readiness_init();
	struct showing s = { .now_ns = clock_utc_ns(),
		.all = a->given[JSON] ? json_array() : NULL,
		.known = &known,
		.home = home,
		.ready = &ready };
	struct fault f;

	if (status_show(&s, home, &f) != ST_OK) {
		json_decref(s.all);
		return fail(&f, home_hint(&f));
	}
	if (s.all)
		json_print(s.all);
	return EXIT_DONE;
}

/* --- refresh --- */

static bool on_refreshed(void *context, struct ipc_packet *packet)
{
	struct fault *f = context;
	struct verb_fault end;

	if (packet->code != VERB_END)
		return false;
	if (ipc_body_parse(&end, packet, f) == ST_OK && end.status != ST_OK)
		fault_from_verb(f, end.status, end.code, end.text);
	return true;
}

static enum status refresh_ask(const char *home, struct fault *f)
{
	AUTO(desk_client) desk = NULL;

	TRY(desk_client_open(&desk, home, f));
	*f = (struct fault){ .status = ST_OK };
	TRY(desk_client_ask(desk, VERB_REFRESH, &(struct verb_empty){ 0 }, -1, ASK_TIMEOUT_MS,
		on_refreshed, f, f));
	return f->status;
}

static int refresh(const char *home)
{
	struct fault f;

	if (refresh_ask(home, &f) != ST_OK)
		return fail(&f, "nothing is fetched now");
	puts("The gateway fetches lists and answers now; `tieline cert status` shows what came.");
	return EXIT_DONE;
}

/* --- what renew and roll share --- */

struct work {
	const struct arguments *arguments;
	const char *path; /* of the home */
	int home, lock;
	struct settings *settings;
	struct keyring *ring;
	int64_t now_ns;
	bool wanted[CERT_USES];
};

static enum status work_begin(struct work *w, struct fault *f)
{
	TRY(home_open(&w->home, w->path, f));
	TRY(renewal_lock(&w->lock, w->home, f));
	TRY(own_settings_load(&w->settings, w->home, f));
	TRY(home_keyring(&w->ring, w->path, f));
	return renewal_tidy(w->home, w->ring, w->now_ns, f);
}

static void work_done(struct work *w)
{
	keyring_free(w->ring);
	settings_free(w->settings);
	fd_close(&w->lock);
	fd_close(&w->home);
}

/* -1, or what is wrong with the words. */
static int uses_choose(struct work *w)
{
	const struct arguments *a = w->arguments;
	bool found = a->operand_count < 2;

	for (enum cert_use use = 0; use < CERT_USES; use++) {
		w->wanted[use] = a->operand_count < 2 ||
			strcmp(a->operands[1], cert_use_name(use)) == 0;
		found |= w->wanted[use];
	}
	return found ? -1
		     : fail_with(EXIT_USAGE, "%s: tls, sign or encrypt, or none of them for all",
			       a->operands[1]);
}

static enum status sheet_write(const struct work *w, struct fault *f)
{
	AUTO_IN_PLACE(buf) pem = buf_init(SIGNED_SHEET_SIZE_MAX);
	AUTO(sheet) sheet = alloc_zeroed(1, sizeof(*sheet));
	AUTO_IN_PLACE(own_root) root = { 0 };

	sheet->issued_ns = clock_utc_ns();
	TRY(own_root_load(&root, w->home, f));
	TRY(own_sheet_fill(sheet, w->home, w->path, f));
	TRY(own_sheet_sign(&pem, sheet, &root, f));
	TRY(file_replace(w->home, SHEET_FILE, buf_slice(&pem), 0644, f));
	return w->arguments->given[OUTPUT]
		? save_bytes(w->arguments->values[OUTPUT], buf_slice(&pem), f)
		: ST_OK;
}

/* With what was made just now. */
static void files_print(const struct work *w)
{
	AUTO(keyring) ring = NULL;
	struct fault f;

	if (home_keyring(&ring, w->path, &f) != ST_OK)
		return;
	printf("    its software takes no sheet: give it, in PEM,");
	for (enum cert_use use = 0; use < CERT_USES; use++) {
		AUTO_IN_PLACE(buf) name = buf_init(64);
		if (!w->wanted[use])
			continue;
		keyring_name_put(&name, use, keyring_newest(ring, use)->generation, ".pem");
		printf(" %s/%s", w->path, buf_text(&name));
	}
	puts("");
}

static void partners_print(const struct work *w)
{
	AUTO(registry) registry = NULL;
	struct fault f;

	if (home_registry(&registry, w->path, &f) != ST_OK)
		return;
	for (size_t i = 0; i < registry_partner_count(registry); i++) {
		const struct sheet *sheet = registry_partner(registry, i)->sheet;
		printf("  %s \"%s\"\n", sheet->id, sheet->name);
		if (sheet->vouched)
			files_print(w);
	}
	if (registry_partner_count(registry) == 0)
		puts("  nobody yet: there are no partners");
}

static void sheet_tell(const struct work *w)
{
	if (w->arguments->given[OUTPUT])
		printf("The new sheet is %s.  Send it to\n", w->arguments->values[OUTPUT]);
	else
		printf("The new sheet is %s/" SHEET_FILE ".  Send it to\n", w->path);
	partners_print(w);
	puts("who take it with `tieline partner add`; it is of the same root, so nobody need be called.");
}

static void reload_tell(const struct work *w)
{
	if (home_reload(w->home))
		puts("The running gateway was told.");
}

/* --- renew --- */

static enum status made_next(unsigned *made, const struct work *w, enum cert_use use,
	const struct own_root *root, struct fault *f)
{
	enum status st = renewal_make(w->home, w->ring, use, root, w->settings, w->now_ns, f);

	if (st == ST_OK) {
		++*made;
		printf("Made a new certificate for %s; nothing is sent with it yet.\n",
			cert_use_name(use));
	}
	/* One that waits already is no reason not to renew the others. */
	return st == ST_INPUT && w->arguments->operand_count < 2 ? ST_OK : st;
}

static enum status all_make(unsigned *made, const struct work *w, struct fault *f)
{
	AUTO_IN_PLACE(own_root) root = { 0 };

	TRY(own_root_load(&root, w->home, f));
	for (enum cert_use use = 0; use < CERT_USES; use++)
		if (w->wanted[use])
			TRY(made_next(made, w, use, &root, f));
	return *made != 0 ? ST_OK : ST_INPUT; /* the fault is that of the last one */
}

static void end_print(const struct work *w)
{
	int64_t ends_ns = INT64_MAX;
	char when[TIME_TEXT_MAX];

	for (enum cert_use use = 0; use < CERT_USES; use++) {
		int64_t end = cert_not_after_ns(keyring_current(w->ring, use, w->now_ns)->cert);
		if (w->wanted[use] && end < ends_ns)
			ends_ns = end;
	}
	printf("When all have taken it, and before %.10s: `tieline cert roll`\n",
		time_format(when, ends_ns));
}

static int renew(struct work *w)
{
	unsigned made = 0;
	struct fault f;

	if (all_make(&made, w, &f) != ST_OK)
		return fail(&f, made ? "the others were made" : "nothing was made");
	if (sheet_write(w, &f) != ST_OK)
		return fail(&f, "the certificates were made, the sheet was not: `tieline sheet`");
	sheet_tell(w);
	end_print(w);
	reload_tell(w);
	return EXIT_DONE;
}

/* --- roll --- */

static enum status moment_read(int64_t *at_ns, const struct work *w, struct fault *f)
{
	AUTO_IN_PLACE(buf) text = buf_init(2 * TIME_TEXT_MAX);
	struct slice given = slice_str(w->arguments->values[AT]);

	*at_ns = w->now_ns;
	if (!w->arguments->given[AT])
		return ST_OK;
	buf_put(&text, slice_to(given, TIME_TEXT_MAX));
	if (given.n == DAY_TEXT)
		buf_put_text(&text, "T00:00:00Z");
	TRY(time_parse(at_ns, buf_slice(&text), f));
	if (*at_ns < w->now_ns)
		return fault_set(f, ST_INPUT, "cert.moment", "%.*s is over",
			SLICE_FMT(slice_to(given, TIME_TEXT_MAX)));
	return ST_OK;
}

static enum status use_roll(
	unsigned *rolled, const struct work *w, enum cert_use use, int64_t at_ns, struct fault *f)
{
	char when[TIME_TEXT_MAX];
	enum status st = renewal_roll(w->home, w->ring, use, at_ns, w->now_ns, f);

	if (st == ST_OK) {
		++*rolled;
		printf("The new certificate for %s is used from %s on.\n", cert_use_name(use),
			w->arguments->given[AT] ? time_format(when, at_ns) : "now");
	}
	return st == ST_INPUT && strcmp(f->code, "cert.nothing") == 0 &&
			w->arguments->operand_count < 2
		? ST_OK
		: st;
}

static size_t unready_print(
	const struct readiness *r, const struct registry *registry, unsigned generation)
{
	size_t unready = 0;

	for (size_t i = 0; i < registry_partner_count(registry); i++) {
		const struct partner *p = registry_partner(registry, i);

		if (p->agreement->suspended ||
			readiness_since_ns(r, p->sheet->id, generation) != 0)
			continue;
		unready++;
		fprintf(stderr, "tieline: not seen with the new sheet yet: %s \"%s\"\n",
			p->sheet->id, p->sheet->name);
	}
	return unready;
}

/* What is about to be used that partners must know: nothing is shown to them for encryption. */
static bool shown_choose(bool shown[CERT_USES], const struct work *w)
{
	bool any = false;

	for (enum cert_use use = 0; use < CERT_USES; use++) {
		shown[use] = w->wanted[use] && use != CERT_ENCRYPT &&
			keyring_newest(w->ring, use) != keyring_current(w->ring, use, w->now_ns);
		any |= shown[use];
	}
	return any;
}

/* It goes on all the same: a partner that sends us nothing is never seen, and may be ready. */
static void unready_warn(const struct work *w)
{
	AUTO_IN_PLACE(readiness) r = readiness_init();
	AUTO(registry) registry = NULL;
	bool shown[CERT_USES];
	struct fault f;

	if (!shown_choose(shown, w) || home_registry(&registry, w->path, &f) != ST_OK)
		return;
	unsigned generation = readiness_generation(w->ring, shown);
	if (generation == 0)
		fprintf(stderr, "tieline: who has the new sheet cannot be seen: it lists no newer "
				"certificate for encryption\n");
	else if (readiness_ask(&r, w->path, &f) != ST_OK)
		fprintf(stderr, "tieline: who has the new sheet is not known: %s\n", f.text);
	else if (unready_print(&r, registry, generation) > 0)
		fprintf(stderr, "tieline: who does not have it refuses us from then on: see "
				"`tieline cert status`\n");
}

static int roll_at(struct work *w)
{
	unsigned rolled = 0;
	struct fault f;
	int64_t at_ns;
	enum status st = moment_read(&at_ns, w, &f);

	if (st == ST_OK)
		unready_warn(w);
	for (enum cert_use use = 0; use < CERT_USES && st == ST_OK; use++)
		if (w->wanted[use])
			st = use_roll(&rolled, w, use, at_ns, &f);
	if (rolled == 0)
		return fail(&f, "nothing was changed");
	if (st != ST_OK)
		return fail(&f, "the others were rolled");
	puts("From then on partners accept us by the new sheet; what they still seal to the old key");
	puts("is opened until 30 days after its end.");
	reload_tell(w);
	return EXIT_DONE;
}

static int roll_finish(struct work *w)
{
	size_t removed = 0;
	struct fault f;
	enum status st = ST_OK;

	for (enum cert_use use = 0; use < CERT_USES && st == ST_OK; use++)
		if (w->wanted[use])
			st = renewal_finish(w->home, w->ring, use, &removed, w->now_ns, &f);
	if (st != ST_OK)
		return fail(&f, removed ? "some were removed" : "nothing was removed");
	printf("Removed %zu old certificate%s and their keys.\n", removed,
		removed == 1 ? "" : "s");
	if (removed != 0 && sheet_write(w, &f) != ST_OK)
		return fail(&f, "the sheet was not written: `tieline sheet`");
	reload_tell(w);
	return EXIT_DONE;
}

static int roll(struct work *w)
{
	return w->arguments->given[FINISH] ? roll_finish(w) : roll_at(w);
}

static int work(const struct arguments *a, const char *home, int (*run)(struct work *))
{
	struct work w = { .arguments = a, .path = home, .home = -1, .lock = -1,
		.now_ns = clock_utc_ns() };
	struct fault f;
	int code = uses_choose(&w);

	if (code < 0)
		code = work_begin(&w, &f) == ST_OK ? run(&w) : fail(&f, "nothing was changed");
	work_done(&w);
	return code;
}

static int run(const struct arguments *a)
{
	const char *verb = a->operands[0], *home = home_path(a->values[HOME]);
	struct fault f;

	if (!home)
		return EXIT_USAGE;
	if (crypto_init(&f) != ST_OK)
		return fail(&f, NULL);
	if (strcmp(verb, "status") == 0 && a->operand_count == 1)
		return status(a, home);
	if (strcmp(verb, "refresh") == 0 && a->operand_count == 1)
		return refresh(home);
	if (strcmp(verb, "renew") == 0)
		return work(a, home, renew);
	if (strcmp(verb, "roll") == 0)
		return work(a, home, roll);
	return fail_with(EXIT_USAGE, "cert %s: status, refresh, renew or roll", verb);
}

const struct command cert_command = {
	.name = "cert",
	.operands = "status | refresh | renew [USE] | roll [USE]",
	.purpose = "certificates: how long they last, and new ones before they end",
	COMMAND_OPTIONS(options),
	.operands_min = 1,
	.operands_max = 2,
	.run = run,
};
