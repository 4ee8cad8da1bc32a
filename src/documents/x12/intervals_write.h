/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Readings back into the detail of an 867: a PTD loop for each series, so that what is read out of
 * it are the same series.
 */
#ifndef TIELINE_DOCUMENTS_X12_INTERVALS_WRITE_H
#define TIELINE_DOCUMENTS_X12_INTERVALS_WRITE_H

#include "documents/x12/intervals.h"
#include "documents/x12/writer.h"

#define X12_SERIES_MAX 10000 /* of one set that is written */

/* The readings of one set. */
struct x12_readings;
struct x12_readings *x12_readings_new(struct x12_delimiters);
void x12_readings_free(struct x12_readings *);
DEFINE_AUTO(x12_readings)

/*
 * Copied.  A series is what has one number, type, meter, unit and details; where the number is 0,
 * one direction, too.  ST_INPUT "x12.reading": it is of another set; does not end behind its begin;
 * begins before the one before it of its series ends; a text has a delimiter, or the quantity is no
 * decimal.  ST_LIMIT "x12.reading": more than X12_SERIES_MAX.
 */
NODISCARD enum status x12_readings_add(struct x12_readings *, const struct x12_series *,
	const struct x12_reading *, struct fault *f);

/* Of all of them; NULL: there are none yet.  `reference`, `purpose` and the like. */
const struct x12_series *x12_readings_set(const struct x12_readings *);

/*
 * "PTD*PM***OZ*EL~REF*MG*M1~REF*MT*KH015~QTY*QD*1.25*KH~DTM*582*20240101*0015*ES~...", by the
 * number of the series; a type that is "" is BO, and details that are not known are the meter.
 * Where intervals are of several lengths, of one that REF*MT cannot say, or were written so, each
 * has DTM*150 and DTM*151.  `zone`: the time code of all; "": of each its own, or else UT.  ST_INPUT as of
 * x12_moment_write(); ST_LIMIT "buffer.full".
 */
NODISCARD enum status x12_readings_write(struct x12_writer *, const struct x12_readings *,
	enum x12_edge labels, struct slice zone, struct fault *f);

#endif
