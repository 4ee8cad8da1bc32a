/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A snapshot is a row of files: u32 name length, name, u32 content length,
 * content; integers big-endian.  Made by the monitor, read by every process and
 * by commands that look at a home while no gateway runs.
 */
#include "processes/snapshot.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cursor.h"
#include "base/clock.h"
#include "base/fd.h"
#include "documents/der/sensitivity.h"
#include "processes/keyring_files.h"
#include "safeguards/chain.h"
#include "safeguards/key_ages.h"
#include "safeguards/signed_exceptions.h"
#include "safeguards/signed_sheet.h"

#define FILE_SIZE_MAX 262144

#define FILE_NAME_MAX 64
#define GUIDE_SIZE_MAX (1 << 20)
#define GUIDES "guides/"
#define AGREEMENT "/agreement.yaml"

void partner_dir_name(struct buf *out, struct slice id)
{
	for (size_t i = 0; i < id.n; i++) {
		uint8_t c = id.p[i];
		bool plain = (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') ||
			c == '-' || c == '_';
		if (plain)
			buf_put_u8(out, c);
		else
			buf_putf(out, "%%%02X", c);
	}
}

/* --- taking --- */

static void entry_put(struct buf *out, struct slice name, struct slice content)
{
	buf_put_u32(out, (uint32_t)name.n);
	buf_put(out, name);
	buf_put_u32(out, (uint32_t)content.n);
	buf_put(out, content);
}

static enum status entry_take(
	struct buf *out, int dir, const char *path, size_t size_max, struct fault *f)
{
	AUTO_IN_PLACE(buf) content = buf_init(size_max);

	TRY(file_read(&content, dir, path, f));
	entry_put(out, slice_str(path), buf_slice(&content));
	return buf_check(out, f);
}

/* What may be missing, or was removed since its name was read. */
static enum status entry_take_if_there(struct buf *out, int dir, const char *path, struct fault *f)
{
	enum status st = entry_take(out, dir, path, FILE_SIZE_MAX, f);

	return st == ST_NONE ? ST_OK : st;
}

static enum status generation_take(
	struct buf *out, int dir, const struct keyring_file *one, struct fault *f)
{
	static const char *const suffixes[] = { ".pem", ".from" };

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		AUTO_IN_PLACE(buf) name = buf_init(FILE_NAME_MAX);
		keyring_name_put(&name, one->use, one->generation, suffixes[i]);
		TRY(entry_take_if_there(out, dir, buf_text(&name), f));
	}
	return ST_OK;
}

static enum status uses_check(const struct keyring_files *files, struct fault *f)
{
	bool seen[CERT_USES] = { false };

	for (size_t i = 0; i < files->count; i++)
		seen[files->list[i].use] = true;
	for (enum cert_use use = 0; use < CERT_USES; use++)
		if (!seen[use])
			return fault_set(f, ST_NONE, "file.missing", "there is no %s.pem",
				cert_use_name(use));
	return ST_OK;
}

static enum status certs_take(struct buf *out, int dir, struct fault *f)
{
	struct keyring_files files;

	TRY(entry_take_if_there(out, dir, "root.pem", f));
	TRY(keyring_files_find(&files, dir, ".pem", f));
	TRY(uses_check(&files, f));
	for (size_t i = 0; i < files.count; i++)
		TRY(generation_take(out, dir, &files.list[i], f));
	return ST_OK;
}

/*
 * Lists that are too large to read are no lists, and nothing else stops for them: whoever reads
 * this in their place says so.
 */
static enum status lists_take(struct buf *out, int dir, const char *path, struct fault *f)
{
	enum status st = entry_take(out, dir, path, REVOKED_FILE_MAX, f);

	if (st == ST_LIMIT && !out->overflow) {
		entry_put(out, slice_str(path), S("(revoked.crl is larger than 1 MiB)"));
		return buf_check(out, f);
	}
	return st == ST_NONE ? ST_OK : st;
}

/*
 * A partner without one of its files is noticed by snapshot_read, with its name.  The agreement
 * comes last: then all is there that it speaks of.
 */
static enum status partner_take(struct buf *out, int dir, const char *name, struct fault *f)
{
	static const char *const files[] = { "sheet.pem", "anchors.pem", "revoked.crl",
		"risk.pem", "keys.txt", "agreement.yaml" };

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		AUTO_IN_PLACE(buf) path = buf_init(2 * PARTY_ID_MAX * 3);
		buf_putf(&path, "partners/%s/%s", name, files[i]);
		if (i == 2)
			TRY(lists_take(out, dir, buf_text(&path), f));
		else
			TRY(entry_take_if_there(out, dir, buf_text(&path), f));
	}
	return ST_OK;
}

