/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tieline partner add|list|show|anchors|lists|remove: whom this gateway knows.  A sheet is believed
 * because a person compared its fingerprint over another channel; afterwards the same root may
 * update it.
 */
#include "cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/codec.h"
#include "base/fd.h"
#include "cli/desk_client.h"
#include "cli/fingerprint.h"
#include "cli/home.h"
#include "cli/listing.h"
#include "cli/output.h"
#include "cli/partner_trust.h"
#include "cli/risk_report.h"
#include "cli/save.h"
#include "processes/snapshot.h"
#include "safeguards/crypto.h"
#include "safeguards/key_ages.h"
#include "safeguards/signed_sheet.h"

enum { HOME, FINGERPRINT, AREAS_GIVEN, JSON, PEM };
static const struct option_row options[] = {
	[HOME] = HOME_OPTION,
	[FINGERPRINT] = { "fingerprint", "HEX",
		"the fingerprint the partner told you; without it you are asked", "add" },
	[AREAS_GIVEN] = { "areas", "a,b", "only these areas, both ways; default all", "add" },
	[JSON] = { "json", NULL, "for programs", "list show" },
	[PEM] = { "pem", NULL, "the root and the certificates, for openssl -CAfile", "show" },
};

struct adding {
	struct slice pem;             /* the sheet as it came */
	struct sheet *sheet;
	struct cert *root;
	struct agreement *agreement;
	bool known;                   /* this party with this root was here before */
	bool is_agreed_anew;          /* the agreement is to be written */
	int home;
};

/* --- files --- */

static void dir_path(struct buf *out, struct slice id)
{
	buf_put_text(out, "partners/");
	partner_dir_name(out, id);
}

static enum status partner_file(
	struct buf *out, int home, struct slice id, const char *name, struct fault *f)
{
	AUTO_IN_PLACE(buf) path = buf_init(1024);

	dir_path(&path, id);
	buf_putf(&path, "/%s", name);
	return file_read(out, home, buf_text(&path), f);
}

static enum status agreement_write(int dir, const struct agreement *agreement, struct fault *f)
{
	AUTO_IN_PLACE(buf) yaml = buf_init(AGREEMENT_SIZE_MAX);

	agreement_format(&yaml, agreement);
	TRY(buf_check(&yaml, f));
	return file_replace(dir, "agreement.yaml", buf_slice(&yaml), 0644, f);
}

/* How old its keys are, of the sheet before this one, too: it is gone in a moment. */
static enum status keys_write(const struct adding *a, int dir, struct fault *f)
{
	AUTO_IN_PLACE(buf) text = buf_init(KNOWN_KEYS_SIZE_MAX);
	AUTO_IN_PLACE(buf) pem = buf_init(SIGNED_SHEET_SIZE_MAX);
	struct known_keys keys = { .count = 0 };
	AUTO(sheet) held = NULL;
	AUTO(cert) root = NULL;
	enum status st = file_read(&text, dir, "keys.txt", f);

	if (st == ST_OK)
		st = known_keys_parse(&keys, buf_slice(&text), f);
	if (st != ST_OK && st != ST_NONE)
		return st;
	if (file_read(&pem, dir, "sheet.pem", NULL) == ST_OK &&
		signed_sheet_open(&held, &root, buf_slice(&pem), clock_utc_ns(), NULL) == ST_OK)
		key_ages_note(&keys, held);
	key_ages_note(&keys, a->sheet);
	buf_clear(&text);
	known_keys_format(&text, &keys);
	TRY(buf_check(&text, f));
	return file_replace(dir, "keys.txt", buf_slice(&text), 0644, f);
}

/*
 * A new partner's directory appears whole: the agreement, without which it means nothing, is in it
 * before the sheet.
 */
static enum status partner_write(const struct adding *a, struct fault *f)
{
	AUTO_IN_PLACE(buf) path = buf_init(1024);

