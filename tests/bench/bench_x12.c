/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How fast interchanges are read and checked, on one core: 810 and 867 as utilities send them, made
 * here, in memory.  Beside each figure stands what the memory itself can do: the same bytes added
 * up eight at a time.  `--mib N` sets how much, `--write-810 FILE` and `--write-867 FILE` only
 * write the data, for peers (tests/bench/x12).  The last line is for scripts.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "documents/x12/guide_set.h"

#define ROUNDS 5 /* the best counts */

#define SETS 50   /* in an interchange */

static void envelope_put(struct buf *out, const char *group, uint64_t number)
{
	buf_putf(out, "ISA*00*          *00*          *01*123456789      *01*987654321      "
		"*240102*0304*U*00401*%09llu*0*P*>~\n"
		"GS*%s*123456789*987654321*20240102*0304*%llu*X*004010~\n",
		(unsigned long long)number, group, (unsigned long long)number);
}

static void trailer_put(struct buf *out, uint64_t number)
{
	buf_putf(out, "GE*%d*%llu~\nIEA*1*%09llu~\n", SETS, (unsigned long long)number,
		(unsigned long long)number);
}

/* A consolidated bill. */
static void put_810(struct buf *out, uint64_t number)
{
	buf_putf(out, "ST*810*%09llu~\n", (unsigned long long)number);
	buf_putf(out, "BIG*20240102*INV%09llu*****PR*00~\n", (unsigned long long)number);
	buf_put_text(out, "REF*11*0977777777~\nREF*12*0988888888~\nREF*BLT*LDC~\nREF*PC*DUAL~\n"
		"N1*8S*DISTRIBUTION COMPANY*1*007924772~\nN1*SJ*SUPPLIER ENERGY*9*8292445521100~\n"
		"N1*8R*A CUSTOMER OF BOTH~\nITD******20240126~\n"
		"IT1*1*****SV*ELECTRIC*C3*ACCOUNT~\nTXI*GR*1.25*****A~\n"
		"SLN*1**A~\nSAC*C**EU*BAS001*1250****EA*1*****BASIC CHARGE~\n"
		"SLN*2**A~\nSAC*C**EU*ENC001*8423***0.0842*KH*1000.5*****ENERGY CHARGE~\n"
		"TDS*9798~\nCTT*1~\n");
	buf_putf(out, "SE*19*%09llu~\n", (unsigned long long)number);
}

/* A day of quarter hours. */
static void put_867(struct buf *out, uint64_t number)
{
	buf_putf(out, "ST*867*%09llu~\n", (unsigned long long)number);
	buf_putf(out, "BPT*00*U%018llu*20240102*DR~\n", (unsigned long long)number);
	buf_put_text(out, "REF*Q5**10032789419418520~\nN1*8S*DISTRIBUTION COMPANY*1*007924772~\n"
		"N1*SJ*SUPPLIER ENERGY*9*8292445521100~\nPTD*BO***MG*134404448~\n"
		"DTM*150*20240101~\nDTM*151*20240102~\nREF*MT*KH015~\n");
	for (unsigned i = 1; i <= 96; i++)
		buf_putf(out, "QTY*QD*%u.%03u*KH~\nDTM*582*20240101*%02u%02u*ES~\n", i % 17, i * 7,
			i / 4 % 24, i % 4 * 15);
	buf_putf(out, "SE*%d*%09llu~\n", 10 + 2 * 96, (unsigned long long)number);
}

static void fill(struct buf *out, size_t bytes, bool bills)
{
	for (uint64_t number = 1; out->n + (512 << 10) < bytes; number++) {
		envelope_put(out, bills ? "IN" : "PT", number);
		for (uint64_t i = 0; i < SETS; i++) {
			if (bills)
				put_810(out, number * SETS + i);
			else
				put_867(out, number * SETS + i);
		}
		trailer_put(out, number);
	}
}

/* --- what is measured ---------------------------------------------------------- */

static uint64_t sink;

static void run_memory(struct slice in)
{
	uint64_t sum = 0;

	for (size_t i = 0; i + 8 <= in.n; i += 8) {
		uint64_t word;

		memcpy(&word, in.p + i, 8);
		sum += word;
	}
	sink += sum;
}

static void run_scan(struct slice in)
{
	static uint64_t masks[1024];
	x12_scan_fn *scan = x12_scan_best();

	for (size_t at = 0; at < in.n; at += sizeof(masks) * 8) {
		scan(masks, slice_sub(in, at, sizeof(masks) * 8), '*', '~');
		sink += masks[0];
	}
}

