/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tieline fsck: everything that a home keeps of its messages, checked: the database's pages, what
 * its rows say of each other, every document, signed part, signature, spool file and receipt.  It
 * changes nothing but the line that says when it looked.  It has given up all but its descriptors
 * and the ledger's directory before it parses what partners wrote.
 */
#include "cli/cli.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/sandbox.h"
#include "cli/backup_check.h"
#include "cli/fsck.h"
#include "cli/fsck_mark.h"
#include "cli/home.h"
#include "cli/learnt_check.h"
#include "cli/output.h"
#include "cli/own_signature.h"
#include "cli/progress.h"
#include "cli/sets_check.h"
#include "exchange/delivery.h"
#include "processes/snapshot.h"
#include "safeguards/crypto.h"
#include "safeguards/digest.h"
#include "safeguards/sealed_digest.h"

#define YOUNG_NS (600 * NS_PER_S) /* a batch that is open for longer is none */

enum { HOME, BACKUP, JSON };
static const struct option_row options[] = {
	[HOME] = HOME_OPTION,
	[BACKUP] = { "backup", "DIR", "the history must go on from that of this backup", NULL },
	[JSON] = { "json", NULL, "for programs", NULL },
};

/* --- findings --- */

static json_t *finding_json(const struct audit_finding *x)
{
	const struct audit_words *w = audit_words(x->rule);

	return json_pack("{s:s, s:b, s:o, s:o, s:o, s:s, s:s}", "code", w->code, "damage",
		!w->is_note, "message-id",
		x->message_id.n ? json_slice(x->message_id) : json_null(), "partner",
		x->partner.n ? json_slice(x->partner) : json_null(), "found",
		json_slice(x->found), "means", w->means, "mend",
		audit_mend(x->rule, x->direction));
}

static void finding_print(const struct audit_finding *x)
{
	const struct audit_words *w = audit_words(x->rule);

	printf("%s  %s", w->is_note ? "note  " : "DAMAGE", w->code);
	if (x->message_id.n > 0) {
		printf("  ");
		print_safe(x->message_id);
		printf(x->partner.n ? ", partner " : "");
		print_safe(x->partner);
	}
	printf("\n        %s\n        found: ", w->means);
	print_safe(x->found);
	printf("\n        do:    %s\n", audit_mend(x->rule, x->direction));
}

static void finding_take(void *context, const struct audit_finding *x)
{
	struct fsck *k = context;

	*(audit_words(x->rule)->is_note ? &k->notes : &k->damages) += 1;
	if (k->quiet)
		return;
	progress_end(&k->progress);
	if (k->found)
		json_array_append_new(k->found, finding_json(x));
	else
		finding_print(x);
}

static void message_say(void *context, enum audit_rule rule, struct slice found)
{
	struct fsck *k = context;
	const struct ledger_message *m = &k->message.m;

	finding_take(k,
		&(struct audit_finding){
			rule, m->direction, m->row, m->partner, m->message_id, found });
}

