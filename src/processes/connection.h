/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One connection at the edge: a state machine over a bufferevent.  It asks its edge
 * (struct connection_host) for everything beyond its own bytes, so a test can be the edge.
 */
#ifndef TIELINE_PROCESSES_CONNECTION_H
#define TIELINE_PROCESSES_CONNECTION_H

#include <sys/queue.h>

#include "processes/request.h"
#include "safeguards/cert.h"

struct bufferevent;
struct event;
struct event_base;

#define PEER_TEXT_MAX 64 /* "[2001:db8::1]:8443" with the NUL */

enum phase {
	PHASE_HANDSHAKE, /* nobody yet */
	PHASE_AWAY,      /* turned away by TLS: let the peer see the alert */
	PHASE_IDLE,      /* proven, no byte of a request */
	PHASE_HEAD,      /* the first byte is here, the head is not whole */
	PHASE_BODY,      /* admitted */
	PHASE_SPOOL,     /* waits for a spool file; reads nothing */
	PHASE_ANSWER,    /* waits for the receipt; reads nothing */
	PHASE_WRITE,     /* the answer is on its way out */
	PHASE_LINGER,    /* answered before all was read: let the peer see the answer */
	PHASE_CLOSED,    /* waits to be freed */
	PHASES,
};

/* Of a partner's connections, what one more is there for. */
enum room { ROOM_FOR_ALL, ROOM_FOR_NOTICES, ROOM_FOR_NOTHING };

enum turned_away { AWAY_STRANGER, AWAY_TOO_OFTEN, AWAY_AT_THE_GATE, TURNED_AWAYS };

struct connection_host {
	/* The proven certificate of the other end.  ST_AUTH: it showed none. */
	NODISCARD enum status (*fingerprint)(void *context, uint8_t out[CERT_FINGERPRINT_SIZE],
		struct bufferevent *, struct fault *f);
	/* Whose it is now: NULL when nobody's whom we deal with. */
	const struct partner *(*partner)(
		void *context, const uint8_t fingerprint[CERT_FINGERPRINT_SIZE]);
	/* Whether the certificate it showed has ended since, and nothing tolerates that. */
	bool (*ended)(void *context, const struct connection *);
	/* Whether somebody without a certificate may stay: is that agreed, is there room. */
	bool (*certless_room)(void *context);
	/* Whom the head of such a connection may name; NULL: nobody we know comes without. */
	const struct partner *(*named)(void *context, struct slice id);
	bool (*is_old_tls)(void *context, struct bufferevent *); /* TLS 1.2 */
	/* What its handshake showed; not the certificate, where none was asked for. */
	struct protecting (*protecting)(void *context, struct bufferevent *);
	/* One more of these turned away is worth a line of the log. */
	bool (*tells)(void *context, enum turned_away);
	const struct settings *(*settings)(void *context);
	/* as admission_asked.paced: AREAS for a receipt */
	enum status (*paced)(void *context, unsigned *wait_s, const struct partner *, enum area,
		struct fault *f);
	/*
	 * What its partner has room for, without this one: for all while it has fewer than agreed,
	 * or one that was idle for a while makes room; for notices in as many more.
	 */
	enum room (*room)(void *context, const struct connection *);
	bool (*draining)(void *context);
	/*
	 * Sends the verb under the request's ticket, and notes it; the answer comes by
	 * connection_spooled, _receipt, _noted or _failed.  `open` is NULL for VERB_SPOOL.
	 */
	NODISCARD enum status (*ask)(void *context, struct request *, enum verb,
		struct verb_open *open, int fd, struct fault *f);
	/* No answer to this request is wanted any more; it is freed next. */
	void (*forget)(void *context, struct request *);
	/* connection->phase changed; PHASE_CLOSED: free it later, not within the call. */
	void (*moved)(void *context, struct connection *, enum phase before);
};

struct connection {
	const struct connection_host *host;
	void *context;
	TAILQ_ENTRY(connection) link; /* the host's */
	struct bufferevent *stream;
	struct event *timer;
	struct event *drain; /* PHASE_AWAY, LINGER: reads what TLS will not */
	struct http_reader *reader;
	struct request *request; /* NULL between requests */
	enum phase phase;
	int64_t late_mono_ns;  /* when this phase has taken too long */
	int64_t timer_mono_ns; /* when the timer fires, 0: it is not set */
	bool stopped;          /* reads no more input: enough is waiting */
	bool closing;          /* after the answer */
	bool certless;         /* it showed no certificate */
	bool old_tls;          /* TLS 1.2: only for whom that is agreed */
	struct protecting by;  /* what its handshake showed */
	enum room room;        /* not for all: it may ask once, and what is no notice is told */
	const char *ending;    /* why it closed, for logs */
	uint64_t drained;      /* bytes thrown away while lingering */
	uint8_t fingerprint[CERT_FINGERPRINT_SIZE];
	char partner[PARTY_ID_MAX + 1]; /* empty before it is known; certless: as its heads say */
	char peer[PEER_TEXT_MAX];       /* its address, for logs */
	uint64_t address;               /* the host's: gate_key() of it */
};
TAILQ_HEAD(connections, connection);

/* Takes the stream, which still has its handshake before it. */
struct connection *connection_new(const struct connection_host *, void *context,
	struct event_base *, struct bufferevent *stream, const char *peer);
void connection_free(struct connection *);

/* Answers to what was asked.  The fd is the callee's. */
void connection_spooled(struct connection *, int fd);
void connection_receipt(struct connection *, const struct verb_receipt *, int fd);
/* What became of a receipt that was posted: ST_OK, it is durable; else why it was not taken. */
void connection_noted(struct connection *, const struct fault *);
void connection_failed(struct connection *, const struct fault *why);

/* At once: no answer, no waiting.  `why` is for logs, and outlives the connection. */
void connection_close(struct connection *, const char *why);
/* No further request; closes now when none is under way. */
void connection_retire(struct connection *);

#endif
