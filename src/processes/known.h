/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The addresses that partners' certificates were shown from (gate.h), in a file of the home, so
 * that a gateway that starts in the middle of a flood knows them.  Nothing else is believed of it:
 * whoever is in it has a rate of his own for handshakes.  It is written when an address or a day is
 * new, not synced, and as good as empty when it is lost, cut, or from a clock that was ahead.
 */
#ifndef TIELINE_PROCESSES_KNOWN_H
#define TIELINE_PROCESSES_KNOWN_H

#include "base/buf.h"
#include "processes/gate.h"

#define KNOWN_MAX GATE_PROOFS_MAX /* addresses: the latest */
#define KNOWN_SIZE_MAX (KNOWN_MAX * 12 + 64) /* bytes */

/* `list` is put in order, and what is in it twice, or older than GATE_PROVEN_TIME, is left out. */
void known_format(struct buf *out, struct gate_proof *list, size_t count, int64_t now_mono_ns,
	int64_t now_utc_ns);
/*
 * At most KNOWN_MAX into `list`; what is too old, or to come, is left out.  ST_INPUT "known.syntax":
 * it is not what was written.
 */
NODISCARD enum status known_parse(struct gate_proof *list, size_t *count, struct slice bytes,
	int64_t now_mono_ns, int64_t now_utc_ns, struct fault *f);

struct known;
/* The file "known" in that directory, which is made.  What cannot be opened is logged, once. */
struct known *known_open(int run);
void known_free(struct known *);
DEFINE_AUTO(known)
/* To a gate that no edge has yet. */
void known_restore(const struct known *, struct gate *);
/* What these know by now; nothing when it is what the file has. */
void known_save(struct known *, struct gate *const *gates, size_t count);

#endif
