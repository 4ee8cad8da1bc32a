/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A home in one descriptor: what is taken from the disk, what stays there, and what a reader makes
 * of anything else.
 */
#include "exchange_expect.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "circle.h"
#include "processes/snapshot.h"

#define TEXT_MAX 262144 /* of one file */
#define HEARD_MAX 4096

static struct circle sunny, windy;
static const char *const cert_files[CERT_USES] = { "tls.pem", "sign.pem", "encrypt.pem" };

/* --- names of directories --- */

static const struct {
	const char *name;
	struct slice id;
	const char *want;
} dirs[] = {
	{ "digits", S("007909411"), "007909411" },
	{ "letters of both cases, dash and line", S("azAZ09-_"), "azAZ09-_" },
	{ "the directory above", S(".."), "%2E%2E" },
	{ "a path", S("../../etc/x"), "%2E%2E%2F%2E%2E%2Fetc%2Fx" },
	{ "the escape itself", S("%2E"), "%252E" },
	{ "neighbours of what is plain", S("@[`{/:"), "%40%5B%60%7B%2F%3A" },
	{ "NUL and high bytes", S("\0\x7f\xff"), "%00%7F%FF" },
	{ "nothing", S(""), "" },
};

static void ids_become_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(dirs); i++) {
		AUTO_IN_PLACE(buf) out = buf_init(PARTY_ID_MAX * 3);

		partner_dir_name(&out, dirs[i].id);
		expect_text(dirs[i].name, buf_text(&out), dirs[i].want);
	}
}

/* Two ids in one directory would be one partner. */
static void no_two_ids_share_a_name(void **state)
{
	struct buf names[256];

	(void)state;
	for (unsigned byte = 0; byte < COUNT(names); byte++) {
		names[byte] = buf_init(8);
		partner_dir_name(&names[byte], slice_of(&(uint8_t){ (uint8_t)byte }, 1));
		for (unsigned other = 0; other < byte; other++)
			assert_false(slice_eq(buf_slice(&names[other]), buf_slice(&names[byte])));
	}
	for (unsigned byte = 0; byte < COUNT(names); byte++)
		buf_done(&names[byte]);
}

/* --- a home --- */

struct home {
	char path[64];
	int dir;
};