static enum status partners_take(struct buf *out, int dir, struct fault *f)
{
	int fd = openat(dir, "partners", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = fd < 0 ? NULL : fdopendir(fd);
	enum status st = ST_OK;
	const struct dirent *entry;

	if (!list)
		return errno == ENOENT
			? ST_OK
			: fault_errno(f, ST_HOST, "home.partners", "reading partners/");
	while (st == ST_OK && (entry = readdir(list)))
		if (entry->d_name[0] != '.')
			st = partner_take(out, dir, entry->d_name, f);
	closedir(list);
	return st;
}

static bool is_guide(const char *name)
{
	struct slice text = slice_str(name), ending = S(".yaml");

	return name[0] != '.' && text.n > ending.n && text.n <= FILE_NAME_MAX &&
		slice_eq(slice_from(text, text.n - ending.n), ending);
}

/* A large one is no guide; the others stand. */
static enum status guide_take(struct buf *out, int dir, const char *name, struct fault *f)
{
	AUTO_IN_PLACE(buf) path = buf_init(2 * FILE_NAME_MAX);
	enum status st;

	buf_putf(&path, GUIDES "%s", name);
	st = entry_take(out, dir, buf_text(&path), GUIDE_SIZE_MAX, f);
	return st == ST_NONE || (st == ST_LIMIT && !out->overflow) ? ST_OK : st;
}

static enum status guides_take(struct buf *out, int dir, struct fault *f)
{
	int fd = openat(dir, GUIDES, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = fd < 0 ? NULL : fdopendir(fd);
	enum status st = ST_OK;
	const struct dirent *entry;

	if (!list)
		return errno == ENOENT ? ST_OK
				       : fault_errno(f, ST_HOST, "home.guides", "reading guides/");
	while (st == ST_OK && (entry = readdir(list)))
		if (is_guide(entry->d_name))
			st = guide_take(out, dir, entry->d_name, f);
	closedir(list);
	return st;
}

static enum status home_open(int *fd, const char *home, struct fault *f)
{
	*fd = open(home, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*fd < 0 && errno == ENOENT)
		return fault_set(f, ST_NONE, "home.missing", "there is no %s", home);
	return *fd < 0 ? fault_errno(f, ST_HOST, "home.open", "%s", home) : ST_OK;
}

enum status snapshot_take(int *fd, const char *home, struct fault *f)
{
	AUTO_IN_PLACE(buf) out = buf_init(SNAPSHOT_SIZE_MAX);
	AUTO_FD dir = -1;

	TRY(home_open(&dir, home, f));
	TRY(entry_take(&out, dir, "tieline.yaml", FILE_SIZE_MAX, f));
	TRY(certs_take(&out, dir, f));
	TRY(guides_take(&out, dir, f));
	TRY(partners_take(&out, dir, f));
	return memory_file_new(fd, "snapshot", buf_slice(&out), f);
}

/* --- reading --- */

struct entry {
	struct slice name, content;
};

static enum status entry_next(struct entry *out, struct cursor *in, struct fault *f)
{
	uint32_t n;

	if (cursor_at_end(in))
		return ST_NONE;
	TRY(cursor_u32(in, &n, f));
	TRY(cursor_bytes(in, &out->name, n, f));
	TRY(cursor_u32(in, &n, f));
	return cursor_bytes(in, &out->content, n, f);
}

static enum status entry_find(
	struct slice *content, struct slice snapshot, const char *name, struct fault *f)
{
	struct cursor in = cursor_of(snapshot);
	struct entry e;
	enum status st;

	while ((st = entry_next(&e, &in, f)) == ST_OK)
		if (slice_eq(e.name, slice_str(name))) {
			*content = e.content;
			return ST_OK;
		}
	return st == ST_NONE ? fault_set(f, ST_NONE, "home.file", "%s is missing", name) : st;
}

/* The first generation needs no moment: it was used from the day of `tieline init` on. */
static enum status from_read(int64_t *from_ns, struct slice snapshot, enum cert_use use,
	unsigned generation, struct fault *f)
{
	AUTO_IN_PLACE(buf) name = buf_init(FILE_NAME_MAX);
	struct slice text;

	*from_ns = generation == 1 ? 0 : KEYRING_NEVER;
	keyring_name_put(&name, use, generation, ".from");
	enum status st = entry_find(&text, snapshot, buf_text(&name), f);
	return st == ST_OK ? time_parse(from_ns, slice_trim(text), f) : ST_OK;
}

static enum status ring_entry(
	struct keyring *ring, const struct entry *e, struct slice snapshot, struct fault *f)
{
	AUTO(cert) cert = NULL;
	enum cert_use use;
	unsigned generation;
	int64_t from_ns;

