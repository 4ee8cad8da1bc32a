/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keyholder: three verbs over the private keys, and the only process that has any.  It is
 * handed the open key files before its configuration, reads them, and then may touch
 * nothing but its descriptors.  Who may do what is a table: a network process
 * signs handshakes, an envelope signs messages and opens seals, and nobody else asks.
 */
#include "processes/process.h"

#include "base/fd.h"
#include "base/log.h"

#define KEY_FILE_MAX 16384

const struct sandbox keyholder_sandbox = { .promises = "stdio" };

struct keyholder {
	struct key *keys[CERT_USES];
};

#define SCHEME(name) (1u << KEY_##name)
#define SIGNS (SCHEME(SIGN_ECDSA) | SCHEME(SIGN_RSA_PKCS1) | SCHEME(SIGN_RSA_PSS))
#define OPENS (SCHEME(UNWRAP_OAEP) | SCHEME(UNWRAP_RSA_V15) | SCHEME(AGREE_ECDH))

/* Schemes a role may use with each of our keys. */
static const unsigned rights[ROLES][CERT_USES] = {
	[ROLE_EDGE] = { [CERT_TLS] = SIGNS },
	[ROLE_COURIER] = { [CERT_TLS] = SIGNS },
	[ROLE_ENVELOPE] = { [CERT_SIGN] = SIGNS, [CERT_ENCRYPT] = OPENS },
};

/* A digest is at most 64 bytes: whatever is longer is no digest, and is not signed. */
static enum status request_check(const struct verb_key_ask *ask, enum role asker, struct fault *f)
{
	if (ask->number >= CERT_USES || ask->scheme >= KEY_SCHEMES
	    || !(rights[asker][ask->number] & (1u << ask->scheme)))
		return fault_set(f, ST_AUTH, "key.right", "%s may not use scheme %u with key %u",
			role_name(asker), ask->scheme, ask->number);
	return ST_OK;
}

static enum status key_use(struct buf *out, struct keyholder *held, const struct verb_key_ask *ask,
	enum role asker, struct fault *f)
{
	struct key_request request = { .scheme = ask->scheme, .input = ask->input };

	TRY(request_check(ask, asker, f));
	if (!held->keys[ask->number])
		return fault_set(f, ST_HOST, "key.missing", "key %u was not given to the keyholder",
			ask->number);
	TRY(slice_to_text(request.digest_name, sizeof(request.digest_name), ask->digest_name, f));
	return key_serve(out, held->keys[ask->number], &request, f);
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

static void on_key(struct process *self, unsigned number, int file)
{
	AUTO_FD fd = file;
	AUTO_IN_PLACE(buf) pem = buf_init(KEY_FILE_MAX);
	struct keyholder *held = self->state;
	struct fault f;

	if (number >= CERT_USES)
		bug("key number %u", number);
	if (fd_read_all(&pem, fd, &f) != ST_OK ||
		key_parse_pem(&held->keys[number], buf_slice(&pem), &f) != ST_OK)
		die("private key %s: %s: is HOME/keys/%s.key a PKCS#8 PEM file?",
			cert_use_name(number), f.text, cert_use_name(number));
}

/*
 * A key that is not that of our certificate would fail every partner in ways hard to read: say it
 * here.
 */
static void keys_check(const struct process *self, const struct keyholder *held)
{
	for (unsigned use = 0; use < CERT_USES; use++)
		if (!held->keys[use] || !key_matches(held->keys[use], self->own[use]))
			die("HOME/keys/%s.key is not the key of HOME/%s.pem: restore the pair from a backup",
				cert_use_name(use), cert_use_name(use));
}

static const struct process_role keyholder_role = {
	.role = ROLE_KEYHOLDER,
	.key = on_key,
	.packet = on_packet,
};

int keyholder_main(struct process *self)
{
	static struct keyholder held;

	self->state = &held;
	process_init(self, &keyholder_role);
	keys_check(self, &held);
	process_confine(self, &keyholder_sandbox, ".");
	return process_run(self);
}
