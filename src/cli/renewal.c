/* SPDX-License-Identifier: Apache-2.0 */
/* Used by cert. */
#include "cli/renewal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "processes/keyring_files.h"
#include "safeguards/authority.h"

#define NAME_MAX_BYTES 64
#define PEM_MAX 16384
#define KEPT_NS (RENEWAL_KEPT_DAYS * 86400 * NS_PER_S)

static enum status keys_open(int *fd, int home, struct fault *f)
{
	*fd = openat(home, "keys", O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	return *fd < 0 ? fault_errno(f, ST_HOST, "home.open", "keys") : ST_OK;
}

enum status renewal_lock(int *lock, int home, struct fault *f)
{
	AUTO_FD keys = -1;
	struct stat st;

	TRY(keys_open(&keys, home, f));
	if (fstat(keys, &st) != 0)
		return fault_errno(f, ST_HOST, "home.open", "keys");
	if (st.st_uid != geteuid())
		return fault_set(f, ST_AUTH, "home.owner",
			"the keys belong to user %u: run this as that user", (unsigned)st.st_uid);
	if (flock(keys, LOCK_EX | LOCK_NB) != 0)
		return fault_set(
			f, ST_RETRY, "home.locked", "another `tieline cert` is at work here");
	*lock = FD_TAKE(keys);
	return ST_OK;
}

/* --- a new one --- */

static enum status pair_write(int home, enum cert_use use, unsigned generation,
	const struct cert *cert, const struct key *key, struct fault *f)
{
	AUTO_IN_PLACE(buf) secret = buf_init(PEM_MAX), pem = buf_init(PEM_MAX),
			   key_name = buf_init(NAME_MAX_BYTES), name = buf_init(NAME_MAX_BYTES);
	AUTO_FD keys = -1;

	TRY(keys_open(&keys, home, f));
	key_format_pem(&secret, key);
	cert_format_pem(&pem, cert);
	TRY(buf_check(&secret, f));
	TRY(buf_check(&pem, f));
	keyring_name_put(&key_name, use, generation, ".key");
	keyring_name_put(&name, use, generation, ".pem");
	TRY(file_replace(keys, buf_text(&key_name), buf_slice(&secret), 0600, f));
	return file_replace(home, buf_text(&name), buf_slice(&pem), 0644, f);
}

static bool is_waiting(const struct keyring_cert *newest, int64_t now_ns)
{
	return newest->from_ns > now_ns && cert_not_after_ns(newest->cert) > now_ns;
}

enum status renewal_make(int home, const struct keyring *ring, enum cert_use use,
	const struct own_root *root, const struct settings *settings, int64_t now_ns,
	struct fault *f)
{
	const struct keyring_cert *newest = keyring_newest(ring, use);
	AUTO(key) key = NULL;
	AUTO(cert) cert = NULL;
	char host[LISTEN_MAX + 1];