	dir_path(&path, slice_str(a->sheet->id));
	(void)!mkdirat(a->home, "partners", 0755);
	if (mkdirat(a->home, buf_text(&path), 0755) != 0 && errno != EEXIST)
		return fault_errno(f, ST_HOST, "host.directory", "making %s", buf_text(&path));
	AUTO_FD dir = openat(a->home, buf_text(&path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return fault_errno(f, ST_HOST, "host.directory", "%s", buf_text(&path));
	if (a->is_agreed_anew)
		TRY(agreement_write(dir, a->agreement, f));
	TRY(keys_write(a, dir, f));
	return file_replace(dir, "sheet.pem", a->pem, 0644, f);
}

/* --- add --- */

static enum status areas_restrict(struct agreement *agreement, const char *list, struct fault *f)
{
	struct slice rest = slice_str(list), name;
	bool wanted[AREAS] = { false };
	enum area area;

	while (rest.n != 0) {
		slice_cut(&name, &rest, rest, ',');
		TRY(area_parse(&area, slice_trim(name), f));
		wanted[area] = true;
	}
	for (unsigned i = 0; i < AREAS; i++)
		agreement->areas[i].allowed[DIRECTION_SEND] =
			agreement->areas[i].allowed[DIRECTION_RECEIVE] = wanted[i];
	return ST_OK;
}

/*
 * An agreement people have edited is kept when the same root sends a newer sheet: to the letter, as
 * their comments are in it.
 */
static enum status agreement_find(struct adding *a, struct fault *f)
{
	AUTO_IN_PLACE(buf) yaml = buf_init(AGREEMENT_SIZE_MAX);
	struct slice fingerprint = cert_fingerprint(a->root);
	enum status st = partner_file(&yaml, a->home, slice_str(a->sheet->id), "agreement.yaml", f);

	if (st == ST_OK)
		TRY(agreement_parse(&a->agreement, buf_slice(&yaml), f));
	else if (st != ST_NONE)
		return st;
	a->known = a->agreement &&
		slice_eq(fingerprint, slice_of(a->agreement->fingerprint, DIGEST_SIZE));
	if (!a->agreement) {
		a->agreement = alloc_zeroed(1, sizeof(*a->agreement));
		agreement_init(a->agreement);
		a->agreement->as2.marked = !a->sheet->vouched;
		a->agreement->as2.attachments = a->agreement->as2.marked;
	}
	for (size_t i = 0; i < DIGEST_SIZE; i++)
		a->agreement->fingerprint[i] = fingerprint.p[i];
	return ST_OK;
}

static int fingerprint_compare(const struct adding *a, const char *given)
{
	AUTO_IN_PLACE(buf) said = buf_init(CERT_FINGERPRINT_SIZE);
	struct fault f;

	if (hex_parse(&said, slice_str(given), &f) != ST_OK)
		return fail(&f, "a fingerprint is 64 hexadecimal digits");
	if (said.n != CERT_FINGERPRINT_SIZE)
		return fail_as(EXIT_TRUST, "fingerprint.short",
			"a fingerprint of %zu digits: compare all %d",
			2 * said.n, 2 * CERT_FINGERPRINT_SIZE);
	if (!slice_eq(buf_slice(&said), cert_fingerprint(a->root)))
		return fail_as(EXIT_TRUST, "fingerprint.other",
			"the sheet is signed by another root than the one you were told: do not use this sheet, ask %s",
			a->sheet->name);
	return -1;
}

static int person_ask(const struct adding *a)
{
	char answer[8] = "";

	if (!isatty(STDIN_FILENO))
		return fail_as(EXIT_TRUST, "fingerprint.unconfirmed",
			"nobody is here to compare the fingerprint: call the partner, then give it with --fingerprint HEX");
	fprintf(stderr,
		"Does %s confirm this fingerprint, by another way than this sheet came? [yes/no] ",
		a->sheet->name);
	if (!fgets(answer, sizeof(answer), stdin) || strcmp(answer, "yes\n") != 0)
		return fail_as(EXIT_TRUST, "fingerprint.unconfirmed",
			"not confirmed: nothing was added");
	return -1;
}

static int confirm(const struct adding *a, const struct arguments *args)
{
	if (args->given[FINGERPRINT])
		return fingerprint_compare(a, args->values[FINGERPRINT]);
	return a->known ? -1 : person_ask(a);
}

static void sheet_show(const struct adding *a)
{
	AUTO_IN_PLACE(buf) shown = buf_init(FINGERPRINT_TEXT_MAX);

	fingerprint_format(&shown, cert_fingerprint(a->root));
	fprintf(stderr, "  party        %s \"%s\" (%s)\n  reached at   %s\n  fingerprint  %s\n",
		party_role_name(a->sheet->role), a->sheet->name, a->sheet->id, a->sheet->url,
		buf_text(&shown));
}

static enum status own_id_check(const struct adding *a, struct fault *f)
{
	AUTO_IN_PLACE(buf) yaml = buf_init(SETTINGS_SIZE_MAX);
	AUTO(settings) settings = NULL;

	TRY(file_read(&yaml, a->home, "tieline.yaml", f));
	TRY(settings_of_home(&settings, buf_slice(&yaml), f));
	if (strcmp(settings->id, a->sheet->id) == 0)
		return fault_set(f, ST_INPUT, "registry.self", "this sheet is this gateway's own");
	return ST_OK;
}

/*
 * A sheet of the same root replaces the one before without a telephone call, so an older one, which
 * may list what is no longer trusted, must not come back that way.
 */
static enum status age_check(const struct adding *a, struct fault *f)
{
	AUTO_IN_PLACE(buf) pem = buf_init(SIGNED_SHEET_SIZE_MAX);
	char then[TIME_TEXT_MAX], now[TIME_TEXT_MAX];
	AUTO(sheet) held = NULL;
	AUTO(cert) root = NULL;

	if (!a->known ||
		partner_file(&pem, a->home, slice_str(a->sheet->id), "sheet.pem", NULL) != ST_OK ||
		signed_sheet_open(&held, &root, buf_slice(&pem), clock_utc_ns(), NULL) != ST_OK ||
		!slice_eq(cert_fingerprint(root), cert_fingerprint(a->root)) ||
		a->sheet->issued_ns >= held->issued_ns)
		return ST_OK;
	return fault_set(f, ST_INPUT, "sheet.older",
		"this sheet was issued at %s, the one in force at %s: ask %s for the newest",
		time_format(then, a->sheet->issued_ns), time_format(now, held->issued_ns),
		a->sheet->name);
}

static enum status adding_read(struct adding *a, const struct arguments *args, struct fault *f)
{
	TRY(signed_sheet_open(&a->sheet, &a->root, a->pem, clock_utc_ns(), f));
	TRY(own_id_check(a, f));
	TRY(agreement_find(a, f));
	TRY(age_check(a, f));
	a->is_agreed_anew = !a->known || args->given[AREAS_GIVEN];
	return args->given[AREAS_GIVEN] ? areas_restrict(a->agreement, args->values[AREAS_GIVEN], f)
					: ST_OK;
}

static int changed_tell(int home, const char *what, const char *who)
{
	bool told = home_reload(home);

	fprintf(stderr, "%s %s%s\n", what, who, told ? "; the running gateway was told" : "");
	return EXIT_DONE;
}

static int add_checked(struct adding *a, const struct arguments *args)
{
	struct fault f;

	if (adding_read(a, args, &f) != ST_OK)
		return fail(&f, "nothing was added");
	sheet_show(a);
	int code = confirm(a, args);
	if (code >= 0)
		return code;
	if (partner_write(a, &f) != ST_OK)
		return fail(&f, "may this user write in the home?");
	return changed_tell(a->home, a->known ? "Updated" : "Added", a->sheet->name);
}

/* Said at once, and not when the first document is refused. */
static void risk_tell(const struct arguments *args, const struct sheet *sheet)
{
	AUTO_IN_PLACE(risk_report) r;
	struct fault f;
	size_t index;

	if (risk_report_open(&r, home_path(args->values[HOME]), &f) != ST_OK ||
		registry_find(&index, r.registry, slice_str(sheet->id), NULL) != ST_OK)
		return;
	json_t *shown = risk_partner_json(&r, index);
	size_t count = risk_shortfalls(shown);
	json_decref(shown);
	if (count > 0)
		printf("%zu requirement%s fall%s short of what its areas deserve%s: `tieline risk "
		       "%s`\n",
			count, count == 1 ? "" : "s", count == 1 ? "s" : "",
			registry_settings(r.registry)->risk.is_enforced ? ", and what falls short is refused"
								  : "",
			sheet->id);
}

static int add(const struct arguments *args, int home)
{
	AUTO_IN_PLACE(buf) pem = buf_init(SIGNED_SHEET_SIZE_MAX);
	struct adding a = { .home = home };
	struct fault f;

	if (args->operand_count < 2)
		return fail_with(EXIT_USAGE, "which sheet? `tieline partner add SHEET`");
	if (file_read(&pem, AT_FDCWD, args->operands[1], &f) != ST_OK)
		return fail(&f, "nothing was added");
	a.pem = buf_slice(&pem);
	int code = add_checked(&a, args);
	if (code == EXIT_DONE)
		risk_tell(args, a.sheet);
	sheet_free(a.sheet);
	cert_free(a.root);
	agreement_free(a.agreement);
	return code;
}

/* --- list, show --- */

static void areas_format(struct buf *out, const struct agreement *agreement)
{
	static const char *const ways[] = { "", " (send)", " (receive)", "" };

	for (unsigned i = 0; i < AREAS; i++) {
		const bool *allowed = agreement->areas[i].allowed;
		unsigned way = (unsigned)allowed[DIRECTION_SEND] +
			2 * (unsigned)allowed[DIRECTION_RECEIVE];
		if (way != 0)
			buf_putf(out, "%s%s%s", out->n ? ", " : "", area_name(i), ways[way]);
	}
}

static json_t *partner_json(const struct partner *p)
{
	AUTO_IN_PLACE(buf) hex = buf_init(2 * DIGEST_SIZE);
	json_t *send = json_array(), *receive = json_array();

	hex_format(&hex, slice_of(p->agreement->fingerprint, DIGEST_SIZE));
	for (unsigned i = 0; i < AREAS; i++) {
		if (p->agreement->areas[i].allowed[DIRECTION_SEND])
			json_array_append_new(send, json_string(area_name(i)));
		if (p->agreement->areas[i].allowed[DIRECTION_RECEIVE])
			json_array_append_new(receive, json_string(area_name(i)));
	}
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:b, s:o, s:o, s:n}", "id", p->sheet->id, "name",
		p->sheet->name, "role", party_role_name(p->sheet->role), "url", p->sheet->url,
		"fingerprint", buf_text(&hex), "suspended", p->agreement->suspended, "send", send,
		"receive", receive, "fault");
}

