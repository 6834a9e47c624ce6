/* One member of a group over Corosync's libcpg, driven as benchmarks/README.md says.
 *
 * member MEMBERS INDEX SIZE WARMUP SECONDS throughput|latency
 *
 * The flow control is the library's own: CS_ERR_TRY_AGAIN is its word for "not now".
 */
#include <corosync/cpg.h>
#include <inttypes.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum kind { READY = 1, DATA = 2, LAST = 3 };
enum phase { WARMING, COUNTING, CLOSED };
enum { HEADER = 16, MOST_MEMBERS = 64, MOST_SIZE = 65536, BURST = 32, MOST_SAMPLES = 1 << 20 };

static const double READY_AGAIN = 0.2, DAEMON_STARTS = 15.0, GIVE_UP = 60.0;
static const uint64_t FNV_BASIS = 0xcbf29ce484222325u, FNV_PRIME = 0x100000001b3u;

static unsigned members, self, size;
static double warmup, seconds;
static bool throughput;
static const char *daemon_pid;

static cpg_handle_t handle;
static unsigned in_view, readies, lasts;
static bool ready_of[MOST_MEMBERS], started, my_turn, last_sent;
static enum phase phase = WARMING;
static double began, opened, closed, cpu_opened, cpu_closed, sent_at;
static uint64_t sent, delivered, messages, expected[MOST_MEMBERS], digest;
static uint8_t payload[MOST_SIZE];
static double *samples;
static size_t sampled;