static void file_put(const struct home *h, const char *name, struct slice content)
{
	AUTO_FD fd = openat(h->dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	struct fault f;

	assert_true(fd >= 0);
	must(fd_write_all(fd, content, &f), &f);
}

static void dir_put(const struct home *h, const char *name)
{
	assert_int_equal(mkdirat(h->dir, name, 0700), 0);
}

static void cert_put(const struct home *h, const char *name, const struct cert *cert)
{
	AUTO_IN_PLACE(buf) pem = buf_init(TEXT_MAX);

	cert_format_pem(&pem, cert);
	file_put(h, name, buf_slice(&pem));
}

static void agreement_text(struct buf *out, const struct circle *c)
{
	AUTO(agreement) agreement = circle_agreement(c);

	agreement_format(out, agreement);
}

static void partner_put(const struct home *h, const char *dir, const struct circle *signs,
	const struct circle *confirmed)
{
	AUTO_IN_PLACE(buf) pem = buf_init(SIGNED_SHEET_SIZE_MAX), yaml = buf_init(TEXT_MAX);
	char name[96];

	circle_sheet_put(&pem, signs);
	agreement_text(&yaml, confirmed);
	snprintf(name, sizeof(name), "partners/%s", dir);
	dir_put(h, name);
	snprintf(name, sizeof(name), "partners/%s/sheet.pem", dir);
	file_put(h, name, buf_slice(&pem));
	snprintf(name, sizeof(name), "partners/%s/agreement.yaml", dir);
	file_put(h, name, buf_slice(&yaml));
}

static void home_make(struct home *h)
{
	AUTO_IN_PLACE(buf) yaml = buf_init(SETTINGS_SIZE_MAX);
	AUTO(settings) settings = settings_of("utility");

	*h = (struct home){ .path = "/tmp/tieline-home-XXXXXX" };
	assert_non_null(mkdtemp(h->path));
	h->dir = open(h->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(h->dir >= 0);
	settings_format(&yaml, settings);
	file_put(h, "tieline.yaml", buf_slice(&yaml));
	for (unsigned use = 0; use < CERT_USES; use++)
		cert_put(h, cert_files[use], windy.certs[use]);
}

static int entry_remove(const char *path, const struct stat *st, int type, struct FTW *walk)
{
	(void)st;
	(void)type;
	(void)walk;
	return remove(path);
}

static void home_remove(struct home *h)
{
	fd_close(&h->dir);
	nftw(h->path, entry_remove, 8, FTW_DEPTH | FTW_PHYS);
}

/* --- what is taken --- */

static void taken(struct buf *out, const struct home *h)
{
	AUTO_FD fd = -1;
	struct fault f;
	uint64_t size;

	must(snapshot_take(&fd, h->path, &f), &f);
	must(fd_size(&size, fd, &f), &f);
	must(fd_read_at(out, fd, 0, size, &f), &f);
}

static bool holds(const struct buf *snapshot, const char *text)
{
	size_t at;

	return slice_find(&at, buf_slice(snapshot), slice_str(text));
}

static void keys_and_strangers_stay_at_home(void **state)
{
	AUTO_IN_PLACE(buf) snapshot = buf_init(TEXT_MAX);
	struct home h;

	(void)state;
	home_make(&h);
	dir_put(&h, "keys");
	file_put(&h, "keys/tls.key", S("SECRET"));
	file_put(&h, "root.key", S("SECRET"));
	file_put(&h, "tieline.yaml.bak", S("SECRET"));
	dir_put(&h, "partners");
	dir_put(&h, "partners/.hidden");
	file_put(&h, "partners/.hidden/sheet.pem", S("SECRET"));
	dir_put(&h, "partners/one");
	file_put(&h, "partners/one/notes.txt", S("SECRET"));
	file_put(&h, "partners/one/sheet.pem", S("OPEN"));
	file_put(&h, "partners/file", S("SECRET")); /* no directory: nobody's sheet is in it */
	taken(&snapshot, &h);
	assert_false(holds(&snapshot, "SECRET"));
	assert_true(holds(&snapshot, "OPEN"));
	home_remove(&h);
}

static void a_snapshot_is_sealed(void **state)
{
	AUTO_FD fd = -1;
	struct home h;
	struct fault f;

	(void)state;
	home_make(&h); /* also: a home without partners/ is a home */
	must(snapshot_take(&fd, h.path, &f), &f);
	assert_int_equal(write(fd, "x", 1), -1);
	assert_int_equal(ftruncate(fd, 0), -1);
	assert_int_equal(errno, EPERM);
	home_remove(&h);
}

static void without_a_file_of_ours(void **state)
{
	static const char *const files[] = { "tieline.yaml", "tls.pem", "sign.pem", "encrypt.pem" };

	(void)state;
	for (size_t i = 0; i < COUNT(files); i++) {
		AUTO_FD fd = -1;
		struct home h;
		struct fault f = { 0 };

		home_make(&h);
		assert_int_equal(unlinkat(h.dir, files[i], 0), 0);
		expect_fault(files[i], snapshot_take(&fd, h.path, &f), &f, ST_NONE, "file.missing");
		expect_says(files[i], &f, files[i]);
		assert_int_equal(fd, -1);
		home_remove(&h);
	}
}

static void homes_that_are_none(void **state)
{
	AUTO_FD fd = -1;
	struct fault f = { 0 };

	(void)state;
	expect_fault("nowhere", snapshot_take(&fd, "/nonexistent/home", &f), &f, ST_NONE,
		"home.missing");
	expect_fault(
		"a file", snapshot_take(&fd, "/proc/self/status", &f), &f, ST_HOST, "home.open");
	assert_int_equal(fd, -1);
}

static void a_file_has_a_limit(void **state)
{
	AUTO_IN_PLACE(buf) large = buf_init(TEXT_MAX + 1);
	AUTO_FD good = -1, bad = -1;
	struct home h;
	struct fault f = { 0 };

	(void)state;
	put_times(&large, '#', TEXT_MAX + 1);
	home_make(&h);
	file_put(&h, "tieline.yaml", slice_to(buf_slice(&large), TEXT_MAX));
	expect_fault("the limit", snapshot_take(&good, h.path, &f), &f, ST_OK, NULL);
	file_put(&h, "tieline.yaml", buf_slice(&large));
	expect_fault("above", snapshot_take(&bad, h.path, &f), &f, ST_LIMIT, "file.size");
	home_remove(&h);
}

/* --- what is read --- */

struct heard {
	struct buf text; /* "partners/a sheet.pem\n" for each refused one */
};

static void hear(void *context, const char *dir, const struct fault *f)
{
	struct heard *heard = context;

	buf_putf(&heard->text, "%s %s\n", dir, f->code);
}

static enum status read_all(
	struct registry **out, struct heard *heard, struct slice snapshot, struct fault *f)
{
	return snapshot_read(out, snapshot, NOW, heard ? hear : NULL, heard, f);
}

static void partners_are_read(void **state)
{
	AUTO_IN_PLACE(buf) snapshot = buf_init(TEXT_MAX);
	AUTO(registry) registry = NULL;
	struct heard heard = { buf_init(HEARD_MAX) };
	struct home h;
	struct fault f = { 0 };

	(void)state;
	home_make(&h);
	dir_put(&h, "partners");
	partner_put(&h, "sunny", &sunny, &sunny);
	partner_put(&h, "windy", &windy, &windy);
	taken(&snapshot, &h);
	expect_fault(
		"read", read_all(&registry, &heard, buf_slice(&snapshot), &f), &f, ST_OK, NULL);
	expect_text("settings", registry_settings(registry)->id, "utility");
	assert_int_equal(registry_partner_count(registry), 2);
	expect_text("first", registry_partner(registry, 0)->sheet->id, "sunny");
	expect_text("second", registry_partner(registry, 1)->sheet->id, "windy");
	expect_text("refused", buf_text(&heard.text), "");
	buf_done(&heard.text);
	home_remove(&h);
}

/* One home with one good partner and one that does not hold: the good one stands. */
static void bad_fingerprint(const struct home *h)
{
	partner_put(h, "a", &windy, &sunny);
}

static void bad_sheet_missing(const struct home *h)
{
	partner_put(h, "a", &windy, &windy);
	unlinkat(h->dir, "partners/a/sheet.pem", 0);
}

static void bad_agreement_missing(const struct home *h)
{
	partner_put(h, "a", &windy, &windy);
	unlinkat(h->dir, "partners/a/agreement.yaml", 0);
}

static void bad_agreement(const struct home *h)
{
	partner_put(h, "a", &windy, &windy);
	file_put(h, "partners/a/agreement.yaml", S("\xff\x00{[("));
}

static void bad_sheet(const struct home *h)
{
	partner_put(h, "a", &windy, &windy);
	file_put(h, "partners/a/sheet.pem", S("-----BEGIN CMS-----\nAAAA\n-----END CMS-----\n"));
}

static void bad_sheet_cut(const struct home *h)
{
	AUTO_IN_PLACE(buf) pem = buf_init(SIGNED_SHEET_SIZE_MAX);

	partner_put(h, "a", &windy, &windy);
	circle_sheet_put(&pem, &windy);
	file_put(h, "partners/a/sheet.pem", slice_to(buf_slice(&pem), pem.n / 2));
}

static const struct {
	const char *name;
	void (*make)(const struct home *);
	const char *said; /* the name and the code, or the beginning of it */
} bad_partners[] = {
	{ "signed by another root than confirmed", bad_fingerprint, "partners/a sheet.fingerprint" },
	{ "no sheet", bad_sheet_missing, "partners/a sheet.pem" },
	{ "no agreement", bad_agreement_missing, "partners/a agreement." },
	{ "an agreement of nonsense", bad_agreement, "partners/a/agreement.yaml agreement." },
	{ "a sheet of nonsense", bad_sheet, "partners/a sheet." },
	{ "half a sheet", bad_sheet_cut, "partners/a sheet." },
};

static void bad_partner(size_t i)
{
	AUTO_IN_PLACE(buf) snapshot = buf_init(TEXT_MAX);
	AUTO(registry) registry = NULL;
	AUTO(registry) unheard = NULL;
	struct heard heard = { buf_init(HEARD_MAX) };
	struct home h;
	struct fault f = { 0 };

	home_make(&h);
	dir_put(&h, "partners");
	partner_put(&h, "sunny", &sunny, &sunny);
	bad_partners[i].make(&h);
	taken(&snapshot, &h);
	expect_fault(bad_partners[i].name, read_all(&registry, &heard, buf_slice(&snapshot), &f),
		&f, ST_OK, NULL);
	if (registry_partner_count(registry) != 1)
		fail_msg(
			"%s: %zu partners", bad_partners[i].name, registry_partner_count(registry));
	expect_text(bad_partners[i].name, registry_partner(registry, 0)->sheet->id, "sunny");
	if (!slice_has_prefix(buf_slice(&heard.text), slice_str(bad_partners[i].said)))
		fail_msg("%s: heard %s", bad_partners[i].name, buf_text(&heard.text));
	assert_int_equal(read_all(&unheard, NULL, buf_slice(&snapshot), &f), ST_OK);
	assert_int_equal(registry_partner_count(unheard), 1);
	buf_done(&heard.text);
	home_remove(&h);
}

static void a_bad_partner_harms_no_other(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(bad_partners); i++)
		bad_partner(i);
}

/* --- whom a gateway is closed to --- */

static void unread_other_id(const struct home *h)
{
	partner_put(h, "a", &windy, &windy);
	file_put(h, "partners/a/agreement.yaml", S("suspendd: true\n"));
}

static void unread_windy(const struct home *h)
{
	partner_put(h, "windy", &windy, &windy);
	file_put(h, "partners/windy/agreement.yaml", S("suspendd: true\n"));
}

static void unread_and_no_sheet(const struct home *h)
{
	unread_windy(h);
	unlinkat(h->dir, "partners/windy/sheet.pem", 0);
}

/* Another directory that says it is sunny takes nothing from sunny's own. */
static void unread_of_one_that_holds(const struct home *h)
{
	partner_put(h, "aaa", &sunny, &sunny);
	file_put(h, "partners/aaa/agreement.yaml", S("nonsense"));
}

static const struct {
	const char *name;
	void (*make)(const struct home *);
	size_t partners;
} unread[] = {
	{ "a typing error", unread_windy, 2 },
	{ "no sheet either", unread_and_no_sheet, 1 },
	{ "in a directory of another name", unread_other_id, 1 },
	{ "of one that holds", unread_of_one_that_holds, 1 },
	{ "a missing agreement", bad_agreement_missing, 1 },
	{ "another root", bad_fingerprint, 1 },
};

static void unread_one(size_t i)
{
	AUTO_IN_PLACE(buf) snapshot = buf_init(TEXT_MAX);
	AUTO(registry) registry = NULL;
	AUTO(registry) looked = NULL;
	struct home h;
	struct fault f = { 0 };
	size_t at;

	home_make(&h);
	dir_put(&h, "partners");
	partner_put(&h, "sunny", &sunny, &sunny);
	unread[i].make(&h);
	taken(&snapshot, &h);
	expect_fault(unread[i].name,
		snapshot_read_to_serve(&registry, buf_slice(&snapshot), NOW, NULL, NULL, &f), &f,
		ST_OK, NULL);
	if (registry_partner_count(registry) != unread[i].partners)
		fail_msg("%s: %zu partners", unread[i].name, registry_partner_count(registry));
	assert_int_equal(registry_find(&at, registry, S("sunny"), &f), ST_OK);
	assert_false(registry_partner(registry, at)->agreement->unread);
	if (registry_find(&at, registry, S("windy"), NULL) == ST_OK)
		assert_true(registry_partner(registry, at)->agreement->unread);
	assert_int_equal(read_all(&looked, NULL, buf_slice(&snapshot), &f), ST_OK);
	assert_int_equal(registry_partner_count(looked), 1);
	home_remove(&h);
}

/* One file that cannot be read closes us to its partner, lets nothing pass, and harms no other. */
static void who_serves_is_closed_to_one_that_is_unread(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(unread); i++)
		unread_one(i);
}