	if (!keyring_name_parse(&use, &generation, e->name, ".pem"))
		return ST_OK;
	TRY(cert_parse_pem(&cert, e->content, f));
	TRY(from_read(&from_ns, snapshot, use, generation, f));
	return keyring_add(ring, use, generation, from_ns, cert, f);
}

static enum status ring_check(const struct keyring *ring, struct fault *f)
{
	for (enum cert_use use = 0; use < CERT_USES; use++)
		if (!keyring_newest(ring, use))
			return fault_set(f, ST_NONE, "home.certificate", "%s.pem is missing",
				cert_use_name(use));
	return ST_OK;
}

enum status snapshot_keyring(struct keyring **out, struct slice snapshot, struct fault *f)
{
	struct cursor in = cursor_of(snapshot);
	AUTO(keyring) ring = keyring_new();
	struct entry e;
	enum status st;

	while ((st = entry_next(&e, &in, f)) == ST_OK)
		TRY(ring_entry(ring, &e, snapshot, f));
	if (st != ST_NONE)
		return st;
	TRY(ring_check(ring, f));
	*out = TAKE(ring);
	return ST_OK;
}

enum status snapshot_root(struct cert **out, struct slice snapshot, struct fault *f)
{
	struct slice pem;

	if (entry_find(&pem, snapshot, "root.pem", NULL) != ST_OK)
		return fault_set(f, ST_NONE, "home.certificate", "root.pem is missing");
	return cert_parse_pem(out, pem, f);
}

/* What is trusted must be readable, as little as it may be wanted. */
static enum status anchors_check(
	const struct agreement *agreement, struct slice anchors_pem, struct fault *f)
{
	AUTO(anchors) anchors = NULL;

	if (agreement->trust.mode == TRUST_PINNED)
		return ST_OK;
	if (anchors_pem.n == 0)
		return fault_set(f, ST_INPUT, "anchors.missing",
			"the agreement trusts authorities, and there is no anchors.pem beside it: "
			"`tieline partner anchors ID FILE`");
	return anchors_parse(&anchors, anchors_pem, f);
}

static enum status agreement_read(const struct entry *e, struct slice snapshot, struct fault *f)
{
	AUTO_IN_PLACE(buf) path = buf_init(1024);
	AUTO(agreement) agreement = NULL;
	struct slice anchors = S("");

	TRY(agreement_parse(&agreement, e->content, f));
	buf_put(&path, slice_to(e->name, e->name.n - (sizeof("agreement.yaml") - 1)));
	buf_put_text(&path, "anchors.pem");
	if (agreement->trust.mode == TRUST_CHAIN)
		(void)!entry_find(&anchors, snapshot, buf_text(&path), NULL);
	return anchors_check(agreement, anchors, f);
}

static enum status agreement_check(const struct entry *e, struct slice snapshot, struct fault *f)
{
	struct fault why;
	size_t at;

	if (!slice_has_prefix(e->name, S("partners/")) ||
		!slice_find(&at, e->name, S(AGREEMENT)))
		return ST_OK;
	if (agreement_read(e, snapshot, &why) == ST_OK)
		return ST_OK;
	return fault_set(f, why.status, why.code, "%.*s: %s", SLICE_FMT(e->name), why.text);
}

enum status snapshot_agreements_check(int fd, struct fault *f)
{
	AUTO_IN_PLACE(mapping) map = { 0 };
	struct entry e;
	enum status st;

	TRY(mapping_init(&map, fd, SNAPSHOT_SIZE_MAX, f));
	struct cursor in = cursor_of(map.bytes);
	while ((st = entry_next(&e, &in, f)) == ST_OK)
		TRY(agreement_check(&e, map.bytes, f));
	return st == ST_NONE ? ST_OK : st;
}

bool snapshot_is_agreement(const char *what)
{
	const struct slice text = slice_str(what), ending = S(AGREEMENT);

	return text.n > ending.n && slice_eq(slice_from(text, text.n - ending.n), ending);
}

enum status settings_of_home(struct settings **out, struct slice yaml, struct fault *f)
{
	struct fault why;

