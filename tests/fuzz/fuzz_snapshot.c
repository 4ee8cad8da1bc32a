/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a home in one descriptor: the registry, our certificates, our root, each refused
 * with a code or whole; a partner that does not hold is told of, and the others stand.  A byte more
 * at its end is never taken for a part of it.
 */
#include <string.h>

#include "base/fd.h"
#include "processes/snapshot.h"
#include "safeguards/crypto.h"

#define NOW (INT64_C(1798761600) * INT64_C(1000000000)) /* 2027-01-01 */
#define SIZE_MAX_BYTES (1 << 20)

static void refused(void *context, const char *partner_dir, const struct fault *why)
{
	if (!partner_dir[0] || why->status == ST_OK || why->code[0] == '\0')
		bug("a partner is refused without a name or a code");
	++*(unsigned *)context;
}

static void judge(const char *what, enum status st, bool is_there, const struct fault *f)
{
	if ((st == ST_OK) != is_there)
		bug("%s: %s, and not what belongs to it", what, status_name(st));
	if (st != ST_OK && st != ST_MORE && f->code[0] == '\0')
		bug("%s: refused without a code", what);
}

/* Each partner is found by the name that its sheet says, and each has what it was read with. */
static void registry_asked(const struct registry *registry)
{
	size_t index;

	if (!registry_settings(registry))
		bug("no settings");
	for (size_t i = 0; i < registry_partner_count(registry); i++) {
		const struct partner *p = registry_partner(registry, i);

		if (!p->sheet || !p->agreement ||
			registry_find(&index, registry, slice_str(p->sheet->id), NULL) != ST_OK ||
			index != i)
			bug("a partner that is not found, or is another");
	}
	for (size_t i = 0; registry_guide(registry, i); i++)
		if (!registry_guide(registry, i)->file[0])
			bug("a guide without a name");
}

static enum status registry_read(struct slice in)
{
	AUTO(registry) registry = NULL;
	struct fault f = { 0 };
	unsigned others = 0;
	enum status st = snapshot_read(&registry, in, NOW, refused, &others, &f);

	judge("registry", st, registry != NULL, &f);
	if (registry)
		registry_asked(registry);
	return st;
}

/* Who serves has whatever partners the first has, and those whose agreement alone does not hold. */
static void serving_read(struct slice in, bool is_good)
{
	AUTO(registry) registry = NULL;
	struct fault f = { 0 };
	unsigned others = 0;
	enum status st = snapshot_read_to_serve(&registry, in, NOW, refused, &others, &f);

	judge("registry to serve", st, registry != NULL, &f);
	if (is_good && !registry)
		bug("what is read is not served");
	if (registry)
		registry_asked(registry);
}

static void keyring_asked(const struct keyring *ring)
{
	for (enum cert_use use = 0; use < CERT_USES; use++)
		if (!keyring_newest(ring, use))
			bug("a use without a certificate");
	for (size_t i = 0; i < ring->count; i++)
		if (!ring->certs[i].cert || ring->certs[i].generation == 0)
			bug("a certificate of no generation");
}

static void ours_read(struct slice in)
{
	AUTO(keyring) ring = NULL;
	AUTO(cert) root = NULL;
	struct fault f = { 0 };

	enum status st = snapshot_keyring(&ring, in, &f);
	judge("keyring", st, ring != NULL, &f);
	if (ring)
		keyring_asked(ring);
	f = (struct fault){ 0 };
	st = snapshot_root(&root, in, &f);
	judge("root", st, root != NULL, &f);
}

static void agreements_check(struct slice in)
{
	AUTO_FD fd = -1;
	struct fault f = { 0 };

	if (memory_file_new(&fd, "snapshot", in, &f) != ST_OK)
		bug("%s", f.text);
	enum status st = snapshot_agreements_check(fd, &f);
	judge("agreements", st, st == ST_OK, &f);
}

/* One byte is no name with its length: what stands before it stands, the whole is not taken. */
static void longer_read(struct slice in)
{
	AUTO_IN_PLACE(buf) longer = buf_init(SIZE_MAX_BYTES + 1);

	buf_put(&longer, in);
	buf_put_u8(&longer, 0);
	if (registry_read(buf_slice(&longer)) == ST_OK)
		bug("what follows a snapshot is taken for a part of it");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct slice in = slice_of(data, n);
	struct fault f;

	if (n > SIZE_MAX_BYTES)
		return 0;
	if (crypto_init(&f) != ST_OK)
		bug("%s", f.text);
	bool is_good = registry_read(in) == ST_OK;
	if (is_good)
		longer_read(in);
	serving_read(in, is_good);
	ours_read(in);
	agreements_check(in);
	return 0;
}