/* Which of the two directories comes first is the disk's: the other is refused. */
static void a_partner_twice(void **state)
{
	AUTO_IN_PLACE(buf) snapshot = buf_init(TEXT_MAX);
	AUTO(registry) registry = NULL;
	struct heard heard = { buf_init(HEARD_MAX) };
	struct home h;
	struct fault f = { 0 };
	size_t at;

	(void)state;
	home_make(&h);
	dir_put(&h, "partners");
	partner_put(&h, "sunny", &sunny, &sunny);
	partner_put(&h, "sunny2", &sunny, &sunny);
	taken(&snapshot, &h);
	assert_int_equal(read_all(&registry, &heard, buf_slice(&snapshot), &f), ST_OK);
	assert_int_equal(registry_partner_count(registry), 1);
	assert_true(slice_find(&at, buf_slice(&heard.text), S("registry.duplicate\n")));
	buf_done(&heard.text);
	home_remove(&h);
}

/* --- bytes that no monitor wrote --- */

static void entry_put(struct buf *out, const char *name, struct slice content)
{
	buf_put_u32(out, (uint32_t)strlen(name));
	buf_put_text(out, name);
	buf_put_u32(out, (uint32_t)content.n);
	buf_put(out, content);
}

static void settings_put(struct buf *out)
{
	AUTO_IN_PLACE(buf) yaml = buf_init(SETTINGS_SIZE_MAX);
	AUTO(settings) settings = settings_of("utility");

	settings_format(&yaml, settings);
	entry_put(out, "tieline.yaml", buf_slice(&yaml));
}