static void file_say(struct fsck *k, enum audit_rule rule, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
static void file_say(struct fsck *k, enum audit_rule rule, const char *format, ...)
{
	char text[FAULT_TEXT_MAX];
	va_list list;

	va_start(list, format);
	(void)vsnprintf(text, sizeof(text), format, list);
	va_end(list);
	message_say(k, rule, slice_str(text));
}

/* --- spool files --- */

static uint64_t end_of(struct section s)
{
	return s.n > UINT64_MAX - s.at ? UINT64_MAX : s.at + s.n;
}

static uint64_t later(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* What of it is kept for good: of what was sent, all that is before the sealed form. */
static uint64_t kept_end(const struct audit_message *m)
{
	return later(later(end_of(m->part), end_of(m->document)),
		later(end_of(m->signature), m->sealed.at));
}

static bool short_say(struct fsck *k, enum audit_rule rule, uint64_t size, uint64_t least)
{
	if (size < least)
		file_say(k, rule, "spool/%s has %llu bytes, and had %llu", k->message.spool,
			(unsigned long long)size, (unsigned long long)least);
	return size < least;
}

/* What was cut in the sealed form alone has its document. */
static bool size_look(struct fsck *k, uint64_t size)
{
	const struct audit_message *m = &k->message;
	bool settled = (unsigned)m->m.state < DELIVERIES && delivery_is_final(m->m.state);
	uint64_t least = kept_end(m);

	if (short_say(k, AUDIT_SPOOL_SHORT, size, least))
		return false;
	if (!settled)
		short_say(k, AUDIT_SEALED_MISSING, size, end_of(m->sealed));
	if (settled && m->m.direction == MESSAGE_OUT && size > least && !k->view.is_running)
		file_say(k, AUDIT_SPOOL_LONG, "spool/%s has %llu bytes, and needs %llu", m->spool,
			(unsigned long long)size, (unsigned long long)least);
	return true;
}

/* What has another length was said to be missing. */
static void sealed_look(struct fsck *k, struct slice form)
{
	const struct audit_message *m = &k->message;

	if (m->sealed_digest.n == 0 || form.n == 0 || form.n != m->sealed.n ||
		sealed_digest_fits(m->sealed_digest, form))
		return;
	if (m->spool[0])
		file_say(k, AUDIT_SEALED_DIGEST, "spool/%s, from byte %llu on", m->spool,
			(unsigned long long)m->sealed.at);
	else
		file_say(k, AUDIT_SEALED_DIGEST, "%llu bytes in ledger.db",
			(unsigned long long)form.n);
}

/* Of what was received; of what was sent the receipt is the partner's. */
static void receipt_look(struct fsck *k)
{
	const struct audit_message *m = &k->message;

	if (m->m.direction == MESSAGE_IN && m->sealed_digest.n != 0 && m->has_receipt &&
		!sealed_digest_fits(m->sealed_digest, m->receipt))
		file_say(k, AUDIT_RECEIPT_DIGEST, "%llu bytes in ledger.db",
			(unsigned long long)m->receipt.n);
}

static void parcel_look(struct fsck *k, struct slice parcel)
{
	struct slice document;

	evidence_check(&document, &k->message, parcel, &k->keys, message_say, k);
	learnt_check(k->audit, &k->message, document, k->registry, &k->guides);
	if (document.n == 0)
		return;
	sets_check(k->audit, &k->message, document, message_say, k);
	sets_answers(k->audit, &k->message, document);
}

/* Without its parcel. */
static void rest_look(struct fsck *k)
{
	evidence_receipt_check(&k->message, &k->keys, message_say, k);
	learnt_check(k->audit, &k->message, S(""), k->registry, &k->guides);
}

static void spooled_look(struct fsck *k)
{
	const struct audit_message *m = &k->message;
	AUTO_FD fd = openat(k->view.spool, m->spool, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	AUTO_IN_PLACE(mapping) map = { 0 };
	struct fault f;

	if (fd < 0)
		file_say(k, AUDIT_SPOOL_MISSING, "spool/%s: %s", m->spool, strerror(errno));
	else if (mapping_init(&map, fd, UINT64_MAX, &f) != ST_OK)
		file_say(k, AUDIT_SPOOL_MISSING, "spool/%s: %s", m->spool, f.text);
	else if (size_look(k, map.bytes.n)) {
		parcel_look(k, map.bytes);
		sealed_look(k, slice_sub(map.bytes, m->sealed.at, m->sealed.n));
		return;
	}
	rest_look(k);
}

/* On a gateway at work, what came after the moment of the copy is no finding. */
static bool is_young(const struct fsck *k, const char *name)
{
	struct stat st;

	if (fstatat(k->view.spool, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return true;
	return k->view.is_running &&
		(int64_t)st.st_ctim.tv_sec * NS_PER_S > k->view.at_ns - YOUNG_NS;
}

static void orphans_look(struct fsck *k)
{
	int fd = openat(k->view.spool, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	char text[300];

	while (list && (entry = readdir(list))) {
		if (entry->d_name[0] == '.' || audit_spool_is_known(k->audit, entry->d_name) ||
			is_young(k, entry->d_name))
			continue;
		(void)snprintf(text, sizeof(text), "spool/%s", entry->d_name);
		finding_take(k,
			&(struct audit_finding){ AUDIT_SPOOL_ORPHAN, MESSAGE_IN, 0, S(""), S(""),
				slice_str(text) });
	}
	if (list)
		closedir(list);
}

/* --- messages --- */

/* That its bytes are missing, audit_database() said. */
static void message_look(struct fsck *k)
{
	const struct audit_message *m = &k->message;

	receipt_look(k);
	if (m->spool[0]) {
		spooled_look(k);
		return;
	}
	if (m->has_parcel)
		parcel_look(k, m->parcel);
	else
		rest_look(k);
	sealed_look(k, m->sealed_form);
}

/* False: not all of them could be read. */
static bool messages_look(struct fsck *k)
{
	struct fault f;
	uint64_t done = 0;
	enum status st;

	k->progress = progress_start(k->extent.bytes);
	while ((st = audit_next(&k->message, k->audit, &f)) == ST_OK) {
		message_look(k);
		done += k->message.m.size;
		progress_show(&k->progress, done);
	}
	progress_end(&k->progress);
	if (st != ST_NONE)
		finding_take(k,
			&(struct audit_finding){ AUDIT_DATABASE, MESSAGE_IN, 0, S(""), S(""),
				slice_str(f.text) });
	return st == ST_NONE;
}

/* --- heads of the history --- */

static void head_look(struct fsck *k, const struct signed_head *h)
{
	AUTO_IN_PLACE(buf) text = buf_init(HEAD_TEXT_MAX), found = buf_init(FAULT_TEXT_MAX + 64);
	struct fault f;

	head_text_put(&text, &h->head, h->at_ns);
	if (own_signature_check(h->signature, buf_slice(&text), k->root, &f) == ST_OK) {
		k->signed_place = h->head.place;
		k->signed_ns = h->at_ns;
		return;
	}
	buf_putf(&found, "at place %llu: %s", (unsigned long long)h->head.place, f.text);
	finding_take(k,
		&(struct audit_finding){
			AUDIT_HEAD, MESSAGE_IN, 0, S(""), S(""), buf_slice(&found) });
}

static void heads_look(struct fsck *k)
{
	struct signed_head h;

	while (audit_head_next(&h, k->audit))
		head_look(k, &h);
}

void fsck_look(struct fsck *k)
{
	k->extent = audit_extent(k->audit);
	audit_learn(k->audit, k->scratch, k->view.at_ns);
	audit_database(k->audit, finding_take, k);
	heads_look(k);
	bool is_all = messages_look(k);
	audit_answers_end(k->audit, finding_take, k);
	if (is_all)
		audit_learnt_end(k->audit, finding_take, k);
	orphans_look(k);
}

/* --- opening --- */

#define IN_MEMORY_MAX (UINT64_C(256) << 20) /* bytes of a database whose disk takes no write */

/*
 * Where the register is learnt again, which takes no more than the database: on the ledger's disk,
 * under no name, where a gateway at work is left what it needs; of one that takes no write in
 * memory.  -1: there is no room.
 */
static enum status scratch_make(int *out, const struct ledger_view *v, struct fault *f)
{
	struct statvfs disk = { 0 };
	uint64_t needed;

	TRY(fd_size(&needed, v->db, f));
	*out = openat(v->dir, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (*out < 0)
		return needed > IN_MEMORY_MAX ? ST_OK : memory_file_open(out, "register", f);
	if (fstatvfs(v->dir, &disk) == 0 &&
		(uint64_t)disk.f_bavail * disk.f_frsize < 2 * needed)
		fd_close(out);
	return ST_OK;
}

enum status fsck_open(struct fsck *k, const char *home, struct fault *f)
{
	AUTO_IN_PLACE(mapping) map = { 0 };
	AUTO_FD fd = -1;

	TRY(crypto_init(f));
	TRY(home_registry(&k->registry, home, f));
	TRY(home_keyring(&k->ring, home, f));
	TRY(snapshot_take(&fd, home, f));
	TRY(mapping_init(&map, fd, SNAPSHOT_SIZE_MAX, f));
	TRY(snapshot_root(&k->root, map.bytes, f));
	k->keys = (struct evidence_keys){ k->registry, k->ring, k->root };
	TRY(ledger_view_open(&k->view, home, f));
	TRY(scratch_make(&k->scratch, &k->view, f));
	return audit_open(&k->audit, k->view.db, k->view.wal, digest_sha256, f);
}

void fsck_done(struct fsck *k)
{
	audit_free(k->audit);
	fd_close(&k->scratch);
	x12_guide_set_done(&k->guides);
	registry_free(k->registry);
	keyring_free(k->ring);
	cert_free(k->root);
	json_decref(k->found);
	ledger_view_done(&k->view);
}

/* A kernel without Landlock is no reason not to look. */
static enum status confine(const struct fsck *k, struct fault *f)
{
	static const struct sandbox_path ledger[] = { { ".", SANDBOX_READ } };
	static const struct sandbox ledger_alone = {
		.promises = "stdio files", .paths = ledger, .path_count = 1
	};

	if (fchdir(k->view.dir) != 0)
		return fault_errno(f, ST_HOST, "home.read", "ledger/");
	enum status st = sandbox_enter(&ledger_alone, f);
	return st == ST_NONE ? ST_OK : st;
}

static int looked_apart(const char *home)
{
	AUTO_IN_PLACE(fsck) k = { .view = ledger_view_init(), .scratch = -1, .quiet = true };
	struct fault f;

	if (fsck_open(&k, home, &f) != ST_OK || confine(&k, &f) != ST_OK)
		return fail(&f, NULL);
	fsck_look(&k);
	return k.damages ? EXIT_HOST : EXIT_DONE;
}

int fsck_apart(const char *home)
{
	int outcome = 0;

	fflush(NULL);
	pid_t pid = fork();
	if (pid == 0)
		_exit(looked_apart(home));
	while (pid > 0 && waitpid(pid, &outcome, 0) < 0 && errno == EINTR)
		;
	return pid > 0 && WIFEXITED(outcome) ? WEXITSTATUS(outcome) : EXIT_HOST;
}

/* --- saying --- */

static void signed_print(const struct fsck *k)
{
	uint64_t events = audit_head(k->audit).place;
	char at[TIME_TEXT_MAX];

	if (k->signed_place)
		printf("the history was signed at %s, up to event %llu of %llu\n",
			time_format(at, k->signed_ns), (unsigned long long)k->signed_place,
			(unsigned long long)events);
	else if (events)
		puts("the history was not signed yet");
}

static void learnt_print(const struct fsck *k)
{
	struct audit_learnt l = audit_learnt_extent(k->audit);

	if (l.statements > 0)
		printf("of %llu statement%s of the registry %llu compared with their documents\n",
			(unsigned long long)l.statements, l.statements == 1 ? "" : "s",
			(unsigned long long)l.compared);
}

static void verdict_print(const struct fsck *k)
{
	char size[SIZE_TEXT_MAX];

	printf("%llu message%s, %s%s of documents: ", (unsigned long long)k->extent.messages,
		k->extent.messages == 1 ? "" : "s", size_format(size, k->extent.bytes),
		k->extent.bytes < 1024 ? " bytes" : "");
	if (k->damages)
		printf("%llu damage%s", (unsigned long long)k->damages, k->damages == 1 ? "" : "s");
	else
		printf("whole");
	if (k->notes)
		printf(", %llu note%s", (unsigned long long)k->notes, k->notes == 1 ? "" : "s");
	puts("");
	learnt_print(k);
	signed_print(k);
}

static int verdict_say(const struct fsck *k)
{
	const struct audit_learnt l = audit_learnt_extent(k->audit);

	if (k->found)
		json_print(json_pack("{s:O, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:b}",
			"findings", k->found, "statements", (json_int_t)l.statements,
			"compared-statements", (json_int_t)l.compared, "events",
			(json_int_t)audit_head(k->audit).place,
			"signed-events", (json_int_t)k->signed_place,
			"messages", (json_int_t)k->extent.messages, "bytes",
			(json_int_t)k->extent.bytes, "damages", (json_int_t)k->damages, "notes",
			(json_int_t)k->notes, "running", k->view.is_running));
	else
		verdict_print(k);
	return k->damages ? EXIT_HOST : EXIT_DONE;
}

static enum status history_expect(struct fsck *k, const char *backup, struct fault *f)
{
	struct chain_head kept;

	TRY(backup_head_read(&kept, backup, k->root, f));
	audit_expect(k->audit, &kept);
	return ST_OK;
}

static int run(const struct arguments *a)
{
	AUTO_IN_PLACE(fsck) k = { .view = ledger_view_init(), .scratch = -1 };
	const char *home = home_path(a->values[HOME]);
	struct fault f;

	if (!home)
		return EXIT_USAGE;
	if (fsck_open(&k, home, &f) != ST_OK)
		return fail(&f, NULL);
	if (a->given[BACKUP] && history_expect(&k, a->values[BACKUP], &f) != ST_OK)
		return fail(&f, "the history cannot be compared with it");
	AUTO_FD mark = fsck_mark_open(k.view.home);
	k.found = a->given[JSON] ? json_array() : NULL;
	backup_check(k.view.home, k.root, finding_take, &k);
	if (confine(&k, &f) != ST_OK)
		return fail(&f, NULL);
	fsck_look(&k);
	if (ledger_view_held(&k.view, &f) != ST_OK)
		return fail(&f, "run it again");
	fsck_mark_write(mark, &(struct fsck_mark){ k.view.at_ns, k.damages, k.notes });
	return verdict_say(&k);
}

const struct command fsck_command = {
	.name = "fsck",
	.purpose = "check all that is kept: pages, rows, documents, signatures, receipts",
	COMMAND_OPTIONS(options),
	.run = run,
};
