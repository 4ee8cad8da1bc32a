/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Three ways to the same masks.  The portable one compares eight bytes at a time: a byte equals the
 * one looked for when their difference is zero, and the high bit of each byte of
 * ~(((x & 0x7f..) + 0x7f..) | x | 0x7f..) says so without a carry between bytes.
 */
#include "documents/x12/scan.h"

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

#define EVERY_BYTE UINT64_C(0x0101010101010101)
#define LOW_BITS UINT64_C(0x7f7f7f7f7f7f7f7f)
/* Brings the lowest bits of eight bytes together in the highest byte, the first one's lowest. */
#define GATHER UINT64_C(0x0102040810204080)

typedef struct x12_scan_mask block_fn(const uint8_t *, const struct x12_delimiters *);

static inline uint64_t zero_bytes(uint64_t x)
{
	return ~(((x & LOW_BITS) + LOW_BITS) | x | LOW_BITS);
}

static inline uint64_t equal_bytes(uint64_t x, uint8_t to)
{
	return zero_bytes(x ^ EVERY_BYTE * to);
}

/* Below a blank, or above "~". */
static inline uint64_t unprintable_bytes(uint64_t x)
{
	uint64_t from_blank_on = (x & LOW_BITS) + EVERY_BYTE * (0x80 - 0x20);

	return ((x | ~from_blank_on) & ~LOW_BITS) | equal_bytes(x, 0x7f);
}

static inline uint64_t gather(uint64_t high_bits)
{
	return (high_bits >> 7) * GATHER >> 56;
}

static inline struct x12_scan_mask portable_block(const uint8_t *p, const struct x12_delimiters *d)
{
	struct x12_scan_mask mask = { 0 };

	for (unsigned i = 0; i < X12_SCAN_BLOCK; i += 8) {
		uint64_t x = 0;

		for (unsigned byte = 0; byte < 8; byte++) /* compilers make one load of it */
			x |= (uint64_t)p[i + byte] << (8 * byte);
		mask.cuts |= gather(equal_bytes(x, d->element) | equal_bytes(x, d->segment)) << i;
		mask.odd |= gather(unprintable_bytes(x) | equal_bytes(x, d->component) |
				    equal_bytes(x, d->repetition)) << i;
	}
	return mask;
}

static struct x12_scan_mask byte_by_byte(struct slice in, const struct x12_delimiters *d)
{
	struct x12_scan_mask mask = { 0 };

	for (size_t i = 0; i < in.n; i++) {
		uint8_t c = in.p[i];

		mask.cuts |= (uint64_t)(c == d->element || c == d->segment) << i;
		mask.odd |= (uint64_t)(c < 0x20 || c > 0x7e || c == d->component ||
				    c == d->repetition) << i;
	}
	return mask;
}

__attribute__((always_inline)) static inline void scan_with(block_fn *block,
	struct x12_scan_mask *masks, struct slice in, const struct x12_delimiters *d)
{
	size_t whole = in.n / X12_SCAN_BLOCK, count = x12_scan_masks(in.n);

	for (size_t i = 0; i < whole; i++)
		masks[i] = block(in.p + i * X12_SCAN_BLOCK, d);
	if (whole < count)
		masks[whole] = byte_by_byte(slice_from(in, whole * X12_SCAN_BLOCK), d);
	for (size_t i = 0; i < count; i++)
		masks[i].odd &= ~masks[i].cuts;
}

static void scan_portable(
	struct x12_scan_mask *masks, struct slice in, const struct x12_delimiters *d)
{
	scan_with(portable_block, masks, in, d);
}

#if defined(__x86_64__)

/* Which of the signed bytes are below a blank: those beyond ASCII, too. */
__attribute__((target("avx2"))) static inline __m256i avx2_odd(
	__m256i x, const struct x12_delimiters *d)
{
	__m256i unprintable = _mm256_or_si256(_mm256_cmpgt_epi8(_mm256_set1_epi8(0x20), x),
		_mm256_cmpeq_epi8(x, _mm256_set1_epi8(0x7f)));
	__m256i inner = _mm256_or_si256(
		_mm256_cmpeq_epi8(x, _mm256_set1_epi8((char)d->component)),
		_mm256_cmpeq_epi8(x, _mm256_set1_epi8((char)d->repetition)));

	return _mm256_or_si256(unprintable, inner);
}

__attribute__((target("avx2"))) static inline __m256i avx2_cuts(
	__m256i x, const struct x12_delimiters *d)
{
	return _mm256_or_si256(_mm256_cmpeq_epi8(x, _mm256_set1_epi8((char)d->element)),
		_mm256_cmpeq_epi8(x, _mm256_set1_epi8((char)d->segment)));
}

__attribute__((target("avx2"))) static inline uint64_t avx2_bits(__m256i low, __m256i high)
{
	return (uint32_t)_mm256_movemask_epi8(low) |
		(uint64_t)(uint32_t)_mm256_movemask_epi8(high) << 32;
}

