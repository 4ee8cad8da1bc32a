/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The monitor: `tieline serve`.  Starts every worker by running this program
 * again, wires them to each other, starts again what dies, hands out the
 * configuration, and winds down in order.  It opens what needs a privilege (sockets, key files) and
 * sees no byte from the network.  As root it keeps only the capabilities it uses.
 */
#include "processes/process.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/id.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/pace.h"
#include "processes/envelopes.h"
#include "processes/gate.h"
#include "processes/keyring_files.h"
#include "processes/known.h"
#include "processes/privileges.h"
#include "processes/snapshot.h"
#include "processes/urgency.h"

#define BACKLOG 511
#define KEY_NAME_MAX 64
#define RESTART_FIRST_MS 20
#define RESTART_MAX_MS 5000
#define STEADY_NS (10 * NS_PER_S)  /* lived so long: the next restart is immediate again */
#define DRAIN_STAGE_MS 15000       /* then the stage is killed */
#define WORKERS_ALL (3 + 3 * WORKERS_MAX)
#define LEFT_WAIT_MS 10000         /* for what a gateway that was killed left behind */
#define LEFT_LOOK_MS 50
#define KNOWN_LOOK_S 10            /* for addresses that partners were seen from, to be kept */

struct worker {
	struct monitor *monitor;
	enum role role;
	unsigned index;
	int gate;                /* an edge's page of gate.h */
	struct gate *addresses;  /* the same, to be kept; NULL: no edge's */
	pid_t pid;               /* 0: not running */
	struct ipc *link;
	bool ready, was_ready;
	unsigned restarts;
	int64_t started_ns;
	unsigned pause_ms;
	struct event *again;     /* timer of the next start */
};

struct monitor {
	struct event_base *loop;
	int home, empty, lock;
	int listener, control, snapshot, urgency;
	pid_t before;            /* the gateway that had this home before, 0: none */
	struct settings *settings;
	struct worker workers[WORKERS_ALL];
	size_t count;
	bool announced;
	unsigned stage;          /* 0: running; else the drain stage under way */
	struct event *stage_timer, *known_timer;
	struct known *known;
	int exit_code;
};

/* Who talks to whom: one row, one link for every pair of instances. */
static const struct {
	enum role a, b;
} pairs[] = {
	{ ROLE_EDGE, ROLE_ENVELOPE },
	{ ROLE_EDGE, ROLE_LEDGER },
	{ ROLE_EDGE, ROLE_KEYHOLDER },
	{ ROLE_ENVELOPE, ROLE_KEYHOLDER },
	{ ROLE_ENVELOPE, ROLE_LEDGER },
	{ ROLE_ENVELOPE, ROLE_COURIER },
	{ ROLE_ENVELOPE, ROLE_DESK },
	{ ROLE_COURIER, ROLE_LEDGER },
	{ ROLE_COURIER, ROLE_KEYHOLDER },
	{ ROLE_DESK, ROLE_LEDGER },
};

/* Winding down: what takes new work first, what remembers last. */
static const unsigned stages[] = {
	0,
	ROLE_BIT(ROLE_EDGE) | ROLE_BIT(ROLE_DESK) | ROLE_BIT(ROLE_COURIER),
	ROLE_BIT(ROLE_ENVELOPE),
	ROLE_BIT(ROLE_LEDGER) | ROLE_BIT(ROLE_KEYHOLDER),
};
#define STAGES (sizeof(stages) / sizeof(stages[0]))

static void worker_start(struct worker *);
static void stage_advance(struct monitor *);

/* --- telling --- */

static void tell(const struct worker *w, enum verb verb, const void *body, int fd)
{
	struct fault f;

	if (process_send(w->link, verb, 0, body, fd, &f) != ST_OK)
		log_warning("worker-deaf", LOG_T("role", role_name(w->role)),
			LOG_I("index", w->index), LOG_FAULT(&f));
}

static void report(struct monitor *m, const struct worker *about)
{
	struct verb_process body = {
		.role = about->role, .index = about->index, .pid = (uint32_t)about->pid,
		.restarts = about->restarts, .ready = about->ready, .started_ns = about->started_ns,
	};

	for (size_t i = 0; i < m->count; i++)
		if (m->workers[i].role == ROLE_DESK && m->workers[i].ready)
			tell(&m->workers[i], VERB_PROCESS, &body, -1);
}