	if (settings_parse(out, yaml, &why) == ST_OK)
		return ST_OK;
	return fault_set(f, ST_HOST, why.code, "tieline.yaml: %s", why.text);
}

/* The files of one partner, as the walk meets them. */
struct partner_files {
	struct slice dir; /* "partners/ID" */
	struct slice sheet, anchors, lists, risks, keys, agreement;
};

struct reading {
	struct registry *registry;
	const struct cert *root; /* ours; NULL: the home shows none */
	struct partner_files files;
	int64_t now_ns;
	void (*refused)(void *context, const char *what, const struct fault *);
	void *context;
	void (*each)(struct reading *); /* with the files of one partner */
	bool serves;
	bool is_one_unread; /* an agreement */
};

static void trust_fill(struct trust_terms *trust, const struct partner_files *files)
{
	trust->anchors = buf_init(FILE_SIZE_MAX);
	trust->lists = buf_init(REVOKED_FILE_MAX);
	buf_put(&trust->anchors, files->anchors);
	buf_put(&trust->lists, files->lists);
}

/* What nobody can prove is no exception, and is not passed over either: people relied on it. */
static enum status risks_read(struct agreement *agreement, const struct sheet *sheet,
	const struct partner_files *files, const struct reading *r, struct fault *f)
{
	if (files->risks.n == 0)
		return ST_OK;
	if (!r->root)
		return fault_set(f, ST_AUTH, "exceptions.signature",
			"there is no root.pem to verify the list of exceptions with");
	return signed_exceptions_open(&agreement->allowed_risks, files->risks, r->root,
		slice_str(registry_settings(r->registry)->id), slice_str(sheet->id), f);
}

/* A sheet that was put there by other means than `partner add` tells of its keys by itself. */
static enum status keys_read(struct sheet *sheet, struct slice text, struct fault *f)
{
	struct known_keys keys;

	TRY(known_keys_parse(&keys, text, f));
	key_ages_fill(sheet, &keys);
	return ST_OK;
}

static enum status partner_join(const struct reading *r, struct fault *f)
{
	const struct partner_files *files = &r->files;
	AUTO(sheet) sheet = NULL;
	AUTO(agreement) agreement = NULL;
	AUTO(cert) root = NULL;

