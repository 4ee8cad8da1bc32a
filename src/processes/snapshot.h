/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All of a home's configuration in one descriptor: what the monitor reads from disk and every
 * process parses for itself, at the start and again on SIGHUP.  The monitor copies files, it does
 * not interpret them.
 *
 * HOME/tieline.yaml                     settings
 * HOME/root.pem tls.pem sign.pem encrypt.pem    our certificates
 * HOME/tls.2.pem tls.2.from...          renewed ones (safeguards/keyring.h)
 * HOME/keys/{root,tls,sign,encrypt,tls.2...}.key our private keys (never in a snapshot)
 * HOME/partners/ID/sheet.pem            as received
 * HOME/partners/ID/agreement.yaml
 * HOME/partners/ID/anchors.pem          authorities it trusts, for trust: { mode: chain }
 * HOME/partners/ID/revoked.crl          their revocation lists
 * HOME/partners/ID/risk.pem             exceptions from what an area deserves, our root's
 * HOME/guides/NAME.yaml                 guides for X12 documents, beside the program's
 * HOME/ledger/                          ledger.db, spool/
 * HOME/run/                             control.sock, lock, known
 *
 * (ID is the party id with every byte but letters, digits, '-' and '_' written as %HH.)
 */
#ifndef TIELINE_PROCESSES_SNAPSHOT_H
#define TIELINE_PROCESSES_SNAPSHOT_H

#include "exchange/registry.h"
#include "safeguards/keyring.h"

#define SNAPSHOT_SIZE_MAX (UINT64_C(512) << 20)

/* A sealed memory file of name/content pairs. ST_NONE "home.missing", ST_HOST. */
NODISCARD enum status snapshot_take(int *fd, const char *home, struct fault *f);

/*
 * The text of a home's tieline.yaml.  What is wrong with it is this host's fault, not an input's:
 * ST_HOST, with the codes of settings_parse() and the file's name before its words.
 */
NODISCARD enum status settings_of_home(struct settings **out, struct slice yaml, struct fault *f);

/*
 * Settings, every partner whose sheet and agreement hold; `refused` (may be NULL) hears of those
 * that do not, and the others stand.  `what` is "partners/ID", a partner that a gateway goes without,
 * or "partners/ID/agreement.yaml", of one that it is closed to (snapshot_is_agreement()): no gateway
 * takes that at a reload.
 */
NODISCARD enum status snapshot_read(struct registry **out, struct slice snapshot, int64_t now_ns,
	void (*refused)(void *context, const char *what, const struct fault *),
	void *context, struct fault *f);

bool snapshot_is_agreement(const char *what);

/*
 * The same for who serves: a partner whose agreement alone does not hold has the one that lets
 * nothing pass, and refuses nothing for good (agreement_unread_new()).  Those that hold come first:
 * none of them makes room for it.
 */
NODISCARD enum status snapshot_read_to_serve(struct registry **out, struct slice snapshot,
	int64_t now_ns, void (*refused)(void *context, const char *what, const struct fault *),
	void *context, struct fault *f);

/*
 * For a reload: every agreement in it can be read, and the anchors it speaks of, or the fault says
 * which cannot and why.  A typing error must not make a stranger of a partner.
 */
NODISCARD enum status snapshot_agreements_check(int fd, struct fault *f);

/*
 * Our own certificates, from the same snapshot, at least one for every use. ST_NONE
 * "home.certificate", ST_LIMIT "home.certificates", ST_INPUT "cert.syntax" | "time.syntax".
 */
NODISCARD enum status snapshot_keyring(
	struct keyring **out, struct slice snapshot, struct fault *f);
/* The root that issued them. ST_NONE "home.certificate". */
NODISCARD enum status snapshot_root(struct cert **out, struct slice snapshot, struct fault *f);

/* "root.pem"... for commands: files by name below home. */
void partner_dir_name(struct buf *out, struct slice party_id);

#endif