static void link_workers(const struct worker *a, const struct worker *b)
{
	int ends[2];

	ipc_pair(ends);
	tell(a, VERB_LINK, &(struct verb_link){ b->role, b->index }, ends[0]);
	tell(b, VERB_LINK, &(struct verb_link){ a->role, a->index }, ends[1]);
	fd_close(&ends[0]);
	fd_close(&ends[1]);
}

static bool is_pair(enum role a, enum role b)
{
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		if ((pairs[i].a == a && pairs[i].b == b) || (pairs[i].a == b && pairs[i].b == a))
			return true;
	return false;
}

/* The listener comes last: nobody is let in before there is somebody to ask. */
static void wire(struct monitor *m, struct worker *fresh)
{
	for (size_t i = 0; i < m->count; i++)
		if (m->workers[i].ready && is_pair(fresh->role, m->workers[i].role))
			link_workers(fresh, &m->workers[i]);
	if (fresh->role == ROLE_EDGE)
		tell(fresh, VERB_LISTEN, &(struct verb_empty){ 0 }, m->listener);
	if (fresh->role == ROLE_DESK)
		tell(fresh, VERB_LISTEN, &(struct verb_empty){ 0 }, m->control);
}

static bool all_ready(const struct monitor *m)
{
	for (size_t i = 0; i < m->count; i++)
		if (!m->workers[i].ready)
			return false;
	return true;
}

static void announce(struct monitor *m)
{
	const struct settings *s = m->settings;

	if (m->announced || !all_ready(m))
		return;
	m->announced = true;
	log_info("gateway-ready", LOG_T("id", s->id), LOG_T("name", s->name),
		LOG_T("listen", s->listen), LOG_T("url", s->url), LOG_I("processes", m->count + 1));
}

static void on_ready(struct worker *w)
{
	struct monitor *m = w->monitor;

	w->ready = true;
	w->was_ready = true;
	wire(m, w);
	for (size_t i = 0; w->role == ROLE_DESK && i < m->count; i++)
		report(m, &m->workers[i]);
	report(m, w);
	announce(m);
}

static void worker_packet(void *context, struct ipc *link, struct ipc_packet *packet)
{
	(void)link;
	if (packet->code == VERB_READY)
		on_ready(context);
}

/* The end of the process itself is heard as SIGCHLD. */
static void worker_closed(void *context, struct ipc *link, const struct fault *why)
{
	struct worker *w = context;

	(void)why;
	ipc_free(link);
	w->link = NULL;
	w->ready = false;
}

/* --- starting --- */

/*
 * Every key whose certificate the home shows.  One that cannot be opened stops a start; at a reload
 * the keyholder keeps what it has.
 */
static void give_key(const struct worker *w, const struct keyring_file *one)
{
	AUTO_IN_PLACE(buf) name = buf_init(KEY_NAME_MAX);

	buf_put_text(&name, "keys/");
	keyring_name_put(&name, one->use, one->generation, ".key");
	AUTO_FD fd =
		openat(w->monitor->home, buf_text(&name), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd >= 0)
		tell(w, VERB_KEY, &(struct verb_key){ keyring_number(one->use, one->generation) },
			fd);
	else if (!w->monitor->announced)
		die("%s: %s: was this home made by `tieline init`? (home.key)",
			buf_text(&name), strerror(errno));
	else
		log_error("key-missing", LOG_S("file", buf_slice(&name)),
			LOG_T("why", strerror(errno)));
}

static void give_keys(const struct worker *w)
{
	struct keyring_files files;
	struct fault f;

	if (w->role != ROLE_KEYHOLDER)
		return;
	if (keyring_files_find(&files, w->monitor->home, ".pem", &f) != ST_OK) {
		log_error("keys-missing", LOG_FAULT(&f));
		return;
	}
	for (size_t i = 0; i < files.count; i++)
		give_key(w, &files.list[i]);
}

/*
 * Linux shares processors between sessions first (sched(7), autogroup), and in each of them between
 * its processes.  Who computes without end has one of its own: else those of a notice, which need
 * little, would pay for it with the share of all.  And it stands back: what others pass on, of
 * notices and of what it computes itself, goes on at once, where a share as large as theirs had
 * them wait for milliseconds at each step, as soon as they had used up their own.
 */
static void leave_group(const struct worker *w)
{
	if (w->role == ROLE_ENVELOPE && w->index != ENVELOPE_URGENT && setsid() >= 0)
		pace_background();
}