static void fail(const char *why, int code)
{
	fprintf(stderr, "libcpg member %u: %s (%d)\n", self, why, code);
	exit(3);
}

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double seconds_of(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

/* The CPU of this process and of the daemon that works for it. */
static double cpu(void)
{
	struct rusage own;
	getrusage(RUSAGE_SELF, &own);
	double total = seconds_of(own.ru_utime) + seconds_of(own.ru_stime);
	if (daemon_pid) {
		char path[64];
		unsigned long user, system;
		snprintf(path, sizeof path, "/proc/%s/stat", daemon_pid);
		FILE *stat = fopen(path, "r");
		if (!stat)
			fail("the daemon is gone", 0);
		if (fscanf(stat, "%*d (%*[^)]) %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system) != 2)
			fail("the daemon's CPU time cannot be read", 0);
		fclose(stat);
		total += (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
	}
	return total;
}

static void clock_on(double at)
{
	if (!started)
		return;
	if (phase == WARMING && at >= began + warmup) {
		phase = COUNTING;
		opened = at;
		cpu_opened = cpu();
	}
	if (phase == COUNTING && at >= opened + seconds) {
		phase = CLOSED;
		closed = at;
		cpu_closed = cpu();
	}
}

static uint64_t number_in(const uint8_t *octets)
{
	uint64_t number = 0;
	for (int i = 0; i < 8; i++)
		number = number << 8 | octets[i];
	return number;
}

/* False when the library says: not now. */
static bool mcast(enum kind kind)
{
	uint64_t number = kind == DATA ? sent : 0;
	payload[0] = (uint8_t)kind;
	payload[1] = (uint8_t)self;
	for (int i = 0; i < 8; i++)
		payload[8 + i] = (uint8_t)(number >> (56 - 8 * i));
	payload[size - 1] = kind == DATA && size > HEADER ? (uint8_t)number : payload[size - 1];
	struct iovec all = {payload, size};
	double at = now();
	cs_error_t error = cpg_mcast_joined(handle, CPG_TYPE_AGREED, &all, 1);
	if (error == CS_ERR_TRY_AGAIN)
		return false;
	if (error != CS_OK)
		fail("cpg_mcast_joined", (int)error);
	if (kind == DATA) {
		sent++;
		sent_at = at;
	}
	return true;
}

static void on_data(const uint8_t *octets, unsigned sender)
{
	uint64_t number = number_in(octets + 8);
	if (number != expected[sender]++)
		fail("a message is lost or out of its sender's order", (int)sender);
	if (size > HEADER && octets[size - 1] != (uint8_t)number)
		fail("a message came damaged", (int)sender);
	digest = (digest ^ ((uint64_t)sender << 56 | number)) * FNV_PRIME;
	messages++;
	double at = now();
	clock_on(at);
	if (phase == COUNTING) {
		delivered++;
		if (!throughput && sender == self && sampled < MOST_SAMPLES)
			samples[sampled++] = at - sent_at;
	}
	my_turn = (sender + 1) % members == self;
}

static void on_deliver(cpg_handle_t of, const struct cpg_name *group, uint32_t node, uint32_t pid, void *msg, size_t length)
{
	(void)of, (void)group, (void)node, (void)pid;
	const uint8_t *octets = msg;
	if (length != size || octets[1] >= members)
		fail("a message that no member sends", (int)length);
	unsigned sender = octets[1];
	switch (octets[0]) {
	case READY:
		readies += !ready_of[sender];
		ready_of[sender] = true;
		if (readies == members && !started) {
			started = true;
			began = now();
			my_turn = self == 0;
		}
		break;
	case DATA:
		on_data(octets, sender);
		break;
	case LAST:
		lasts++;
		break;
	default:
		fail("a message of no known kind", octets[0]);
	}
}

static void on_view(cpg_handle_t of, const struct cpg_name *group, const struct cpg_address *view, size_t entries,
		    const struct cpg_address *left, size_t lefts, const struct cpg_address *joined, size_t joins)
{
	(void)of, (void)group, (void)view, (void)left, (void)joined, (void)joins;
	if (started && lefts)
		fail("a member left while the group was measured", (int)lefts);
	in_view = (unsigned)entries;
}

/* What is this member's to send now; true when something was sent. */
static bool speak(double at)
{
	static double ready_at;
	bool any = false;
	if (!started) {
		if (in_view == members && at >= ready_at && mcast(READY)) {
			ready_at = at + READY_AGAIN;
			any = true;
		}
	} else if (phase == CLOSED) {
		if (!last_sent)
			any = last_sent = mcast(LAST);
	} else if (throughput) {
		for (int i = 0; i < BURST && mcast(DATA); i++)
			any = true;
	} else if (my_turn && mcast(DATA)) {
		my_turn = false;
		any = true;
	}
	return any;
}

static void run(void)
{
	int fd;
	cpg_fd_get(handle, &fd);
	double limit = now() + GIVE_UP + warmup + seconds;
	while (lasts < members) {
		double at = now();
		clock_on(at);
		if (at > limit)
			fail("the group never came to its end", (int)lasts);
		struct pollfd readable = {fd, POLLIN, 0};
		poll(&readable, 1, speak(at) && throughput ? 0 : 5);
		if (readable.revents) {
			cs_error_t error = cpg_dispatch(handle, CS_DISPATCH_ALL);
			if (error != CS_OK)
				fail("cpg_dispatch", (int)error);
		}
	}
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static void report(void)
{
	qsort(samples, sampled, sizeof *samples, by_size);
	printf("{\"member\": %u, \"delivered\": %" PRIu64 ", \"seconds\": %.6f, ", self, delivered, closed - opened);
	if (sampled)
		printf("\"median_us\": %.1f, \"p99_us\": %.1f, ", samples[sampled / 2] * 1e6,
		       samples[sampled * 99 / 100] * 1e6);
	else
		printf("\"median_us\": null, \"p99_us\": null, ");
	printf("\"cpu_seconds\": %.3f, \"messages\": %" PRIu64 ", \"order_digest\": \"%016" PRIx64 "\"}\n",
	       cpu_closed - cpu_opened, messages, digest);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	if (argc != 7) {
		fprintf(stderr, "usage: member MEMBERS INDEX SIZE WARMUP SECONDS throughput|latency\n");
		return 2;
	}
	members = (unsigned)atoi(argv[1]);
	self = (unsigned)atoi(argv[2]);
	size = (unsigned)atoi(argv[3]);
	warmup = atof(argv[4]);
	seconds = atof(argv[5]);
	throughput = strcmp(argv[6], "throughput") == 0;
	daemon_pid = getenv("DAEMON_PID");
	digest = FNV_BASIS;
	samples = calloc(MOST_SAMPLES, sizeof *samples);
	if (!members || members > MOST_MEMBERS || self >= members || size < HEADER || size > MOST_SIZE || !samples)
		fail("an argument is out of range", 0);

	cpg_callbacks_t callbacks = {.cpg_deliver_fn = on_deliver, .cpg_confchg_fn = on_view};
	struct cpg_name group = {.length = 5, .value = "bench"};
	cs_error_t error;
	double limit = now() + DAEMON_STARTS;
	while ((error = cpg_initialize(&handle, &callbacks)) != CS_OK) {
		if (now() > limit)
			fail("cpg_initialize: does the daemon run?", (int)error);
		poll(NULL, 0, 50);
	}
	while ((error = cpg_join(handle, &group)) == CS_ERR_TRY_AGAIN)
		poll(NULL, 0, 10);
	if (error != CS_OK)
		fail("cpg_join", (int)error);
	puts("{\"joined\": true}");
	fflush(stdout);

	run();
	report();
	/* Nobody leaves before all have reported: the driver closes our input then. */
	while (getchar() != EOF)
		;
	cpg_finalize(handle);
	return 0;
}
