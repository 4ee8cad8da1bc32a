/* SPDX-License-Identifier: Apache-2.0 */
/*
 * printf for texts that a peer's bytes may be in.  All of a slice is written, bytes of 0 too, where
 * printf's "%.*s" ends at the first of them: what stands behind it must not be hidden.
 */
#ifndef TIELINE_BASE_FORMAT_H
#define TIELINE_BASE_FORMAT_H

#include <stdarg.h>
#include <stddef.h>

/*
 * Gives how many bytes were written, at most size - 1, and a NUL behind them; size is 1 at least.
 * "%.*s" is a slice (SLICE_FMT), all of whose bytes must be there.  Otherwise as printf, as far as
 * texts need it: flags - and 0, widths, precisions of texts and of f; d i u x X c s p f % with l,
 * ll, z.  What is another conversion is a bug.
 */
size_t format_text(char *out, size_t size, const char *format, va_list);

#endif