/* In the child: nothing here may allocate or log through shared state. */
static void become(const struct worker *w, int link)
{
	char index[12];
	char *const argv[] = { (char[]){ "tieline" }, (char[]){ "role" },
		(char *)(uintptr_t)role_name(w->role), index, NULL };
	sigset_t none;

	snprintf(index, sizeof(index), "%u", w->index);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	int place = w->role == ROLE_LEDGER
		? openat(w->monitor->home, "ledger",
			  O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)
		: w->monitor->empty;
	/* A ledger that starts anywhere else would start empty, and forget what it received. */
	if (place < 0 || fchdir(place) != 0) {
		dprintf(STDERR_FILENO,
			"tieline: %s: its directory: %s: does it belong to another user? "
			"(home.directory)\n",
			role_name(w->role), strerror(errno));
		_exit(6);
	}
	if (link == PROCESS_MONITOR_FD)
		fcntl(link, F_SETFD, 0);
	else
		dup2(link, PROCESS_MONITOR_FD);
	pace_set(PACE_STEADY);
	leave_group(w);
	execv("/proc/self/exe", argv);
	_exit(127);
}

static void worker_link(struct worker *w, int fd)
{
	static const struct ipc_events events = { .packet = worker_packet,
		.closed = worker_closed };

	ipc_free(w->link);
	w->link = ipc_new(w->monitor->loop, fd, &verbs, ROLE_BIT(ROLE_MONITOR), ROLE_BIT(w->role),
		&events, w);
}

static void worker_start(struct worker *w)
{
	int ends[2];

	ipc_pair(ends);
	pid_t pid = fork();
	if (pid == 0)
		become(w, ends[1]);
	if (pid < 0)
		die("starting %s: %s (host.process)", role_name(w->role), strerror(errno));
	fd_close(&ends[1]);
	w->pid = pid;
	w->started_ns = clock_utc_ns();
	worker_link(w, ends[0]);
	give_keys(w);
	if (w->role != ROLE_KEYHOLDER)
		tell(w, VERB_URGENCY, &(struct verb_empty){ 0 }, w->monitor->urgency);
	if (w->role == ROLE_EDGE)
		tell(w, VERB_GATE, &(struct verb_empty){ 0 }, w->gate);
	tell(w, VERB_CONFIG, &(struct verb_empty){ 0 }, w->monitor->snapshot);
}

static void again_fired(evutil_socket_t fd, short what, void *context)
{
	(void)fd;
	(void)what;
	worker_start(context);
}

static void restart_later(struct worker *w)
{
	bool steady = clock_utc_ns() - w->started_ns > STEADY_NS;

	w->restarts++;
	w->pause_ms = steady || w->pause_ms == 0 ? RESTART_FIRST_MS : w->pause_ms * 2;
	if (w->pause_ms > RESTART_MAX_MS)
		w->pause_ms = RESTART_MAX_MS;
	event_add(w->again, &(struct timeval){ w->pause_ms / 1000, (w->pause_ms % 1000) * 1000 });
}

/* --- endings --- */

static struct worker *worker_by_pid(struct monitor *m, pid_t pid)
{
	for (size_t i = 0; i < m->count; i++)
		if (m->workers[i].pid == pid)
			return &m->workers[i];
	return NULL;
}

static void end_log(const struct worker *w, int status)
{
	log_warning("worker-ended", LOG_T("role", role_name(w->role)), LOG_I("index", w->index),
		LOG_I("pid", w->pid), LOG_I("signal", WIFSIGNALED(status) ? WTERMSIG(status) : 0),
		LOG_I("exit", WIFEXITED(status) ? WEXITSTATUS(status) : -1),
		LOG_I("restarts", w->restarts));
}

static void give_up(struct monitor *m, const struct worker *w)
{
	log_error("gateway-stopped",
		LOG_T("why", "a process could not start: its message is above"),
		LOG_T("advice", "mend that, and start the gateway again: it does not go on by itself"),
		LOG_T("role", role_name(w->role)));
	m->exit_code = 6;
	event_base_loopbreak(m->loop);
}

static void worker_ended(struct worker *w, int status)
{
	struct monitor *m = w->monitor;
	bool said_why = WIFEXITED(status) && WEXITSTATUS(status) == 6 && !w->was_ready;

	if (m->stage == 0)
		end_log(w, status);
	if (w->link)
		worker_closed(w, w->link, NULL);
	w->pid = 0;
	w->ready = false;
	report(m, w);
	if (m->stage != 0)
		stage_advance(m);
	else if (said_why)
		give_up(m, w);
	else
		restart_later(w);
}

