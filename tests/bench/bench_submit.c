/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The load of `./dev bench exchange`: a back office that keeps a number of documents under way at
 * one gateway and counts a document when its verified receipt is there.  Talks to the desk like the
 * command line does.  As many as are under way at once go first, and as many are still under way
 * when the last one is counted: neither belongs to the rate, which is that of a load that goes on.
 * Prints one line: documents counted, all that were sent, seconds, microseconds to receipt at p50
 * and p99, failures.
 *
 *     bench_submit HOME PARTNER AREA COUNT IN-FLIGHT SIZE [PAUSE]
 *
 * PAUSE: milliseconds, on average, between a receipt and the next document in its place; each is
 * between none and twice that, so that nothing falls into step with it.
 */
#include <event2/event.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/id.h"
#include "processes/process.h"

struct slot {
	uint64_t id;
	int64_t began_ns;
	char message_id[64];
};

struct load {
	struct event_base *loop;
	struct ipc *link;
	const char *partner;
	enum area area;
	unsigned count, in_flight, pause_ms;
	unsigned started, ended, counted, failed;
	int64_t began_ns, ended_ns; /* of those that are counted */
	struct buf content;
	uint64_t size;
	struct slot *slots;
	int64_t *took;
};

static void must(enum status st, const struct fault *f)
{
	if (st != ST_OK)
		die("bench: %s (%s)", f->text, f->code);
}

/* Each is another one, as what is exchanged is. */
static int document_new(const struct load *l, struct slice id)
{
	const struct slice own = slice_to(id, l->size);
	const struct slice pieces[] = { own, slice_from(buf_slice(&l->content), own.n) };
	struct fault f;
	int fd;

	must(body_new(&fd, "bench", pieces, 2, &f), &f);
	return fd;
}

static void submit(struct load *l, unsigned at)
{
	struct slot *slot = &l->slots[at];
	char id[ID_TEXT_MAX];
	struct fault f;

	l->started++;
	slot->began_ns = clock_mono_ns();
	snprintf(
		slot->message_id, sizeof(slot->message_id), "%s@bench", id_new(id, clock_utc_ns()));
	struct verb_submit body = {
		.partner = slice_str(l->partner),
		.message_id = slice_str(slot->message_id),
		.media_type = S("application/octet-stream"),
		.filename = S("bench.bin"),
		.area = l->area,
		.size = l->size,
	};
	AUTO_FD document = document_new(l, body.message_id);

	must(process_send(l->link, VERB_SUBMIT, at, &body, document, &f), &f);
}

struct later {
	struct load *load;
	unsigned at;
};

static void on_later(evutil_socket_t fd, short what, void *context)
{
	struct later *later = context;

	(void)fd;
	(void)what;
	submit(later->load, later->at);
	free(later);
}

static void submit_later(struct load *l, unsigned at)
{
	struct later *later = alloc_zeroed(1, sizeof(*later));
	unsigned us = (unsigned)(random_u64() % (2000 * (uint64_t)l->pause_ms));

	*later = (struct later){ l, at };
	if (event_base_once(l->loop, -1, EV_TIMEOUT, on_later, later,
		    &(struct timeval){ us / 1000000, us % 1000000 }) != 0)
		die("bench: no memory for a timer");
}

static void again(struct load *l, unsigned at)
{
	if (l->pause_ms)
		submit_later(l, at);
	else
		submit(l, at);
}

static void finished(struct load *l, unsigned at, bool good)
{
	int64_t now_ns = clock_mono_ns();

	l->failed += !good;
	if (l->ended >= l->in_flight && l->counted < l->count)
		l->took[l->counted++] = (now_ns - l->slots[at].began_ns) / 1000;
	if (++l->ended == l->in_flight)
		l->began_ns = now_ns;
	if (l->counted < l->count) {
		again(l, at);
		return;
	}
	l->ended_ns = l->ended_ns ? l->ended_ns : now_ns;
	if (l->ended == l->started)
		event_base_loopbreak(l->loop);
}

