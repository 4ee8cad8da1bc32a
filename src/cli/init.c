/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tieline init: a party's home, with a closed-circle authority of its own and separate keys for
 * TLS, signing and encryption.  Made beside its final place and renamed, so that a home is there
 * whole or not at all.
 */
#include "cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "cli/fingerprint.h"
#include "cli/home.h"
#include "exchange/endpoint.h"
#include "exchange/settings.h"
#include "safeguards/authority.h"
#include "safeguards/crypto.h"

enum { HOME, NAME, ID, ROLE, LISTEN, URL, KEYS };
static const struct option_row options[] = {
	[HOME] = HOME_OPTION,
	[NAME] = { "name", "TEXT", "the party's name", NULL },
	[ID] = { "id", "DUNS", "its DUNS number, or another id its partners know it by", NULL },
	[ROLE] = { "role", "utility|aggregator|rto", "what it is to its partners", NULL },
	[LISTEN] = { "listen", "HOST:PORT", "where to listen for partners", NULL },
	[URL] = { "url", "URL", "where partners reach it; default https://HOST:PORT", NULL },
	[KEYS] = { "keys", "ec|p384|rsa",
		"kind of keys: P-256 (default), or RSA 3072 for partners without elliptic curves", NULL },
};

struct making {
	int dir;
	enum key_kind kind;
	const char *id, *name;
	char host[LISTEN_MAX + 1];
	struct cert *root;
	struct key *root_key;
	int64_t now_ns;
};

/* Partners cannot connect to "all addresses of this machine". */
static enum status url_default(struct settings *s, struct fault *f)
{
	if (slice_has_prefix(slice_str(s->listen), S("0.0.0.0:")) ||
		slice_has_prefix(slice_str(s->listen), S("[::]:")))
		return fault_set(f, ST_INPUT, "url.missing",
			"%s is every address of this machine: say by --url which one partners reach",
			s->listen);
	if (snprintf(s->url, sizeof(s->url), "https://%s", s->listen) >= (int)sizeof(s->url))
		return fault_set(f, ST_LIMIT, "url.length", "the address is too long");
	return ST_OK;
}

static enum status settings_make(struct settings *s, const struct arguments *a, struct fault *f)
{
	settings_init(s);
	TRY(party_id_check(slice_str(a->values[ID]), f));
	TRY(slice_to_text(s->id, sizeof(s->id), slice_str(a->values[ID]), f));
	TRY(slice_to_text(s->name, sizeof(s->name), slice_str(a->values[NAME]), f));
	TRY(slice_to_text(s->listen, sizeof(s->listen), slice_str(a->values[LISTEN]), f));
	TRY(endpoint_check(slice_str(s->listen), true, f));
	TRY(party_role_parse(&s->role, slice_str(a->values[ROLE]), f));
	TRY(a->given[URL] ? slice_to_text(s->url, sizeof(s->url), slice_str(a->values[URL]), f)
			  : url_default(s, f));
	return party_url_check(slice_str(s->url), f);
}

/*
 * What the serving side will read must be what was meant: written, then read back before anything
 * is made.
 */
static enum status settings_write(const struct making *m, const struct settings *s, struct fault *f)
{
	AUTO_IN_PLACE(buf) yaml = buf_init(SETTINGS_SIZE_MAX);
	AUTO(settings) again = NULL;

	settings_format(&yaml, s);
	TRY(buf_check(&yaml, f));
	TRY(settings_parse(&again, buf_slice(&yaml), f));
	return file_replace(m->dir, "tieline.yaml", buf_slice(&yaml), 0644, f);
}