	if (is_waiting(newest, now_ns))
		return fault_set(f, ST_INPUT, "cert.waiting",
			"there is a new certificate for %s that is not used yet: `tieline cert roll %s`",
			cert_use_name(use), cert_use_name(use));
	if (newest->generation >= GENERATION_MAX)
		return fault_set(f, ST_LIMIT, "home.certificates", "no more than %d generations",
			GENERATION_MAX);
	TRY(slice_to_text(host, sizeof(host), party_url_host(slice_str(settings->url)), f));
	TRY(key_generate(
		&key, cert_key_kind(keyring_current(ring, use, now_ns)->cert), f));
	TRY(authority_issue(&cert, root->cert, root->key, key, use, settings->id, settings->name,
		host, now_ns, f));
	return pair_write(home, use, newest->generation + 1, cert, key, f);
}

/* --- its moment --- */

static enum status moment_check(const struct keyring_cert *newest,
	const struct keyring_cert *current, int64_t at_ns, struct fault *f)
{
	char when[TIME_TEXT_MAX], until[TIME_TEXT_MAX];

	if (at_ns < cert_not_before_ns(newest->cert) || at_ns >= cert_not_after_ns(newest->cert))
		return fault_set(f, ST_INPUT, "cert.moment",
			"the new certificate for %s is valid from %.10s to %.10s only",
			cert_use_name(newest->use),
			time_format(when, cert_not_before_ns(newest->cert)),
			time_format(until, cert_not_after_ns(newest->cert)));
	if (at_ns > cert_not_after_ns(current->cert))
		return fault_set(f, ST_INPUT, "cert.moment",
			"the certificate for %s in use ends at %s: nothing would be valid until then",
			cert_use_name(newest->use),
			time_format(when, cert_not_after_ns(current->cert)));
	return ST_OK;
}

enum status renewal_roll(int home, const struct keyring *ring, enum cert_use use, int64_t at_ns,
	int64_t now_ns, struct fault *f)
{
	const struct keyring_cert *newest = keyring_newest(ring, use);
	const struct keyring_cert *current = keyring_current(ring, use, now_ns);
	AUTO_IN_PLACE(buf) name = buf_init(NAME_MAX_BYTES), line = buf_init(NAME_MAX_BYTES);
	char when[TIME_TEXT_MAX];

	if (newest->from_ns <= now_ns)
		return fault_set(f, ST_INPUT, "cert.nothing",
			"the newest certificate for %s is in use: `tieline cert renew %s` makes another",
			cert_use_name(use), cert_use_name(use));
	if (newest != current)
		TRY(moment_check(newest, current, at_ns, f));
	keyring_name_put(&name, use, newest->generation, ".from");
	buf_putf(&line, "%s\n", time_format(when, at_ns));
	return file_replace(home, buf_text(&name), buf_slice(&line), 0644, f);
}

/* --- the old ones --- */

static enum status file_remove(
	int dir, enum cert_use use, unsigned generation, const char *suffix, struct fault *f)
{
	AUTO_IN_PLACE(buf) name = buf_init(NAME_MAX_BYTES);

	keyring_name_put(&name, use, generation, suffix);
	return unlinkat(dir, buf_text(&name), 0) == 0 || errno == ENOENT
		? ST_OK
		: fault_errno(f, ST_HOST, "host.write", "removing %s", buf_text(&name));
}

static enum status generation_remove(
	int home, enum cert_use use, unsigned generation, struct fault *f)
{
	AUTO_FD keys = -1;

	TRY(keys_open(&keys, home, f));
	TRY(file_remove(home, use, generation, ".pem", f));
	TRY(file_remove(home, use, generation, ".from", f));
	return file_remove(keys, use, generation, ".key", f);
}

enum status renewal_finish(int home, const struct keyring *ring, enum cert_use use,
	size_t *removed, int64_t now_ns, struct fault *f)
{
	const struct keyring_cert *current = keyring_current(ring, use, now_ns);

	if (current != keyring_newest(ring, use) || current->from_ns > now_ns)
		return fault_set(f, ST_INPUT, "cert.unfinished",
			"the newest certificate for %s is not used yet: `tieline cert roll %s` first",
			cert_use_name(use), cert_use_name(use));
	for (size_t i = 0; i < ring->count; i++) {
		const struct keyring_cert *c = &ring->certs[i];
		if (c->use != use || c == current)
			continue;
		TRY(generation_remove(home, use, c->generation, f));
		++*removed;
	}
	return ST_OK;
}

static enum status keys_tidy(int home, const struct keyring *ring, struct fault *f)
{
	struct keyring_files files;
	AUTO_FD keys = -1;

	TRY(keys_open(&keys, home, f));
	TRY(keyring_files_find(&files, keys, ".key", f));
	for (size_t i = 0; i < files.count; i++) {
		const struct keyring_file *one = &files.list[i];
		if (!keyring_find(ring, one->use, one->generation))
			TRY(file_remove(keys, one->use, one->generation, ".key", f));
	}
	return ST_OK;
}

enum status renewal_tidy(int home, const struct keyring *ring, int64_t now_ns, struct fault *f)
{
	for (size_t i = 0; i < ring->count; i++) {
		const struct keyring_cert *c = &ring->certs[i];
		if (cert_not_after_ns(c->cert) < now_ns - KEPT_NS &&
			c != keyring_current(ring, c->use, now_ns) &&
			c != keyring_newest(ring, c->use))
			TRY(generation_remove(home, c->use, c->generation, f));
	}
	return keys_tidy(home, ring, f);
}