static void run_cut(struct slice in)
{
	AUTO_IN_PLACE(x12_reader) r;
	struct x12_segment s;

	x12_reader_init_whole(&r, in);
	while (x12_reader_next(&r, &s, NULL) == ST_OK)
		sink += s.count;
}

static struct x12_guide_set guides;

/* With these guides, NULL for none. */
static void check_with(const struct x12_choice *choice, struct slice in)
{
	struct x12_listener listener = { 0 };
	AUTO(x12_check) check = x12_check_new(
		choice ? choice->list : NULL, choice ? choice->count : 0, false, &listener);

	x12_check_whole(check, in);
	sink += x12_check_totals(check)->segments;
	if (x12_check_totals(check)->errors > 0) {
		fprintf(stderr, "bench x12: the data is not valid\n");
		exit(1);
	}
}

static void run_envelope(struct slice in)
{
	check_with(NULL, in);
}

static void run_named(const char *const names[], struct slice in)
{
	struct x12_choice choice = { 0 };
	struct fault f;

	for (size_t i = 0; names[i]; i++)
		if (x12_choice_add(&choice, &guides, slice_str(names[i]), &f) != ST_OK)
			die("%s", f.text);
	check_with(&choice, in);
}

static void run_standard(struct slice in)
{
	run_named((const char *const[]){ "x12-4010-810", "x12-4010-867", NULL }, in);
}

static void run_retail(struct slice in)
{
	run_named((const char *const[]){ "us-810", "us-867", NULL }, in);
}

/* MB/s, the best of some rounds. */
static double rate(void (*run)(struct slice), struct slice in)
{
	double best = 0;

	for (int i = 0; i < ROUNDS; i++) {
		int64_t began = clock_mono_ns();
		double mb;

		run(in);
		mb = (double)in.n * 1e3 / (double)(clock_mono_ns() - began);
		if (mb > best)
			best = mb;
	}
	return best;
}

static void line(const char *what, double x810, double x867)
{
	printf("%-34s %8.0f MB/s %8.0f MB/s\n", what, x810, x867);
}

static void measure(size_t mib, struct slice a, struct slice b)
{
	double cut_810, cut_867, check_810, check_867;

	printf("%zu MiB of each, one core%36s\n\n%-34s %8s %13s\n", mib, "", "", "810", "867");
	line("memory, added up", rate(run_memory, a), rate(run_memory, b));
	line(x12_scan_way(0).name, rate(run_scan, a), rate(run_scan, b));
	line("cut into segments and elements", cut_810 = rate(run_cut, a),
		cut_867 = rate(run_cut, b));
	line("checked, envelopes", rate(run_envelope, a), rate(run_envelope, b));
	line("checked, the standard's guides", rate(run_standard, a), rate(run_standard, b));
	line("checked, us-810 and us-867", check_810 = rate(run_retail, a),
		check_867 = rate(run_retail, b));
	printf("\nbench x12: cut_810_mb_s=%.0f cut_867_mb_s=%.0f check_810_mb_s=%.0f "
		"check_867_mb_s=%.0f\n", cut_810, cut_867, check_810, check_867);
}

static int write_to(const char *path, struct slice bytes)
{
	FILE *file = fopen(path, "wb");
	bool good = file && fwrite(bytes.p, 1, bytes.n, file) == bytes.n;

	if (file && fclose(file) != 0)
		good = false;
	if (!good)
		fprintf(stderr, "bench x12: %s could not be written\n", path);
	return !good;
}

int main(int argc, char **argv)
{
	const char *path_810 = NULL, *path_867 = NULL;
	size_t mib = 64;

	for (int i = 1; i + 1 < argc; i += 2) {
		if (strcmp(argv[i], "--mib") == 0)
			mib = (size_t)strtoul(argv[i + 1], NULL, 10);
		else if (strcmp(argv[i], "--write-810") == 0)
			path_810 = argv[i + 1];
		else if (strcmp(argv[i], "--write-867") == 0)
			path_867 = argv[i + 1];
	}
	AUTO_IN_PLACE(buf) bills = buf_init(mib << 20), usage = buf_init(mib << 20);
	fill(&bills, mib << 20, true);
	fill(&usage, mib << 20, false);
	if (path_810)
		return write_to(path_810, buf_slice(&bills));
	if (path_867)
		return write_to(path_867, buf_slice(&usage));
	x12_guide_set_init(&guides);
	measure(mib, buf_slice(&bills), buf_slice(&usage));
	x12_guide_set_done(&guides);
	return sink == 1;
}
