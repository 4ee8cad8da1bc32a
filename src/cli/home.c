/* SPDX-License-Identifier: Apache-2.0 */
/* Used by every command but version. */
#include "cli/home.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>

#include "base/clock.h"
#include "base/codec.h"
#include "base/fd.h"
#include "cli/cli.h"
#include "cli/output.h"
#include "cli/own_clock.h"
#include "processes/snapshot.h"

const char *home_path(const char *given)
{
	const char *path = given ? given : getenv("TIELINE_HOME");

	if (path && *path)
		return path;
	fail_with(EXIT_USAGE, "which gateway? give --home DIR or set TIELINE_HOME");
	return NULL;
}

const char *home_hint(const struct fault *f)
{
	static const struct {
		const char *area, *hint;
	} hints[] = {
		{ "settings.", "mend it; a gateway that runs keeps what it read before" },
		{ "home.missing", "is this a home made by `tieline init`?" },
		{ "file.missing", "is this a home made by `tieline init`?" },
	};

	for (size_t i = 0; i < sizeof(hints) / sizeof(hints[0]); i++)
		if (slice_has_prefix(slice_str(f->code), slice_str(hints[i].area)))
			return hints[i].hint;
	return NULL;
}

enum status home_open(int *fd, const char *home, struct fault *f)
{
	*fd = open(home, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*fd < 0 && errno == ENOENT)
		return fault_set(f, ST_NONE, "home.missing", "there is no %s", home);
	return *fd < 0 ? fault_errno(f, ST_HOST, "home.open", "%s", home) : ST_OK;
}

const char *unread_effect(const char *what)
{
	return snapshot_is_agreement(what)
		? "a gateway that runs keeps the agreement that it read before; one that starts "
		  "answers this partner HTTP 503 until it is mended, and what we send to it waits"
		: "a gateway goes without it, nothing goes either way";
}

const char *unread_advice(const char *what)
{
	return snapshot_is_agreement(what)
		? "mend what is named; then SIGHUP to the gateway, if one runs"
		: "mend what is named, or `tieline partner add` its sheet again; "
		  "then SIGHUP to the gateway";
}

/* "%2F" is a byte; what is no such thing was not written by us, and is shown as it is. */
static size_t name_byte(uint8_t *out, struct slice name)
{
	AUTO_IN_PLACE(buf) byte = buf_init(1);

	*out = name.p[0];
	if (name.p[0] != '%' || name.n < 3 ||
		hex_parse(&byte, slice_sub(name, 1, 2), NULL) != ST_OK)
		return 1;
	*out = byte.p[0];
	return 3;
}

void unread_id_put(struct buf *out, const char *what)
{
	struct slice file, name = slice_str(what);
	uint8_t byte;

	if (slice_has_prefix(name, S("partners/")))
		name = slice_from(name, sizeof("partners/") - 1);
	(void)slice_cut(&name, &file, name, '/');
	while (name.n > 0) {
		name = slice_from(name, name_byte(&byte, name));
		buf_put_u8(out, byte);
	}
}

json_t *unread_json(const char *what, const struct fault *f)
{
	AUTO_IN_PLACE(buf) text = buf_init(FAULT_TEXT_MAX + UNREAD_ID_MAX);

	buf_putf(&text, "%s: %s", what, f->text);
	return json_pack("{s:s, s:o}", "code", f->code, "text", json_slice(buf_slice(&text)));
}

void unread_tell(const char *home, const char *what, const struct fault *f)
{
	char words[CLOCK_WRONG_MAX];
	bool is_clock = own_clock_is_wrong(words, home);

	fprintf(stderr, "tieline: %s: %s: %s: %s (%s)\n", what, f->text, unread_effect(what),
		is_clock ? CLOCK_WRONG_ADVICE : unread_advice(what), f->code);
}

static void on_unread(void *context, const char *what, const struct fault *f)
{
	const char *const *home = context;

	unread_tell(*home, what, f);
}

enum status home_registry_telling(struct registry **out, const char *home,
	void (*ignored)(void *context, const char *what, const struct fault *), void *context,
	struct fault *f)
{
	AUTO_IN_PLACE(mapping) map = { 0 };
	AUTO_FD fd = -1;

	TRY(snapshot_take(&fd, home, f));
	TRY(mapping_init(&map, fd, SNAPSHOT_SIZE_MAX, f));
	return snapshot_read(out, map.bytes, clock_utc_ns(), ignored, context, f);
}

enum status home_registry(struct registry **out, const char *home, struct fault *f)
{
	return home_registry_telling(out, home, on_unread, &home, f);
}

enum status home_keyring(struct keyring **out, const char *home, struct fault *f)
{
	AUTO_IN_PLACE(mapping) map = { 0 };
	AUTO_FD fd = -1;

	TRY(snapshot_take(&fd, home, f));
	TRY(mapping_init(&map, fd, SNAPSHOT_SIZE_MAX, f));
	return snapshot_keyring(out, map.bytes, f);
}

/* Only while the lock is held is its number a gateway's, and not that of some later process. */
bool home_reload(int home)
{
	AUTO_IN_PLACE(buf) text = buf_init(16);
	AUTO_FD lock = openat(home, "run/lock", O_RDONLY | O_CLOEXEC);
	uint64_t pid;

	if (lock < 0 || flock(lock, LOCK_SH | LOCK_NB) == 0 ||
		fd_read_all(&text, lock, NULL) != ST_OK)
		return false;
	if (slice_u64(&pid, slice_trim(buf_slice(&text)), NULL) != ST_OK || pid < 2 ||
		pid > INT32_MAX)
		return false;
	return kill((pid_t)pid, SIGHUP) == 0;
}