static void cut_at_every_byte(void **state)
{
	AUTO_IN_PLACE(buf) snapshot = buf_init(TEXT_MAX);
	struct heard heard = { buf_init(HEARD_MAX) };
	size_t ends[3], good = 0;

	(void)state;
	settings_put(&snapshot);
	ends[0] = snapshot.n;
	entry_put(&snapshot, "partners/a/sheet.pem", S("nonsense"));
	ends[1] = snapshot.n;
	entry_put(&snapshot, "partners/a/agreement.yaml", S("nonsense"));
	ends[2] = snapshot.n;
	for (size_t n = 0; n <= snapshot.n; n++) {
		AUTO(registry) registry = NULL;
		struct fault f = { 0 };
		bool whole = n == ends[0] || n == ends[1] || n == ends[2];
		enum status st = read_all(&registry, &heard, slice_to(buf_slice(&snapshot), n), &f);

		if ((st == ST_OK) != whole)
			fail_msg("%zu of %zu bytes: %s", n, snapshot.n, status_name(st));
		assert_true((registry != NULL) == whole);
		good += whole;
	}
	assert_int_equal(good, COUNT(ends));
	buf_done(&heard.text);
}

static void settings_that_do_not_hold(void **state)
{
	AUTO_IN_PLACE(buf) bad = buf_init(TEXT_MAX), none = buf_init(TEXT_MAX);
	AUTO(registry) registry = NULL;
	struct fault f = { 0 };

	(void)state;
	entry_put(&bad, "tieline.yaml", S("id: [\n"));
	expect_fault("nonsense", read_all(&registry, NULL, buf_slice(&bad), &f), &f, ST_HOST,
		"settings.yaml");
	expect_text("nonsense", f.text, "tieline.yaml: line 1: id: a single value is wanted here");
	entry_put(&none, "tieline.yam", S(""));
	entry_put(&none, "tieline.yaml2", S(""));
	expect_fault(
		"none", read_all(&registry, NULL, buf_slice(&none), &f), &f, ST_NONE, "home.file");
	expect_fault("empty", read_all(&registry, NULL, S(""), &f), &f, ST_NONE, "home.file");
	assert_null(registry);
}

