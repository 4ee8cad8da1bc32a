/* SPDX-License-Identifier: Apache-2.0 */
/* HOST:PORT as people write it in settings and sheets. */
#ifndef TIELINE_EXCHANGE_ENDPOINT_H
#define TIELINE_EXCHANGE_ENDPOINT_H

#include "base/slice.h"

/* A DNS name, an IPv4 address, or [an IPv6 address] without a zone. ST_INPUT "endpoint.host". */
NODISCARD enum status endpoint_host_check(struct slice host, struct fault *f);

/*
 * HOST or HOST:PORT, port 1..65535; `port_needed` refuses the first form.
 * ST_INPUT "endpoint.host" | "endpoint.port".
 */
NODISCARD enum status endpoint_check(struct slice text, bool port_needed, struct fault *f);

/* The host of https://HOST[:PORT], without the brackets of an IPv6 address.  Borrowed. */
struct slice endpoint_url_host(struct slice url);

#endif