static void on_child(evutil_socket_t signal_number, short what, void *context)
{
	struct monitor *m = context;
	int status;
	pid_t pid;

	(void)signal_number;
	(void)what;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		struct worker *w = worker_by_pid(m, pid);
		if (w)
			worker_ended(w, status);
	}
}

/* --- reload and wind-down --- */

static enum status settings_read(struct settings **out, int home, struct fault *f)
{
	AUTO_IN_PLACE(buf) yaml = buf_init(SETTINGS_SIZE_MAX);

	TRY(file_read(&yaml, home, "tieline.yaml", f));
	return settings_of_home(out, buf_slice(&yaml), f);
}

static const char home_here[] = ".";

/* What was fixed when the processes were started. */
static void restart_warn(const struct settings *next, const struct settings *now)
{
	const struct {
		const char *key;
		bool changed;
	} fixed[] = {
		{ "listen", strcmp(next->listen, now->listen) != 0 },
		{ "workers", next->edges != now->edges || next->envelopes != now->envelopes ||
				next->couriers != now->couriers },
		{ "memory.monitor", next->memory.monitor != now->memory.monitor },
		{ "users", next->uid_base != now->uid_base },
	};

	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
		if (fixed[i].changed)
			log_warning("reload-partial", LOG_T("setting", fixed[i].key),
				LOG_T("why", "a new value needs a restart"));
}

static enum status reload(struct monitor *m, struct fault *f)
{
	AUTO(settings) settings = NULL;
	int fd;

	TRY(settings_read(&settings, m->home, f));
	if (fchdir(m->home) != 0)
		return fault_errno(f, ST_HOST, "home.open", "returning to the home");
	TRY(snapshot_take(&fd, home_here, f));
	/* At the start there are no rules to go on by: one file closes no other's door. */
	enum status st = m->snapshot < 0 ? ST_OK : snapshot_agreements_check(fd, f);
	if (st != ST_OK) {
		fd_close(&fd);
		return st;
	}
	fd_close(&m->snapshot);
	m->snapshot = fd;
	restart_warn(settings, m->settings);
	return ST_OK;
}

static void on_hup(evutil_socket_t signal_number, short what, void *context)
{
	struct monitor *m = context;
	struct fault f;

	(void)signal_number;
	(void)what;
	if (reload(m, &f) != ST_OK) {
		log_error("reload-refused", LOG_FAULT(&f));
		return;
	}
	/* The keyholder is the first: nobody asks for a key before it was given. */
	for (size_t i = 0; i < m->count; i++)
		if (m->workers[i].link) {
			give_keys(&m->workers[i]);
			tell(&m->workers[i], VERB_CONFIG, &(struct verb_empty){ 0 }, m->snapshot);
		}
	log_info("reloaded");
}

static bool stage_over(const struct monitor *m)
{
	for (size_t i = 0; i < m->count; i++)
		if (m->workers[i].pid != 0 && (stages[m->stage] & ROLE_BIT(m->workers[i].role)))
			return false;
	return true;
}

static void stage_enter(struct monitor *m)
{
	for (size_t i = 0; i < m->count; i++) {
		struct worker *w = &m->workers[i];
		event_del(w->again);
		if (w->link && (stages[m->stage] & ROLE_BIT(w->role)))
			tell(w, VERB_DRAIN, &(struct verb_empty){ 0 }, -1);
	}
	event_add(m->stage_timer, &(struct timeval){ DRAIN_STAGE_MS / 1000, 0 });
}

static void stage_advance(struct monitor *m)
{
	while (m->stage < STAGES && stage_over(m))
		if (++m->stage < STAGES)
			stage_enter(m);
	if (m->stage >= STAGES)
		event_base_loopbreak(m->loop);
}

static void kill_all(const struct monitor *m, unsigned roles)
{
	for (size_t i = 0; i < m->count; i++)
		if (m->workers[i].pid != 0 && (roles & ROLE_BIT(m->workers[i].role)))
			kill(m->workers[i].pid, SIGKILL);
}