static void on_accepted(struct load *l, struct ipc_packet *packet)
{
	struct slot *slot = &l->slots[packet->id];
	struct verb_get ask = { .message_id = slice_str(slot->message_id),
		.partner = slice_str(l->partner),
		.out = 1 };
	struct verb_accepted body;
	struct fault f;

	must(ipc_body_parse(&body, packet, &f), &f);
	if (body.status != ST_OK)
		die("bench: %.*s: %.*s", SLICE_FMT(body.code), SLICE_FMT(body.text));
	must(process_send(l->link, VERB_WAIT, packet->id, &ask, -1, &f), &f);
}

static void on_packet(void *context, struct ipc *link, struct ipc_packet *packet)
{
	struct load *l = context;
	struct verb_message message;
	struct verb_fault later;
	struct fault f;

	(void)link;
	if (packet->id >= l->in_flight)
		return;
	if (packet->code == VERB_ACCEPTED) {
		on_accepted(l, packet);
	} else if (packet->code == VERB_MESSAGE) {
		must(ipc_body_parse(&message, packet, &f), &f);
		finished(l, (unsigned)packet->id, message.state == DELIVERY_DELIVERED);
	} else if (packet->code == VERB_TRY_LATER) {
		must(ipc_body_parse(&later, packet, &f), &f);
		die("bench: %.*s: %.*s", SLICE_FMT(later.code), SLICE_FMT(later.text));
	}
}

static void on_closed(void *context, struct ipc *link, const struct fault *why)
{
	(void)context;
	(void)link;
	die("bench: the gateway closed the connection: %s", why->text);
}

static int desk_connect(const char *home)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	if (chdir(home) != 0)
		die("bench: no home %s", home);
	snprintf(address.sun_path, sizeof(address.sun_path), "run/control.sock");
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0)
		die("bench: no gateway runs on %s", home);
	return fd;
}

static int by_value(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static void report(struct load *l)
{
	double seconds = (double)(l->ended_ns - l->began_ns) / 1e9;

	qsort(l->took, l->count, sizeof(*l->took), by_value);
	printf("count=%u sent=%u seconds=%.3f p50_us=%lld p99_us=%lld failed=%u\n", l->count,
		l->ended, seconds, (long long)l->took[l->count / 2],
		(long long)l->took[l->count * 99 / 100], l->failed);
}

static unsigned number(const char *text)
{
	uint64_t value;

	if (slice_u64(&value, slice_str(text), NULL) != ST_OK || value == 0 || value > 10000000)
		die("bench: %s is no number that makes sense here", text);
	return (unsigned)value;
}

int main(int argc, char **argv)
{
	static const struct ipc_events events = { .packet = on_packet, .closed = on_closed };
	struct load l = { 0 };
	struct fault f;

	if (argc != 7 && argc != 8)
		die("bench_submit HOME PARTNER AREA COUNT IN-FLIGHT SIZE [PAUSE]");
	l.partner = argv[2];
	must(area_parse(&l.area, slice_str(argv[3]), &f), &f);
	l.count = number(argv[4]);
	l.in_flight = number(argv[5]);
	l.size = number(argv[6]);
	l.pause_ms = argc == 8 ? number(argv[7]) : 0;
	l.slots = alloc_zeroed(l.in_flight, sizeof(*l.slots));
	l.took = alloc_zeroed(l.count, sizeof(*l.took));
	l.content = buf_init(l.size);
	random_bytes(buf_extend(&l.content, l.size), l.size);
	l.loop = event_base_new();
	l.link = ipc_new(l.loop, desk_connect(argv[1]), &verbs, ROLE_BIT(ROLE_CLIENT),
		ROLE_BIT(ROLE_DESK), &events, &l);
	for (unsigned i = 0; i < l.in_flight; i++)
		submit(&l, i);
	event_base_dispatch(l.loop);
	report(&l);
	return 0;
}