	TRY(agreement_parse(&agreement, files->agreement, f));
	TRY(anchors_check(agreement, files->anchors, f));
	if (agreement->trust.mode == TRUST_CHAIN)
		trust_fill(&agreement->trust, files);
	TRY(signed_sheet_open(&sheet, &root, files->sheet, r->now_ns, f));
	if (!slice_eq(cert_fingerprint(root),
		    slice_of(agreement->fingerprint, sizeof(agreement->fingerprint))))
		return fault_set(f, ST_AUTH, "sheet.fingerprint",
			"the sheet is signed by another root than the one confirmed: add it again with its fingerprint");
	TRY(risks_read(agreement, sheet, files, r, f));
	TRY(keys_read(sheet, files->keys, f));
	TRY(registry_add(r->registry, sheet, agreement, f));
	sheet = NULL;
	agreement = NULL;
	return ST_OK;
}

static bool agreement_holds(const struct partner_files *files)
{
	AUTO(agreement) agreement = NULL;

	return agreement_parse(&agreement, files->agreement, NULL) == ST_OK &&
		anchors_check(agreement, files->anchors, NULL) == ST_OK;
}

static void partner_join_or_tell(struct reading *r)
{
	AUTO_IN_PLACE(buf) name = buf_init(PARTY_ID_MAX * 8);
	struct fault f;

	if (partner_join(r, &f) == ST_OK)
		return;
	buf_put(&name, r->files.dir);
	if (r->files.agreement.p && !agreement_holds(&r->files)) {
		r->is_one_unread = true;
		buf_put_text(&name, AGREEMENT);
	}
	if (r->refused)
		r->refused(r->context, buf_text(&name), &f);
}

static bool is_dir_of(struct slice dir, const struct sheet *sheet)
{
	AUTO_IN_PLACE(buf) name = buf_init(PARTY_ID_MAX * 8);

	buf_put_text(&name, "partners/");
	partner_dir_name(&name, slice_str(sheet->id));
	return slice_eq(dir, buf_slice(&name));
}

/*
 * Which root was confirmed stands in what cannot be read: the sheet's word is taken for whom to
 * answer "later", and for nothing else.
 */
static void partner_close(struct reading *r)
{
	AUTO(agreement) unread = agreement_unread_new();
	AUTO(sheet) sheet = NULL;
	AUTO(cert) root = NULL;

	if (!r->files.agreement.p || agreement_holds(&r->files) ||
		signed_sheet_open(&sheet, &root, r->files.sheet, r->now_ns, NULL) != ST_OK ||
		!is_dir_of(r->files.dir, sheet) ||
		registry_add(r->registry, sheet, unread, NULL) != ST_OK)
		return;
	sheet = NULL;
	unread = NULL;
}

static void partner_flush(struct reading *r)
{
	if (r->files.dir.n != 0)
		r->each(r);
	r->files = (struct partner_files){ 0 };
}

static void partner_entry(struct reading *r, const struct entry *e)
{
	const struct {
		const char *name;
		struct slice *place;
	} places[] = { { "sheet.pem", &r->files.sheet }, { "anchors.pem", &r->files.anchors },
		{ "revoked.crl", &r->files.lists }, { "risk.pem", &r->files.risks },
		{ "keys.txt", &r->files.keys },
		{ "agreement.yaml", &r->files.agreement } };
	struct slice prefix = S("partners/"), id, file;

	if (!slice_has_prefix(e->name, prefix) ||
		!slice_cut(&id, &file, slice_from(e->name, prefix.n), '/'))
		return;
	struct slice dir = slice_to(e->name, prefix.n + id.n);
	if (!slice_eq(dir, r->files.dir))
		partner_flush(r);
	r->files.dir = dir;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (slice_eq(file, slice_str(places[i].name)))
			*places[i].place = e->content;
}

static enum status guides_read(struct registry *registry, struct slice snapshot, struct fault *f)
{
	struct cursor in = cursor_of(snapshot);
	struct slice prefix = S(GUIDES);
	struct entry e;
	enum status st;

	while ((st = entry_next(&e, &in, f)) == ST_OK)
		if (slice_has_prefix(e.name, prefix))
			TRY(registry_guide_add(registry, e.name, e.content, f));
	return st == ST_NONE ? ST_OK : st;
}

static enum status partners_read(struct reading *r, void (*each)(struct reading *),
	struct slice snapshot, struct fault *f)
{
	struct cursor in = cursor_of(snapshot);
	struct entry e;
	enum status st;

	r->each = each;
	while ((st = entry_next(&e, &in, f)) == ST_OK)
		partner_entry(r, &e);
	partner_flush(r);
	return st == ST_NONE ? ST_OK : st;
}

static enum status registry_read(
	struct registry **out, struct reading *r, struct slice snapshot, struct fault *f)
{
	AUTO(settings) settings = NULL;
	AUTO(registry) registry = NULL;
	AUTO(cert) root = NULL;
	struct slice yaml;

	TRY(entry_find(&yaml, snapshot, "tieline.yaml", f));
	TRY(settings_of_home(&settings, yaml, f));
	for (enum area area = 0; area < AREAS; area++)
		settings->risk.sensitivities[area] = area_sensitivity(area);
	registry = registry_new(TAKE(settings));
	(void)!snapshot_root(&root, snapshot, NULL);
	r->registry = registry;
	r->root = root;
	TRY(guides_read(registry, snapshot, f));
	TRY(partners_read(r, partner_join_or_tell, snapshot, f));
	if (r->serves && r->is_one_unread)
		TRY(partners_read(r, partner_close, snapshot, f));
	*out = TAKE(registry);
	return ST_OK;
}

enum status snapshot_read(struct registry **out, struct slice snapshot, int64_t now_ns,
	void (*refused)(void *context, const char *what, const struct fault *),
	void *context, struct fault *f)
{
	struct reading r = { .now_ns = now_ns, .refused = refused, .context = context };

	return registry_read(out, &r, snapshot, f);
}

enum status snapshot_read_to_serve(struct registry **out, struct slice snapshot, int64_t now_ns,
	void (*refused)(void *context, const char *what, const struct fault *),
	void *context, struct fault *f)
{
	struct reading r = {
		.now_ns = now_ns, .refused = refused, .context = context, .serves = true
	};

	return registry_read(out, &r, snapshot, f);
}