static void stage_overdue(evutil_socket_t fd, short what, void *context)
{
	struct monitor *m = context;

	(void)fd;
	(void)what;
	log_warning("drain-overdue", LOG_I("stage", m->stage));
	kill_all(m, stages[m->stage]);
}

/*
 * A second signal means now: what is not finished is in the ledger, and goes on at the next start.
 */
static void on_term(evutil_socket_t signal_number, short what, void *context)
{
	struct monitor *m = context;

	(void)what;
	log_info("stopping", LOG_I("signal", signal_number),
		LOG_T("how", m->stage == 0 ? "draining" : "at once"));
	if (m->stage != 0) {
		kill_all(m, ~0u);
		return;
	}
	m->stage = 1;
	/* Or partners would queue at a door that nobody opens any more. */
	fd_close(&m->listener);
	stage_enter(m);
	stage_advance(m);
}

/* --- opening --- */

/*
 * The processes of a monitor that was killed hold what it opened until the kernel has ended them,
 * and commands hold the lock while they look.  Nothing tells when that is free: tried again.
 */
static bool left_wait(unsigned *waited_ms, const char *what, const char *where)
{
	static const char why[] = "it is in use: waiting for a process of the gateway before, "
				  "or a command, to end";

	if (*waited_ms == 0)
		log_warning(what, LOG_T("where", where), LOG_T("why", why),
			LOG_I("at_most_ms", LEFT_WAIT_MS));
	if (*waited_ms >= LEFT_WAIT_MS)
		return false;
	*waited_ms += LEFT_LOOK_MS;
	(void)!usleep(LEFT_LOOK_MS * 1000);
	return true;
}

/* Who wrote the lock file last; its number may be another process's by now. */
static pid_t lock_writer(int lock)
{
	AUTO_IN_PLACE(buf) text = buf_init(16);
	uint64_t pid;

	if (fd_read_all(&text, lock, NULL) != ST_OK ||
		slice_u64(&pid, slice_trim(buf_slice(&text)), NULL) != ST_OK || pid < 2 ||
		pid > INT32_MAX)
		return 0;
	return (pid_t)pid;
}

static bool is_alive(pid_t pid)
{
	return pid != 0 && (kill(pid, 0) == 0 || errno == EPERM);
}

static void lock_hold(struct monitor *m)
{
	unsigned waited_ms = 0;

	m->before = lock_writer(m->lock);
	while (flock(m->lock, LOCK_EX | LOCK_NB) != 0) {
		if (is_alive(m->before))
			die("a gateway runs on this home already, its pid is in run/lock: stop it "
			    "first (gateway.runs)");
		if (!left_wait(&waited_ms, "lock-awaited", "run/lock"))
			die("no gateway, but a command holds run/lock of this home: start again "
			    "when it has ended (home.locked)");
	}
}