static enum status pair_write(const struct making *m, const char *name, const struct cert *cert,
	const struct key *key, struct fault *f)
{
	AUTO_IN_PLACE(buf) path = buf_init(64), pem = buf_init(16384), secret = buf_init(16384);

	cert_format_pem(&pem, cert);
	key_format_pem(&secret, key);
	TRY(buf_check(&pem, f));
	TRY(buf_check(&secret, f));
	buf_putf(&path, "%s.pem", name);
	TRY(file_replace(m->dir, buf_text(&path), buf_slice(&pem), 0644, f));
	buf_clear(&path);
	buf_putf(&path, "%s.key", name);
	AUTO_FD keys = openat(m->dir, "keys", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return file_replace(keys, buf_text(&path), buf_slice(&secret), 0600, f);
}

static enum status root_make(struct making *m, struct fault *f)
{
	/* No weaker than what it certifies; what RSA keys are for does not look at it. */
	TRY(key_generate(
		&m->root_key, m->kind == KEY_EC_P384 ? KEY_EC_P384 : KEY_EC_P256, f));
	TRY(authority_make(&m->root, m->root_key, m->id, m->name, m->now_ns, f));
	return pair_write(m, "root", m->root, m->root_key, f);
}

static enum status leaf_make(const struct making *m, enum cert_use use, struct fault *f)
{
	AUTO(key) key = NULL;
	AUTO(cert) cert = NULL;

	/*
	 * TLS is between gateways of today: only what travels inside must suit a partner's older
	 * software.
	 */
	TRY(key_generate(&key, use == CERT_TLS ? KEY_EC_P256 : m->kind, f));
	TRY(authority_issue(
		&cert, m->root, m->root_key, key, use, m->id, m->name, m->host, m->now_ns, f));
	return pair_write(m, cert_use_name(use), cert, key, f);
}

static enum status dirs_make(const struct making *m, struct fault *f)
{
	static const struct {
		const char *name;
		mode_t mode;
	} dirs[] = { { "keys", 0700 }, { "partners", 0755 }, { "run", 0711 }, { "run/empty", 0711 },
		{ "ledger", 0700 }, { "ledger/spool", 0700 } };

	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++)
		if (mkdirat(m->dir, dirs[i].name, dirs[i].mode) != 0)
			return fault_errno(f, ST_HOST, "host.directory", "making %s", dirs[i].name);
	return ST_OK;
}

static enum status home_fill(struct making *m, const struct settings *s, struct fault *f)
{
	TRY(slice_to_text(m->host, sizeof(m->host), party_url_host(slice_str(s->url)), f));
	TRY(dirs_make(m, f));
	TRY(settings_write(m, s, f));
	TRY(root_make(m, f));
	for (unsigned use = 0; use < CERT_USES; use++)
		TRY(leaf_make(m, use, f));
	return ST_OK;
}

/* As a shell wants it: what it would act on is between quotes. */
static void shell_word_put(struct buf *out, struct slice word)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./-+:,@";
	bool is_plain = word.n > 0;

	for (size_t i = 0; i < word.n; i++)
		is_plain &= word.p[i] >= 0x80 || strchr(plain, word.p[i]) != NULL;
	if (is_plain) {
		buf_put(out, word);
		return;
	}
	buf_put_u8(out, '\'');
	for (size_t i = 0; i < word.n; i++)
		if (word.p[i] == '\'')
			buf_put_text(out, "'\\''");
		else
			buf_put_u8(out, word.p[i]);
	buf_put_u8(out, '\'');
}

static void made_print(const struct making *m, const struct settings *s, const char *home)
{
	AUTO_IN_PLACE(buf) shown = buf_init(FINGERPRINT_TEXT_MAX),
			   word = buf_init(4 * strlen(home) + 2);

	fingerprint_format(&shown, cert_fingerprint(m->root));
	printf("Made %s for %s \"%s\" (%s).\n", home, party_role_name(s->role), s->name, s->id);
	printf("  listens on   %s\n  is reached   %s\n", s->listen, s->url);
	printf("  fingerprint  %s\n\n", buf_text(&shown));
	shell_word_put(&word, slice_str(home));
	printf("Next: `tieline sheet --home %s -o FILE`, give FILE to your partner, tell them the\n",
		buf_text(&word));
	printf("fingerprint by another way (telephone), and add theirs with `tieline partner add`.\n");
}