static void partner_row(struct table *t, const struct partner *p)
{
	AUTO_IN_PLACE(buf) areas = buf_init(256);

	areas_format(&areas, p->agreement);
	table_row(t,
		(const char *[]){ p->sheet->id, party_role_name(p->sheet->role),
			p->agreement->suspended ? "suspended" : "active", p->sheet->url,
			p->sheet->name, buf_text(&areas) });
}

struct partner_rows {
	const char *home;
	struct table *table;
	json_t *all;
};

/* One that cannot be read may be served all the same, with what the gateway read before. */
static void on_unread(void *context, const char *what, const struct fault *f)
{
	AUTO_IN_PLACE(buf) id = buf_init(UNREAD_ID_MAX);
	struct partner_rows *l = context;

	unread_tell(l->home, what, f);
	unread_id_put(&id, what);
	table_row(l->table,
		(const char *[]){ buf_text(&id), "-", "unreadable", "-", "-", "-" });
	json_array_append_new(l->all,
		json_pack("{s:o, s:n, s:n, s:n, s:n, s:n, s:n, s:n, s:o}", "id",
			json_slice(buf_slice(&id)), "name", "role", "url", "fingerprint",
			"suspended", "send", "receive", "fault", unread_json(what, f)));
}

static int listing_print(const struct partner_rows *l, bool json)
{
	if (json)
		json_print(json_incref(l->all));
	else if (table_rows(l->table) == 0)
		puts("No partners yet: add one with `tieline partner add SHEET`.");
	else
		table_print(l->table);
	return EXIT_DONE;
}