static void lengths_that_lie(void **state)
{
	static const struct slice lies[] = {
		S("\xff\xff\xff\xff"),
		S("\xff\xff\xff\xff"
		  "tieline.yaml"),
		S("\0\0\0\1"),
		S("\0\0\0"),
		S("\0\0\0\1x\xff\xff\xff\xff"),
		S("\0\0\0\1x\x80\0\0\0"
		  "yyyy"),
		S("\0\0\0\0\0\0\0\1"),
	};

	(void)state;
	for (size_t i = 0; i < COUNT(lies); i++) {
		AUTO_IN_PLACE(buf) snapshot = buf_init(TEXT_MAX);
		AUTO(registry) registry = NULL;
		AUTO(keyring) ring = NULL;
		struct fault f = { 0 };

		assert_int_equal(read_all(&registry, NULL, lies[i], &f), ST_MORE);
		assert_int_equal(snapshot_keyring(&ring, lies[i], &f), ST_MORE);
		assert_null(ring);
		settings_put(&snapshot);
		buf_put(&snapshot, lies[i]);
		assert_int_equal(read_all(&registry, NULL, buf_slice(&snapshot), &f), ST_MORE);
		assert_null(registry);
	}
}

/* Names that are nobody's are passed over. */
static void names_that_are_no_partner(void **state)
{
	static const char *const names[] = { "", "partners", "partners/", "partners/a",
		"Partners/a/sheet.pem" };
	AUTO_IN_PLACE(buf) snapshot = buf_init(TEXT_MAX);
	AUTO(registry) registry = NULL;
	struct heard heard = { buf_init(HEARD_MAX) };
	struct fault f = { 0 };

	(void)state;
	settings_put(&snapshot);
	for (size_t i = 0; i < COUNT(names); i++)
		entry_put(&snapshot, names[i], S("x"));
	expect_fault(
		"names", read_all(&registry, &heard, buf_slice(&snapshot), &f), &f, ST_OK, NULL);
	assert_int_equal(registry_partner_count(registry), 0);
	expect_text("heard", buf_text(&heard.text), "");
	buf_done(&heard.text);
}