static void tree_remove(const char *path)
{
	static const char *const files[] = {
		"tieline.yaml",
		"root.pem",
		"tls.pem",
		"sign.pem",
		"encrypt.pem",
		"keys/root.key",
		"keys/tls.key",
		"keys/sign.key",
		"keys/encrypt.key",
		"ledger/spool",
		"ledger",
		"run/empty",
		"run",
		"partners",
		"keys",
	};
	AUTO_FD dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	for (size_t i = 0; dir >= 0 && i < sizeof(files) / sizeof(files[0]); i++)
		if (unlinkat(dir, files[i], 0) != 0)
			(void)!unlinkat(dir, files[i], AT_REMOVEDIR);
	(void)!rmdir(path);
}

static enum status home_make(
	struct making *m, const struct settings *s, const char *home, struct fault *f)
{
	AUTO_IN_PLACE(buf) beside = buf_init(4096);
	size_t n = strlen(home);
	enum status st;

	if (access(home, F_OK) == 0)
		return fault_set(f, ST_INPUT, "home.exists", "%s is there already", home);
	while (n > 1 && home[n - 1] == '/')
		n--;
	buf_putf(&beside, "%.*s.new-%d", (int)n, home, (int)getpid());
	if (mkdir(buf_text(&beside), 0755) != 0)
		return fault_errno(f, ST_HOST, "host.directory", "making %s", home);
	m->dir = open(buf_text(&beside), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	st = m->dir < 0 ? fault_errno(f, ST_HOST, "host.directory", "%s", buf_text(&beside))
			: home_fill(m, s, f);
	if (st == ST_OK && rename(buf_text(&beside), home) != 0)
		st = fault_errno(f, ST_HOST, "host.directory", "naming %s", home);
	if (st != ST_OK)
		tree_remove(buf_text(&beside));
	fd_close(&m->dir);
	return st;
}

/* KEY_OTHER: there is no such kind. */
static enum key_kind kind_wanted(const struct arguments *a)
{
	static const struct {
		const char *name;
		enum key_kind kind;
	} kinds[] = { { "ec", KEY_EC_P256 }, { "p384", KEY_EC_P384 }, { "rsa", KEY_RSA } };

	if (!a->given[KEYS])
		return KEY_EC_P256;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(a->values[KEYS], kinds[i].name) == 0)
			return kinds[i].kind;
	return KEY_OTHER;
}

static int missing(const struct arguments *a)
{
	static const unsigned needed[] = { NAME, ID, ROLE, LISTEN };

	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (!a->given[needed[i]])
			return fail_with(EXIT_USAGE, "--%s is needed: see `tieline init --help`",
				options[needed[i]].name);
	if (kind_wanted(a) == KEY_OTHER)
		return fail_as(EXIT_INPUT, "init.keys",
			"there is no --keys %s: use ec, p384 or rsa: nothing was made",
			a->values[KEYS]);
	return -1;
}

static int run(const struct arguments *a)
{
	const char *home = home_path(a->values[HOME]);
	struct settings settings;
	struct fault f;
	int code = home ? missing(a) : EXIT_USAGE;

	if (code >= 0)
		return code;
	struct making m = {
		.dir = -1, .id = a->values[ID], .name = a->values[NAME], .now_ns = clock_utc_ns()
	};
	m.kind = kind_wanted(a);
	if (settings_make(&settings, a, &f) != ST_OK)
		return fail(&f, "nothing was made");
	if (crypto_init(&f) != ST_OK || home_make(&m, &settings, home, &f) != ST_OK)
		code = fail(&f, "nothing was made");
	else
		made_print(&m, &settings, home);
	cert_free(m.root);
	key_free(m.root_key);
	return code < 0 ? EXIT_DONE : code;
}

const struct command init_command = {
	.name = "init",
	.purpose = "make a party's home: keys, certificates, configuration",
	COMMAND_OPTIONS(options),
	.run = run,
};