__attribute__((target("avx2"))) static inline struct x12_scan_mask avx2_block(
	const uint8_t *p, const struct x12_delimiters *d)
{
	__m256i low = _mm256_loadu_si256((const __m256i_u *)p);
	__m256i high = _mm256_loadu_si256((const __m256i_u *)(p + 32));

	return (struct x12_scan_mask){ .cuts = avx2_bits(avx2_cuts(low, d), avx2_cuts(high, d)),
		.odd = avx2_bits(avx2_odd(low, d), avx2_odd(high, d)) };
}

__attribute__((target("avx2"))) static void scan_avx2(
	struct x12_scan_mask *masks, struct slice in, const struct x12_delimiters *d)
{
	scan_with(avx2_block, masks, in, d);
}

static bool avx2_is_there(void)
{
	return __builtin_cpu_supports("avx2");
}

static inline __m128i sse2_odd(__m128i x, const struct x12_delimiters *d)
{
	__m128i unprintable = _mm_or_si128(_mm_cmplt_epi8(x, _mm_set1_epi8(0x20)),
		_mm_cmpeq_epi8(x, _mm_set1_epi8(0x7f)));
	__m128i inner = _mm_or_si128(_mm_cmpeq_epi8(x, _mm_set1_epi8((char)d->component)),
		_mm_cmpeq_epi8(x, _mm_set1_epi8((char)d->repetition)));

	return _mm_or_si128(unprintable, inner);
}

static inline __m128i sse2_cuts(__m128i x, const struct x12_delimiters *d)
{
	return _mm_or_si128(_mm_cmpeq_epi8(x, _mm_set1_epi8((char)d->element)),
		_mm_cmpeq_epi8(x, _mm_set1_epi8((char)d->segment)));
}

static inline struct x12_scan_mask sse2_block(const uint8_t *p, const struct x12_delimiters *d)
{
	struct x12_scan_mask mask = { 0 };

	for (unsigned i = 0; i < X12_SCAN_BLOCK; i += 16) {
		__m128i x = _mm_loadu_si128((const __m128i_u *)(p + i));

		mask.cuts |= (uint64_t)(uint16_t)_mm_movemask_epi8(sse2_cuts(x, d)) << i;
		mask.odd |= (uint64_t)(uint16_t)_mm_movemask_epi8(sse2_odd(x, d)) << i;
	}
	return mask;
}

static void scan_sse2(struct x12_scan_mask *masks, struct slice in, const struct x12_delimiters *d)
{
	scan_with(sse2_block, masks, in, d);
}

#elif defined(__aarch64__)

static inline uint8x16_t neon_odd(uint8x16_t x, const struct x12_delimiters *d)
{
	uint8x16_t unprintable = vorrq_u8(
		vcltq_u8(x, vdupq_n_u8(0x20)), vcgtq_u8(x, vdupq_n_u8(0x7e)));

	return vorrq_u8(unprintable,
		vorrq_u8(vceqq_u8(x, vdupq_n_u8(d->component)),
			vceqq_u8(x, vdupq_n_u8(d->repetition))));
}

static inline uint8x16_t neon_cuts(uint8x16_t x, const struct x12_delimiters *d)
{
	return vorrq_u8(vceqq_u8(x, vdupq_n_u8(d->element)), vceqq_u8(x, vdupq_n_u8(d->segment)));
}

/* One bit of each byte, added up pairwise until eight of them share a byte. */
static inline uint64_t neon_bits(const uint8x16_t hits[4])
{
	static const uint8_t weights[16] = { 1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64,
		128 };
	uint8x16_t weight = vld1q_u8(weights);
	uint8x16_t low = vpaddq_u8(vandq_u8(hits[0], weight), vandq_u8(hits[1], weight));
	uint8x16_t high = vpaddq_u8(vandq_u8(hits[2], weight), vandq_u8(hits[3], weight));
	uint8x16_t sum = vpaddq_u8(low, high);

	return vgetq_lane_u64(vreinterpretq_u64_u8(vpaddq_u8(sum, sum)), 0);
}

static inline struct x12_scan_mask neon_block(const uint8_t *p, const struct x12_delimiters *d)
{
	uint8x16_t cuts[4], odd[4];

	for (unsigned i = 0; i < 4; i++) {
		uint8x16_t x = vld1q_u8(p + 16 * i);

		cuts[i] = neon_cuts(x, d);
		odd[i] = neon_odd(x, d);
	}
	return (struct x12_scan_mask){ .cuts = neon_bits(cuts), .odd = neon_bits(odd) };
}

static void scan_neon(struct x12_scan_mask *masks, struct slice in, const struct x12_delimiters *d)
{
	scan_with(neon_block, masks, in, d);
}

#endif

static bool always(void)
{
	return true;
}

/* The quickest first. */
static const struct {
	struct x12_scan_way way;
	bool (*is_there)(void);
} ways[] = {
#if defined(__x86_64__)
	{ { "avx2", scan_avx2 }, avx2_is_there },
	{ { "sse2", scan_sse2 }, always },
#elif defined(__aarch64__)
	{ { "neon", scan_neon }, always },
#endif
	{ { "portable", scan_portable }, always },
};

struct x12_scan_way x12_scan_way(size_t at)
{
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		if (ways[i].is_there() && at-- == 0)
			return ways[i].way;
	return (struct x12_scan_way){ 0 };
}

x12_scan_fn *x12_scan_best(void)
{
	return x12_scan_way(0).scan;
}
