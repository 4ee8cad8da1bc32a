/* SPDX-License-Identifier: Apache-2.0 */
/* libcurl's multi interface on libevent's loop, for the courier: transfers go on while it waits. */
#ifndef TIELINE_PROCESSES_MULTI_H
#define TIELINE_PROCESSES_MULTI_H

#include <curl/curl.h>

#include "base/fault.h"
#include "base/own.h"

struct event_base;
struct multi;

/* A transfer ended; its handle is still in the multi. */
typedef void multi_ended(void *context, CURL *easy, CURLcode);

/* Dies when libcurl gives no handle. */
struct multi *multi_new(struct event_base *, multi_ended *, void *context);
void multi_free(struct multi *); /* no easy handle may be in it any more */
DEFINE_AUTO(multi)

CURLM *multi_handle(const struct multi *); /* borrowed: to add, remove, set options */

#endif
