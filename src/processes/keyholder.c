/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keyholder: three verbs over the private keys, and the only process that has any.  It is
 * handed the open key files before its configuration, at the start and at every reload, and never
 * a name of one: it may touch nothing but its descriptors.  Keys whose certificate is in the
 * configuration no more are forgotten.  Who may do what is a table: a network process
 * signs handshakes, an envelope signs messages and opens seals, and nobody else asks.
 */
#include "processes/process.h"

#include "base/fd.h"
#include "base/log.h"
#include "base/pace.h"

#define KEY_FILE_MAX 16384
#define KEY_NAME_MAX 64

const struct sandbox keyholder_sandbox = { .promises = "stdio" };

#define HELD_MAX (2 * KEYRING_MAX) /* those in force, and those of the reload under way */

struct held {
	unsigned number; /* keyring_number() */
	struct key *key;
};

struct keyholder {
	struct held keys[HELD_MAX];
	size_t count;
};

#define SCHEME(name) (1u << KEY_##name)
#define SIGNS (SCHEME(SIGN_ECDSA) | SCHEME(SIGN_RSA_PKCS1) | SCHEME(SIGN_RSA_PSS))
#define OPENS \
	(SCHEME(UNWRAP_OAEP) | SCHEME(UNWRAP_OAEP_MGF1_SHA1) | SCHEME(UNWRAP_RSA_V15) | \
		SCHEME(AGREE_ECDH))

/* Schemes a role may use with each of our keys. */
static const unsigned rights[ROLES][CERT_USES] = {
	[ROLE_EDGE] = { [CERT_TLS] = SIGNS },
	[ROLE_COURIER] = { [CERT_TLS] = SIGNS },
	[ROLE_ENVELOPE] = { [CERT_SIGN] = SIGNS, [CERT_ENCRYPT] = OPENS },
};

static struct held *held_find(struct keyholder *holder, unsigned number)
{
	for (size_t i = 0; i < holder->count; i++)
		if (holder->keys[i].number == number)
			return &holder->keys[i];
	return NULL;
}

/* A digest is at most 64 bytes: whatever is longer is no digest, and is not signed. */
static enum status request_check(const struct verb_key_ask *ask, enum role asker, struct fault *f)
{
	if (ask->scheme >= KEY_SCHEMES ||
		!(rights[asker][ask->number % CERT_USES] & (1u << ask->scheme)))
		return fault_set(f, ST_AUTH, "key.right", "%s may not use scheme %u with key %u",
			role_name(asker), ask->scheme, ask->number);
	return ST_OK;
}

static enum status key_use(struct buf *out, struct keyholder *holder,
	const struct verb_key_ask *ask, enum role asker, struct fault *f)
{
	struct key_request request = { .scheme = ask->scheme, .input = ask->input };

	TRY(request_check(ask, asker, f));
	const struct held *held = held_find(holder, ask->number);
	if (!held)
		return fault_set(f, ST_HOST, "key.missing", "key %u was not given to the keyholder",
			ask->number);
	TRY(slice_to_text(request.digest_name, sizeof(request.digest_name), ask->digest_name, f));
	return key_serve(out, held->key, &request, f);
}

static void answer(struct process *self, struct ipc *link, const struct ipc_packet *packet)
{
	AUTO_IN_PLACE(buf) out = buf_init(KEY_OUTPUT_MAX);
	struct verb_key_ask ask;
	struct verb_key_answer reply = { 0 };
	struct fault f;
	enum role asker;
	unsigned index;

	process_peer(&asker, &index, self, link);
	enum status st = ipc_body_parse(&ask, packet, &f);
	if (st == ST_OK)
		st = key_use(&out, self->state, &ask, asker, &f);
	reply.status = st;
	if (st == ST_OK) {
		reply.output = buf_slice(&out);
	} else {
		log_warning("key-refused", LOG_T("to", role_name(asker)), LOG_FAULT(&f));
		reply.code = slice_str(f.code);
		reply.text = slice_str(f.text);
	}
	if (process_send(link, VERB_KEY_ANSWER, packet->id, &reply, -1, &f) != ST_OK)
		log_warning("key-answer-lost", LOG_FAULT(&f));
}