/* --- our certificates --- */

static void our_certificates(void **state)
{
	AUTO_IN_PLACE(buf) snapshot = buf_init(TEXT_MAX);
	AUTO(keyring) ring = NULL;
	AUTO(cert) root = NULL;
	struct fault f = { 0 };
	struct home h;

	(void)state;
	home_make(&h);
	taken(&snapshot, &h);
	expect_fault("ring", snapshot_keyring(&ring, buf_slice(&snapshot), &f), &f, ST_OK, NULL);
	assert_int_equal(ring->count, CERT_USES);
	for (unsigned use = 0; use < CERT_USES; use++) {
		assert_int_equal(ring->certs[use].use, use);
		assert_int_equal(ring->certs[use].generation, 1);
		assert_int_equal(ring->certs[use].from_ns, 0);
		assert_true(slice_eq(cert_fingerprint(ring->certs[use].cert),
			cert_fingerprint(windy.certs[use])));
	}
	expect_fault("root", snapshot_root(&root, buf_slice(&snapshot), &f), &f, ST_NONE,
		"home.certificate");
	cert_put(&h, "root.pem", windy.root);
	taken(&snapshot, &h);
	expect_fault("root", snapshot_root(&root, buf_slice(&snapshot), &f), &f, ST_OK, NULL);
	assert_true(slice_eq(cert_fingerprint(root), cert_fingerprint(windy.root)));
	home_remove(&h);
}

