/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Used by the monitor.  "tieline-known 1", a line; of each address key and day since 1970, the
 * latest first; and the SHA-256 of all that.
 */
#include "processes/known.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/cursor.h"
#include "base/fd.h"
#include "base/log.h"
#include "exchange/message.h"
#include "safeguards/digest.h"

#define HEAD S("tieline-known 1\n")
#define DAY_NS (86400 * NS_PER_S)

struct known {
	int fd; /* -1: there is none, and nothing is kept */
	struct buf kept;
	size_t count; /* of those that were read */
	struct gate_proof list[KNOWN_MAX];
};

/* --- the text of it --- */

static int proof_compare(const void *a, const void *b)
{
	const struct gate_proof *one = a, *other = b;

	if (one->mono_ns != other->mono_ns)
		return one->mono_ns > other->mono_ns ? -1 : 1;
	return one->key < other->key ? -1 : one->key > other->key;
}

/* The days of proofs, in place of their times: an address that comes each hour changes nothing. */
static void days_make(
	struct gate_proof *list, size_t count, int64_t now_mono_ns, int64_t now_utc_ns)
{
	for (size_t i = 0; i < count; i++)
		list[i].mono_ns = (now_utc_ns - (now_mono_ns - list[i].mono_ns)) / DAY_NS;
}

static int key_compare(const void *a, const void *b)
{
	const struct gate_proof *one = a, *other = b;

	if (one->key != other->key)
		return one->key < other->key ? -1 : 1;
	return proof_compare(a, b);
}

/* Of each address the latest. */
static size_t twice_leave_out(struct gate_proof *list, size_t count)
{
	size_t kept = 0;

	qsort(list, count, sizeof(*list), key_compare);
	for (size_t i = 0; i < count; i++)
		if (kept == 0 || list[kept - 1].key != list[i].key)
			list[kept++] = list[i];
	return kept;
}

static void sum_put(struct buf *out)
{
	uint8_t sum[DIGEST_SIZE];

	digest_sha256(sum, buf_slice(out));
	buf_put(out, slice_of(sum, sizeof(sum)));
}

void known_format(struct buf *out, struct gate_proof *list, size_t count, int64_t now_mono_ns,
	int64_t now_utc_ns)
{
	days_make(list, count, now_mono_ns, now_utc_ns);
	count = twice_leave_out(list, count);
	qsort(list, count, sizeof(*list), proof_compare);
	buf_put(out, HEAD);
	for (size_t i = 0; i < count && i < KNOWN_MAX; i++) {
		buf_put_u64(out, list[i].key);
		buf_put_u32(out, (uint32_t)list[i].mono_ns);
	}
	sum_put(out);
}

static enum status syntax_fault(struct fault *f)
{
	return fault_set(f, ST_INPUT, "known.syntax",
		"run/known is not what was written: no address of a partner is known yet");
}

static enum status sum_check(struct slice *content, struct slice bytes, struct fault *f)
{
	uint8_t sum[DIGEST_SIZE];

	if (bytes.n < HEAD.n + DIGEST_SIZE || bytes.n > KNOWN_SIZE_MAX)
		return syntax_fault(f);
	*content = slice_to(bytes, bytes.n - DIGEST_SIZE);
	digest_sha256(sum, *content);
	if (!slice_has_prefix(bytes, HEAD) ||
		!slice_eq(slice_from(bytes, content->n), slice_of(sum, sizeof(sum))))
		return syntax_fault(f);
	*content = slice_from(*content, HEAD.n);
	return ST_OK;
}

/* As its day ended, or now: what is to come is none, and what is too old the gate leaves out. */
static bool proof_read(
	struct gate_proof *out, struct cursor *in, int64_t now_mono_ns, int64_t now_utc_ns)
{
	int64_t today = now_utc_ns / DAY_NS, ago_ns;
	uint32_t day;

	if (cursor_u64(in, &out->key, NULL) != ST_OK || cursor_u32(in, &day, NULL) != ST_OK)
		return false;
	ago_ns = day >= today ? 0 : now_utc_ns - ((int64_t)day + 1) * DAY_NS;
	out->mono_ns = day > today ? 0 : now_mono_ns - ago_ns;
	return true;
}

enum status known_parse(struct gate_proof *list, size_t *count, struct slice bytes,
	int64_t now_mono_ns, int64_t now_utc_ns, struct fault *f)
{
	struct gate_proof one;
	struct slice content;
	size_t n = 0;

	TRY(sum_check(&content, bytes, f));
	struct cursor in = cursor_of(content);
	while (n < KNOWN_MAX && proof_read(&one, &in, now_mono_ns, now_utc_ns))
		if (gate_proof_counts(&one, now_mono_ns))
			list[n++] = one;
	if (!cursor_at_end(&in))
		return syntax_fault(f);
	*count = n;
	return ST_OK;
}

/* --- the file --- */

static int file_open(int run)
{
	AUTO_FD fd = openat(run, "known",
		O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		log_warning("addresses-unkept", LOG_T("file", "run/known"),
			LOG_T("why", fd < 0 ? strerror(errno) : "it is no file"));
		return -1;
	}
	return FD_TAKE(fd);
}

static void kept_read(struct known *k)
{
	struct fault f;

	if (k->fd >= 0)
		(void)!fd_read_all(&k->kept, k->fd, NULL);
	if (k->kept.n > 0 && known_parse(k->list, &k->count, buf_slice(&k->kept), clock_mono_ns(),
				     clock_utc_ns(), &f) != ST_OK)
		log_warning("addresses-forgotten", LOG_FAULT(&f));
}

struct known *known_open(int run)
{
	struct known *k = alloc_zeroed(1, sizeof(*k));

	k->fd = file_open(run);
	k->kept = buf_init(KNOWN_SIZE_MAX);
	kept_read(k);
	return k;
}

void known_free(struct known *k)
{
	if (!k)
		return;
	fd_close(&k->fd);
	buf_done(&k->kept);
	free(k);
}

/* The latest last: of what does not fit the oldest goes. */
void known_restore(const struct known *k, struct gate *gate)
{
	for (size_t i = k->count; i-- > 0;)
		gate_prove(gate, k->list[i].key, k->list[i].mono_ns);
}

/* In its place: half of it is no file of ours, and no more is lost than is known anew. */
static void file_write(const struct known *k)
{
	const ssize_t n = (ssize_t)k->kept.n;

	if (pwrite(k->fd, k->kept.p, k->kept.n, 0) != n || ftruncate(k->fd, (off_t)n) != 0)
		log_warning("addresses-unkept", LOG_T("file", "run/known"),
			LOG_T("why", strerror(errno)));
}

void known_save(struct known *k, struct gate *const *gates, size_t count)
{
	AUTO_IN_PLACE(buf) now = buf_init(KNOWN_SIZE_MAX);
	struct gate_proof *list =
		alloc_zeroed(count ? count : 1, GATE_PROOFS_MAX * sizeof(*list));
	int64_t now_mono_ns = clock_mono_ns();
	size_t n = 0;

	for (size_t i = 0; i < count; i++)
		n += gate_proofs(list + n, gates[i], now_mono_ns);
	known_format(&now, list, n, now_mono_ns, clock_utc_ns());
	free(list);
	if (k->fd < 0 || slice_eq(buf_slice(&now), buf_slice(&k->kept)))
		return;
	buf_clear(&k->kept);
	buf_put(&k->kept, buf_slice(&now));
	file_write(k);
}
