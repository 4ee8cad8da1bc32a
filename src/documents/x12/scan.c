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

typedef uint64_t block_fn(const uint8_t *, uint8_t a, uint8_t b);

static inline uint64_t zero_bytes(uint64_t x)
{
	return ~(((x & LOW_BITS) + LOW_BITS) | x | LOW_BITS);
}

static inline uint64_t portable_block(const uint8_t *p, uint8_t a, uint8_t b)
{
	uint64_t mask = 0;

	for (unsigned i = 0; i < X12_SCAN_BLOCK / 8; i++) {
		uint64_t word = 0, hits;

		for (unsigned byte = 0; byte < 8; byte++) /* compilers make one load of it */
			word |= (uint64_t)p[8 * i + byte] << (8 * byte);
		hits = zero_bytes(word ^ EVERY_BYTE * a) | zero_bytes(word ^ EVERY_BYTE * b);
		mask |= ((hits >> 7) * GATHER >> 56) << (8 * i);
	}
	return mask;
}

static uint64_t byte_by_byte(struct slice in, uint8_t a, uint8_t b)
{
	uint64_t mask = 0;

	for (size_t i = 0; i < in.n; i++)
		mask |= (uint64_t)(in.p[i] == a || in.p[i] == b) << i;
	return mask;
}

__attribute__((always_inline)) static inline void scan_with(
	block_fn *block, uint64_t *masks, struct slice in, uint8_t a, uint8_t b)
{
	size_t whole = in.n / X12_SCAN_BLOCK;

	for (size_t i = 0; i < whole; i++)
		masks[i] = block(in.p + i * X12_SCAN_BLOCK, a, b);
	if (in.n % X12_SCAN_BLOCK > 0)
		masks[whole] = byte_by_byte(slice_from(in, whole * X12_SCAN_BLOCK), a, b);
}

static void scan_portable(uint64_t *masks, struct slice in, uint8_t a, uint8_t b)
{
	scan_with(portable_block, masks, in, a, b);
}

#if defined(__x86_64__)

__attribute__((target("avx2"))) static inline uint32_t avx2_half(
	const uint8_t *p, __m256i a, __m256i b)
{
	__m256i x = _mm256_loadu_si256((const __m256i_u *)p);
	__m256i hits = _mm256_or_si256(_mm256_cmpeq_epi8(x, a), _mm256_cmpeq_epi8(x, b));

	return (uint32_t)_mm256_movemask_epi8(hits);
}

__attribute__((target("avx2"))) static inline uint64_t avx2_block(
	const uint8_t *p, uint8_t a, uint8_t b)
{
	__m256i va = _mm256_set1_epi8((char)a), vb = _mm256_set1_epi8((char)b);

	return avx2_half(p, va, vb) | (uint64_t)avx2_half(p + 32, va, vb) << 32;
}

__attribute__((target("avx2"))) static void scan_avx2(
	uint64_t *masks, struct slice in, uint8_t a, uint8_t b)
{
	scan_with(avx2_block, masks, in, a, b);
}

static bool avx2_is_there(void)
{
	return __builtin_cpu_supports("avx2");
}

static inline uint64_t sse2_quarter(const uint8_t *p, __m128i a, __m128i b)
{
	__m128i x = _mm_loadu_si128((const __m128i_u *)p);

	return (uint16_t)_mm_movemask_epi8(
		_mm_or_si128(_mm_cmpeq_epi8(x, a), _mm_cmpeq_epi8(x, b)));
}

static inline uint64_t sse2_block(const uint8_t *p, uint8_t a, uint8_t b)
{
	__m128i va = _mm_set1_epi8((char)a), vb = _mm_set1_epi8((char)b);

	return sse2_quarter(p, va, vb) | sse2_quarter(p + 16, va, vb) << 16 |
		sse2_quarter(p + 32, va, vb) << 32 | sse2_quarter(p + 48, va, vb) << 48;
}

static void scan_sse2(uint64_t *masks, struct slice in, uint8_t a, uint8_t b)
{
	scan_with(sse2_block, masks, in, a, b);
}

#elif defined(__aarch64__)

static inline uint8x16_t neon_hits(const uint8_t *p, uint8x16_t a, uint8x16_t b)
{
	uint8x16_t x = vld1q_u8(p);

	return vorrq_u8(vceqq_u8(x, a), vceqq_u8(x, b));
}

/* One bit of each byte, added up pairwise until eight of them share a byte. */
static inline uint64_t neon_block(const uint8_t *p, uint8_t a, uint8_t b)
{
	static const uint8_t weights[16] = { 1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64,
		128 };
	uint8x16_t va = vdupq_n_u8(a), vb = vdupq_n_u8(b), weight = vld1q_u8(weights);
	uint8x16_t low = vpaddq_u8(vandq_u8(neon_hits(p, va, vb), weight),
		vandq_u8(neon_hits(p + 16, va, vb), weight));
	uint8x16_t high = vpaddq_u8(vandq_u8(neon_hits(p + 32, va, vb), weight),
		vandq_u8(neon_hits(p + 48, va, vb), weight));
	uint8x16_t sum = vpaddq_u8(low, high);

	return vgetq_lane_u64(vreinterpretq_u64_u8(vpaddq_u8(sum, sum)), 0);
}

static void scan_neon(uint64_t *masks, struct slice in, uint8_t a, uint8_t b)
{
	scan_with(neon_block, masks, in, a, b);
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
