/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ownership in two words.  AUTO(cert) declares a `struct cert *` that
 * cert_free() releases at the end of the scope; TAKE(p) hands the pointer
 * out and forgets it.  AUTO_IN_PLACE(buf) does the same for a value with
 * an _init/_done life cycle.
 */
#ifndef TIELINE_BASE_OWN_H
#define TIELINE_BASE_OWN_H

#define TAKE(p)                              \
	__extension__({                      \
		__typeof__(p) taken_ = (p);  \
		(p) = NULL;                  \
		taken_;                      \
	})

#define DEFINE_AUTO(type)                                           \
	static inline void type##_auto_free(struct type **p)        \
	{                                                           \
		type##_free(*p);                                    \
	}

#define DEFINE_AUTO_IN_PLACE(type)                                  \
	static inline void type##_auto_done(struct type *p)         \
	{                                                           \
		type##_done(p);                                     \
	}

#define AUTO(type) __attribute__((cleanup(type##_auto_free))) struct type *
#define AUTO_IN_PLACE(type) __attribute__((cleanup(type##_auto_done))) struct type

/* Zeroed memory, or die(): every size is bounded before it gets here. */
void *alloc_zeroed(unsigned long count, unsigned long size)
	__attribute__((malloc, returns_nonnull));

#endif