static void lock_take(struct monitor *m)
{
	char pid[16];

	if (mkdirat(m->home, "run", 0711) != 0 && errno != EEXIST)
		die("run/ in the home: %s: may this user write there?", strerror(errno));
	(void)!mkdirat(m->home, "run/empty", 0711);
	/* The home may be an ordinary user's and we root: no link of theirs leads us elsewhere. */
	AUTO_FD run = openat(m->home, "run", O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (run < 0)
		die("run/ in the home: %s: may this user write there?", strerror(errno));
	m->empty = openat(run, "empty", O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	m->lock = openat(run, "lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (m->empty < 0 || m->lock < 0)
		die("run/ in the home: %s: may this user write there? (home.run)",
			strerror(errno));
	lock_hold(m);
	m->known = known_open(run);
	int n = snprintf(pid, sizeof(pid), "%d\n", (int)getpid());
	if (ftruncate(m->lock, 0) != 0 || pwrite(m->lock, pid, (size_t)n, 0) != n)
		die("run/lock: %s (home.run)", strerror(errno));
}

/* "host:port" and "[v6]:port", as settings_parse accepted them. */
static void listen_split(char *host, char *port, size_t size, const char *listen)
{
	struct slice all = slice_str(listen), name = all, number = S("");

	for (size_t i = 0; i < all.n; i++)
		if (all.p[i] == ':') {
			name = slice_to(all, i);
			number = slice_from(all, i + 1);
		}
	if (slice_has_prefix(name, S("[")))
		name = slice_sub(name, 1, name.n - 2);
	if (slice_to_text(host, size, name, NULL) != ST_OK ||
		slice_to_text(port, size, number, NULL) != ST_OK)
		die("listen: %s is too long (listen.address)", listen);
}

static int bind_one(const struct addrinfo *a)
{
	int fd = socket(a->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int yes = 1;

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	if (bind(fd, a->ai_addr, a->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
		return fd;
	int why = errno;
	close(fd);
	errno = why;
	return -1;
}

/* Only who had a gateway here before has somebody to wait for. */
static int bind_soon(const struct monitor *m, const struct addrinfo *a, const char *where)
{
	unsigned waited_ms = 0;
	int fd;

	while ((fd = bind_one(a)) < 0 && errno == EADDRINUSE && m->before != 0)
		if (!left_wait(&waited_ms, "port-awaited", where)) {
			errno = EADDRINUSE;
			break;
		}
	return fd;
}

static const char *bind_hint(int error)
{
	static const struct {
		int error;
		const char *hint;
	} hints[] = {
		{ EADDRINUSE, "is another program using that port?" },
		{ EADDRNOTAVAIL, "this host has no such address: see listen in tieline.yaml" },
		{ EACCES, "this user may not: a port from 1024 on, or CAP_NET_BIND_SERVICE, see listen "
			  "in tieline.yaml" },
	};

	for (size_t i = 0; i < sizeof(hints) / sizeof(hints[0]); i++)
		if (hints[i].error == error)
			return hints[i].hint;
	return "see listen in tieline.yaml";
}

static int listener_open(const struct monitor *m, const char *where)
{
	char host[LISTEN_MAX + 1], port[LISTEN_MAX + 1];
	struct addrinfo hints = { .ai_flags = AI_PASSIVE, .ai_socktype = SOCK_STREAM },
			*list = NULL;

	listen_split(host, port, sizeof(host), where);
	int error = getaddrinfo(host[0] ? host : NULL, port, &hints, &list);
	if (error != 0)
		die("listen address %s: %s: see listen in tieline.yaml (listen.address)", where,
			gai_strerror(error));
	int fd = bind_soon(m, list, where);
	int why = errno;
	freeaddrinfo(list);
	if (fd < 0)
		die("listening on %s: %s: %s (listen.port)", where, strerror(why), bind_hint(why));
	return fd;
}

/*
 * Bound by its short name from inside run/, because a socket's path has 107 bytes and a home may be
 * deeper.
 */
static int control_open(const struct monitor *m)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = "control.sock" };
	AUTO_FD run = openat(m->home, "run", O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	struct stat home;

	if (fd < 0 || run < 0 || fchdir(run) != 0 || fstat(m->home, &home) != 0)
		die("run/control.sock: %s (home.run)", strerror(errno));
	(void)!unlink("control.sock");
	mode_t mask = umask(0177);
	int bound = bind(fd, (struct sockaddr *)&address, sizeof(address));
	umask(mask);
	if (bound != 0 || listen(fd, BACKLOG) != 0)
		die("run/control.sock: %s (home.run)", strerror(errno));
	/* Whoever owns the home commands its gateway, also when root started it. */
	if (geteuid() == 0 && fchownat(run, "control.sock", home.st_uid, home.st_gid,
			      AT_SYMLINK_NOFOLLOW) != 0)
		die("run/control.sock: %s (home.run)", strerror(errno));
	return fd;
}

static void own_tree(int home, const char *name, unsigned uid)
{
	AUTO_FD fd = openat(home, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd >= 0 && (fchown(fd, uid, uid) != 0 || fchmod(fd, 0700) != 0))
		die("%s: %s (home.owner)", name, strerror(errno));
}

static void own_files(int home, const char *name, unsigned uid)
{
	int fd = openat(home, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	DIR *list = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	while (list && (entry = readdir(list)))
		if (entry->d_type == DT_REG &&
			fchownat(dirfd(list), entry->d_name, uid, uid, AT_SYMLINK_NOFOLLOW) != 0)
			die("%s/%s: %s (home.owner)", name, entry->d_name, strerror(errno));
	if (list)
		closedir(list);
}

/* As root the ledger runs as a user of its own, to whom its directory belongs. */
static void ledger_give(const struct monitor *m)
{
	(void)!mkdirat(m->home, "ledger", 0700);
	(void)!mkdirat(m->home, "ledger/spool", 0700);
	if (geteuid() != 0)
		return;
	own_tree(m->home, "ledger", m->settings->uid_base + ROLE_LEDGER);
	own_tree(m->home, "ledger/spool", m->settings->uid_base + ROLE_LEDGER);
	own_files(m->home, "ledger", m->settings->uid_base + ROLE_LEDGER);
	own_files(m->home, "ledger/spool", m->settings->uid_base + ROLE_LEDGER);
}

/* Before an edge has it: with whom a gateway before this one knew. */
static void gate_make(struct worker *w)
{
	struct fault f;

	if (gate_page_new(&w->gate, &f) != ST_OK ||
		gate_open(&w->addresses, w->gate, random_u64(), clock_mono_ns(), &f) != ST_OK)
		die("%s (%s)", f.text, f.code);
	known_restore(w->monitor->known, w->addresses);
}

static void known_keep(const struct monitor *m)
{
	struct gate *gates[WORKERS_MAX];
	size_t count = 0;

	for (size_t i = 0; i < m->count; i++)
		if (m->workers[i].addresses)
			gates[count++] = m->workers[i].addresses;
	known_save(m->known, gates, count);
}

static void known_fired(evutil_socket_t fd, short what, void *context)
{
	(void)fd;
	(void)what;
	known_keep(context);
}

static void workers_plan(struct monitor *m, enum role role, unsigned count)
{
	for (unsigned i = 0; i < count && m->count < WORKERS_ALL; i++) {
		struct worker *w = &m->workers[m->count++];
		*w = (struct worker){ .monitor = m, .role = role, .index = i, .gate = -1 };
		if (role == ROLE_EDGE)
			gate_make(w);
		w->again = evtimer_new(m->loop, again_fired, w);
	}
}

static void monitor_open(struct monitor *m, const char *home)
{
	struct fault f;

	m->home = open(home, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (m->home < 0)
		die("home %s: %s: make one with `tieline init` (%s)", home, strerror(errno),
			errno == ENOENT ? "home.missing" : "home.open");
	if (settings_read(&m->settings, m->home, &f) != ST_OK)
		die("tieline.yaml: %s (%s)", f.text, f.code);
	log_init("monitor", m->settings->log_level);
	memory_large_pages();
	/* Its workers have their own. */
	if (memory_bound(m->settings->memory.monitor, false, &f) != ST_OK)
		die("%s (%s)", f.text, f.code);
	lock_take(m);
	if (reload(m, &f) != ST_OK)
		die("%s (%s)", f.text, f.code);
	if (urgency_page_new(&m->urgency, &f) != ST_OK)
		die("%s (%s)", f.text, f.code);
	m->listener = listener_open(m, m->settings->listen);
	m->control = control_open(m);
	ledger_give(m);
}

static void signals_watch(struct monitor *m)
{
	static const struct {
		int number;
		event_callback_fn handle;
	} watched[] = {
		{ SIGCHLD, on_child },
		{ SIGHUP, on_hup },
		{ SIGTERM, on_term },
		{ SIGINT, on_term },
	};

	signal(SIGPIPE, SIG_IGN);
	for (size_t i = 0; i < sizeof(watched) / sizeof(watched[0]); i++)
		event_add(evsignal_new(m->loop, watched[i].number, watched[i].handle, m), NULL);
}

int monitor_main(const char *home)
{
	static struct monitor m = { .snapshot = -1 };

	monitor_open(&m, home);
	privileges_limit();
	m.loop = event_base_new();
	m.stage_timer = evtimer_new(m.loop, stage_overdue, &m);
	m.known_timer = event_new(m.loop, -1, EV_PERSIST, known_fired, &m);
	event_add(m.known_timer, &(struct timeval){ KNOWN_LOOK_S, 0 });
	signals_watch(&m);
	workers_plan(&m, ROLE_KEYHOLDER, 1);
	workers_plan(&m, ROLE_LEDGER, 1);
	workers_plan(&m, ROLE_DESK, 1);
	workers_plan(&m, ROLE_ENVELOPE, m.settings->envelopes + ENVELOPES_MORE);
	workers_plan(&m, ROLE_COURIER, m.settings->couriers);
	workers_plan(&m, ROLE_EDGE, m.settings->edges);
	for (size_t i = 0; i < m.count; i++)
		worker_start(&m.workers[i]);
	event_base_dispatch(m.loop);
	kill_all(&m, ~0u);
	known_keep(&m);
	known_free(m.known);
	log_info("stopped", LOG_I("exit", m.exit_code));
	return m.exit_code;
}