static void on_packet(struct process *self, struct ipc *link, struct ipc_packet *packet)
{
	if (packet->code == VERB_KEY_ASK)
		answer(self, link, packet);
}

static void held_put(struct keyholder *holder, unsigned number, struct key *key)
{
	struct held *held = held_find(holder, number);

	if (!held && holder->count == HELD_MAX)
		bug("more than %d keys", HELD_MAX);
	if (!held) {
		held = &holder->keys[holder->count++];
		*held = (struct held){ .number = number };
	}
	key_free(held->key);
	held->key = key;
}

/* At the start a home with a broken key must not serve; later it goes on with the keys it has. */
static void on_key(struct process *self, unsigned number, int file)
{
	AUTO_FD fd = file;
	AUTO_IN_PLACE(buf) pem = buf_init(KEY_FILE_MAX), name = buf_init(KEY_NAME_MAX);
	struct key *key;
	struct fault f;

	keyring_name_put(&name, number % CERT_USES, number / CERT_USES + 1, ".key");
	if (fd_read_all(&pem, fd, &f) == ST_OK && key_parse_pem(&key, buf_slice(&pem), &f) == ST_OK)
		held_put(self->state, number, key);
	else if (!self->registry)
		die("private key %s: %s: is HOME/keys/%s a PKCS#8 PEM file? (home.key)", buf_text(&name),
			f.text, buf_text(&name));
	else
		log_error("key-unreadable", LOG_S("file", buf_slice(&name)), LOG_FAULT(&f));
}

/*
 * A key that is not that of our certificate would fail every partner in ways hard to read: say it
 * here.
 */
static void keys_check(const struct process *self, struct keyholder *holder)
{
	for (size_t i = 0; i < self->ring->count; i++) {
		const struct keyring_cert *c = &self->ring->certs[i];
		const struct held *held =
			held_find(holder, keyring_number(c->use, c->generation));
		AUTO_IN_PLACE(buf) key = buf_init(KEY_NAME_MAX), pem = buf_init(KEY_NAME_MAX);
		keyring_name_put(&key, c->use, c->generation, ".key");
		keyring_name_put(&pem, c->use, c->generation, ".pem");
		if (!held || !key_matches(held->key, c->cert))
			die("HOME/keys/%s is not the key of HOME/%s: restore the pair from a backup (home.key)",
				buf_text(&key), buf_text(&pem));
	}
}

/*
 * A wrong key would sign what no partner believes; without one, partners are told to come again
 * until the pair is mended.
 */
static bool may_stay(const struct process *self, const struct held *held)
{
	const struct keyring_cert *c = keyring_find(
		self->ring, held->number % CERT_USES, held->number / CERT_USES + 1);
	bool fits = c && key_matches(held->key, c->cert);

	if (c && !fits)
		log_error("key-mismatch", LOG_T("use", cert_use_name(c->use)),
			LOG_I("generation", c->generation),
			LOG_T("why",
				"the key is not that of the certificate: restore the pair from a backup, then reload"));
	return fits;
}

static void on_config(struct process *self, const struct registry *before)
{
	struct keyholder *holder = self->state;
	size_t kept = 0;

	(void)before;
	for (size_t i = 0; i < holder->count; i++)
		if (may_stay(self, &holder->keys[i]))
			holder->keys[kept++] = holder->keys[i];
		else
			key_free(holder->keys[i].key);
	holder->count = kept;
}

static const struct process_role keyholder_role = {
	.role = ROLE_KEYHOLDER,
	.key = on_key,
	.packet = on_packet,
	.config = on_config,
};

int keyholder_main(struct process *self)
{
	static struct keyholder held;

	self->state = &held;
	process_init(self, &keyholder_role);
	keys_check(self, &held);
	/* Whoever asks it waits for it, and it has no other work. */
	pace_set(PACE_PROMPT);
	process_confine(self, &keyholder_sandbox, ".");
	return process_run(self);
}