/* Renewed ones beside them: one without a moment, one with; and what only looks like one. */
static void generations(void **state)
{
	AUTO_IN_PLACE(buf) snapshot = buf_init(TEXT_MAX);
	AUTO(keyring) ring = NULL;
	struct fault f = { 0 };
	struct home h;

	(void)state;
	home_make(&h);
	cert_put(&h, "sign.2.pem", windy.certs[CERT_SIGN]);
	cert_put(&h, "tls.10.pem", windy.certs[CERT_TLS]);
	file_put(&h, "tls.10.from", S("2026-12-01T00:00:00Z\n"));
	file_put(&h, "tls.11.from", S("a moment without its certificate"));
	file_put(&h, "sign.2.pem.new", S("left by a crash"));
	file_put(&h, "sign.02.pem", S("another way to write it"));
	file_put(&h, "signs.pem", S("somebody's"));
	taken(&snapshot, &h);
	expect_fault("ring", snapshot_keyring(&ring, buf_slice(&snapshot), &f), &f, ST_OK, NULL);
	assert_int_equal(ring->count, CERT_USES + 2);
	assert_int_equal(keyring_find(ring, CERT_SIGN, 2)->from_ns, KEYRING_NEVER);
	assert_int_equal(keyring_find(ring, CERT_TLS, 10)->from_ns, INT64_C(1796083200) * NS_PER_S);
	home_remove(&h);
}

static const struct {
	const char *name, *file;
	struct slice content;
	enum status want;
	const char *code;
} broken[] = {
	{ "no certificate", "tls.pem", S("nothing"), ST_INPUT, "cert.syntax" },
	{ "no renewed certificate", "tls.2.pem", S("nothing"), ST_INPUT, "cert.syntax" },
	{ "no moment", "tls.from", S("soon"), ST_INPUT, "time.syntax" },
	{ "an empty moment", "tls.from", S(""), ST_INPUT, "time.syntax" },
};

static void certificates_that_are_none(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(broken); i++) {
		AUTO_IN_PLACE(buf) snapshot = buf_init(TEXT_MAX);
		AUTO(keyring) ring = NULL;
		struct fault f = { 0 };
		struct home h;

		home_make(&h);
		file_put(&h, broken[i].file, broken[i].content);
		taken(&snapshot, &h);
		expect_fault(broken[i].name, snapshot_keyring(&ring, buf_slice(&snapshot), &f), &f,
			broken[i].want, broken[i].code);
		assert_null(ring);
		home_remove(&h);
	}
}

static void a_use_without_certificate(void **state)
{
	(void)state;
	for (unsigned use = 0; use < CERT_USES; use++) {
		AUTO_IN_PLACE(buf) snapshot = buf_init(TEXT_MAX);
		AUTO(keyring) ring = NULL;
		struct fault f = { 0 };

		for (unsigned other = 0; other < CERT_USES; other++) {
			AUTO_IN_PLACE(buf) pem = buf_init(TEXT_MAX);
			cert_format_pem(&pem, windy.certs[other]);
			if (other != use)
				entry_put(&snapshot, cert_files[other], buf_slice(&pem));
		}
		expect_fault(cert_files[use], snapshot_keyring(&ring, buf_slice(&snapshot), &f), &f,
			ST_NONE, "home.certificate");
		expect_says("missing", &f, cert_files[use]);
	}
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
		cmocka_unit_test(ids_become_names),
		cmocka_unit_test(no_two_ids_share_a_name),
		cmocka_unit_test(keys_and_strangers_stay_at_home),
		cmocka_unit_test(a_snapshot_is_sealed),
		cmocka_unit_test(without_a_file_of_ours),
		cmocka_unit_test(homes_that_are_none),
		cmocka_unit_test(a_file_has_a_limit),
		cmocka_unit_test(partners_are_read),
		cmocka_unit_test(a_bad_partner_harms_no_other),
		cmocka_unit_test(who_serves_is_closed_to_one_that_is_unread),
		cmocka_unit_test(a_partner_twice),
		cmocka_unit_test(cut_at_every_byte),
		cmocka_unit_test(settings_that_do_not_hold),
		cmocka_unit_test(lengths_that_lie),
		cmocka_unit_test(names_that_are_no_partner),
		cmocka_unit_test(our_certificates),
		cmocka_unit_test(generations),
		cmocka_unit_test(certificates_that_are_none),
		cmocka_unit_test(a_use_without_certificate),
	};

	return cmocka_run_group_tests_name("snapshot", tests, circles_make, circles_done);
}