static int list(const struct arguments *args)
{
	static const char *const titles[] = { "ID", "ROLE", "STATE", "ADDRESS", "NAME", "AREAS" };
	AUTO(table) table = table_new(titles, 6);
	AUTO(registry) registry = NULL;
	struct partner_rows l = { home_path(args->values[HOME]), table, json_array() };
	struct fault f;
	enum status st = home_registry_telling(&registry, l.home, on_unread, &l, &f);

	for (size_t i = 0; st == ST_OK && i < registry_partner_count(registry); i++) {
		partner_row(table, registry_partner(registry, i));
		json_array_append_new(l.all, partner_json(registry_partner(registry, i)));
	}
	int code = st == ST_OK ? listing_print(&l, args->given[JSON]) : fail(&f, home_hint(&f));
	json_decref(l.all);
	return code;
}

static int pem_print(int home, const struct partner *p)
{
	AUTO_IN_PLACE(buf) pem = buf_init(SIGNED_SHEET_SIZE_MAX),
			   out = buf_init(SIGNED_SHEET_SIZE_MAX);
	AUTO(sheet) sheet = NULL;
	AUTO(cert) root = NULL;
	struct fault f;

	if (partner_file(&pem, home, slice_str(p->sheet->id), "sheet.pem", &f) != ST_OK
	    || signed_sheet_open(&sheet, &root, buf_slice(&pem), clock_utc_ns(), &f) != ST_OK)
		return fail(&f, NULL);
	cert_format_pem(&out, root);
	for (size_t i = 0; i < sheet->cert_count; i++) {
		AUTO(cert) cert = NULL;
		if (cert_parse_der(&cert, buf_slice(&sheet->certs[i].der), &f) == ST_OK)
			cert_format_pem(&out, cert);
	}
	return save_bytes(NULL, buf_slice(&out), &f) == ST_OK ? EXIT_DONE : fail(&f, NULL);
}

