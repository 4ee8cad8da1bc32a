/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A copy of the database for `tieline fsck` and `backup` (VERB_COPY), made by the ledger in slices
 * between its batches.  The asker sends the reading end of a pipe: until its other end is closed,
 * by the asker or with it, spool files are not cut, so that they are as the copy says.
 */
#ifndef TIELINE_PROCESSES_SURVEY_H
#define TIELINE_PROCESSES_SURVEY_H

#include "processes/process.h"

struct survey;

struct survey *survey_new(struct process *, struct ledger *);

/* Outside a batch.  One at a time: to others VERB_TRY_LATER "copy.busy". */
void survey_begin(struct survey *, struct ipc *desk, struct ipc_packet *);

/* Outside a batch, after each: the next slice, if one is being made; then it comes back itself. */
void survey_step(struct survey *);
/* Told when a batch is opened and ended: nothing is copied in between. */
void survey_pause(struct survey *, bool in_batch);

#endif