static void cert_print(const struct sheet_cert *listed)
{
	AUTO(cert) cert = NULL;
	char until[TIME_TEXT_MAX];

	if (cert_parse_der(&cert, buf_slice(&listed->der), NULL) == ST_OK)
		printf("  %-12s %s, %s, until %.10s\n", cert_use_name(listed->use),
			cert_subject(cert), key_kind_name(cert_key_kind(cert)),
			time_format(until, cert_not_after_ns(cert)));
}

static void partner_print(const struct partner *p)
{
	AUTO_IN_PLACE(buf) areas = buf_init(256), shown = buf_init(FINGERPRINT_TEXT_MAX);

	areas_format(&areas, p->agreement);
	fingerprint_format(&shown, slice_of(p->agreement->fingerprint, DIGEST_SIZE));
	printf("%s \"%s\" (%s)%s\n", party_role_name(p->sheet->role), p->sheet->name, p->sheet->id,
		p->agreement->suspended ? ", suspended" : "");
	printf("  %-12s %s\n  %-12s %s\n  %-12s %s\n", "reached at", p->sheet->url, "areas",
		buf_text(&areas), "fingerprint", buf_text(&shown));
	for (size_t i = 0; i < p->sheet->cert_count; i++)
		cert_print(&p->sheet->certs[i]);
}

static int show(const struct arguments *args, int home, const struct registry *registry)
{
	struct fault f;
	size_t index;

	if (args->operand_count < 2)
		return fail_with(EXIT_USAGE, "which partner? `tieline partner show ID`");
	if (registry_find(&index, registry, slice_str(args->operands[1]), &f) != ST_OK)
		return fail(&f, NULL);
	const struct partner *p = registry_partner(registry, index);
	if (args->given[PEM])
		return pem_print(home, p);
	if (args->given[JSON])
		json_print(partner_json(p));
	else
		partner_print(p);
	return EXIT_DONE;
}

static int list_or_show(const struct arguments *args, int home)
{
	AUTO(registry) registry = NULL;
	struct fault f;

	if (strcmp(args->operands[0], "show") != 0)
		return args->operand_count < 2
			? list(args)
			: fail_with(EXIT_USAGE, "unexpected %s: see `tieline partner --help`",
				  args->operands[1]);
	if (home_registry(&registry, home_path(args->values[HOME]), &f) != ST_OK)
		return fail(&f, home_hint(&f));
	return show(args, home, registry);
}

/* --- remove --- */

#define STATE_BIT(state) (1u << DELIVERY_##state)

static void waiting_count(void *context, const struct verb_message *message)
{
	(void)message;
	++*(uint64_t *)context;
}

/* Of a gateway that does not run nobody knows, and nothing is said. */
static uint64_t waiting_ask(const char *home, const char *id)
{
	AUTO(desk_client) desk = NULL;
	uint64_t count = 0;
	struct verb_list filter = { .out = 1,
		.states = STATE_BIT(READY) | STATE_BIT(SENDING) | STATE_BIT(DEFERRED) |
			STATE_BIT(AWAITING),
		.partner = slice_str(id) };
	const struct listing listing = { .message = waiting_count, .context = &count };
	struct fault f;

	if (desk_client_open(&desk, home, &f) != ST_OK ||
		listing_ask(desk, &filter, &listing, &f) != ST_OK)
		return 0;
	return count;
}

/* Removed by mistake, or to be added with another root: nothing is given up before its time. */
static void waiting_tell(uint64_t count)
{
	if (count > 0)
		fprintf(stderr,
			"%llu message%s to it %s not delivered: what is not by its deadline "
			"expires, unless the partner is added again before\n",
			(unsigned long long)count, count == 1 ? "" : "s",
			count == 1 ? "is" : "are");
}

static int drop(const struct arguments *args, int home)
{
	static const char *const files[] = { "agreement.yaml", "sheet.pem", "anchors.pem",
		"revoked.crl", "risk.pem", "keys.txt" };
	AUTO_IN_PLACE(buf) path = buf_init(1024);
	struct fault f;

	if (args->operand_count < 2)
		return fail_with(EXIT_USAGE, "which partner? `tieline partner remove ID`");
	/* Nothing but an id: an empty one would name the directory of all partners. */
	if (party_id_check(slice_str(args->operands[1]), &f) != ST_OK)
		return fail(&f, "see `tieline partner list`");
	dir_path(&path, slice_str(args->operands[1]));
	AUTO_FD dir = openat(home, buf_text(&path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return fail_as(
			EXIT_INPUT, "partner.unknown",
			"no partner %s: see `tieline partner list`", args->operands[1]);
	/* The agreement goes first: without it the sheet counts for nothing. */
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (unlinkat(dir, files[i], 0) != 0 && errno != ENOENT)
			return fail_as(EXIT_HOST, "host.write",
				"%s/%s: %s: may this user write in the home?",
				buf_text(&path), files[i], strerror(errno));
	if (unlinkat(home, buf_text(&path), AT_REMOVEDIR) != 0)
		return fail_as(EXIT_HOST, "host.write",
			"%s: %s: may this user write in the home?",
			buf_text(&path), strerror(errno));
	const uint64_t waiting = waiting_ask(home_path(args->values[HOME]), args->operands[1]);
	int code = changed_tell(home, "Removed", args->operands[1]);
	waiting_tell(waiting);
	return code;
}

static int run(const struct arguments *args)
{
	static const struct {
		const char *name;
		int (*run)(const struct arguments *, int home);
	} verbs_of_partner[] = { { "add", add }, { "list", list_or_show }, { "show", list_or_show },
		{ "anchors", partner_anchors }, { "lists", partner_lists }, { "remove", drop } };
	const char *path = home_path(args->values[HOME]);
	AUTO_FD home = -1;
	struct fault f;

	if (!path)
		return EXIT_USAGE;
	if (home_open(&home, path, &f) != ST_OK || crypto_init(&f) != ST_OK)
		return fail(&f, "make a home with `tieline init`");
	for (size_t i = 0; i < sizeof(verbs_of_partner) / sizeof(verbs_of_partner[0]); i++)
		if (strcmp(args->operands[0], verbs_of_partner[i].name) == 0)
			return verbs_of_partner[i].run(args, home);
	return fail_with(EXIT_USAGE, "partner %s: add, list, show, anchors, lists or remove",
		args->operands[0]);
}

const struct command partner_command = {
	.name = "partner",
	.operands = "add SHEET | list | show ID | anchors ID FILE | lists ID FILE | remove ID",
	.purpose = "whom this gateway exchanges documents with",
	COMMAND_OPTIONS(options),
	.operands_min = 1,
	.operands_max = 3,
	.run = run,
};
