/* SPDX-License-Identifier: Apache-2.0 */
/* tieline version: everything linked, as loaded at run time, and what this kernel gives. */
#include "cli/cli.h"

#include <curl/curl.h>
#include <cyaml/cyaml.h>
#include <event2/event.h>
#include <seccomp.h>
#include <sqlite3.h>
#include <stdio.h>
#include <zlib.h>

#include "base/sandbox.h"
#include "cli/output.h"
#include "safeguards/crypto.h"

enum { JSON };
static const struct option_row options[] = {
	[JSON] = { "json", NULL, "for programs", NULL },
};

static json_t *libraries(void)
{
	const struct scmp_version *seccomp = seccomp_version();
	char seccomp_text[32];

	snprintf(seccomp_text, sizeof(seccomp_text), "%u.%u.%u", seccomp->major, seccomp->minor,
		seccomp->micro);
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "openssl", crypto_version(),
		"libevent", event_get_version(), "sqlite", sqlite3_libversion(), "libcurl",
		curl_version_info(CURLVERSION_NOW)->version, "jansson", jansson_version_str(),
		"libcyaml", cyaml_version_str, "libseccomp", seccomp_text, "zlib",
		zlibVersion());
}

static void print(json_t *all)
{
	const char *name;
	json_t *value;

	printf("tieline %s\n", TIELINE_VERSION);
	json_object_foreach(json_object_get(all, "libraries"), name, value)
		printf("  %-14s %s\n", name, json_string_value(value));
	printf("  %-14s ABI %d%s\n", "landlock", sandbox_landlock_abi(),
		sandbox_landlock_abi() > 0 ? "" : " (not in this kernel)");
	printf("  %-14s %s\n", "post-quantum",
		crypto_post_quantum() ? "yes" : "no (needs OpenSSL 3.5: `./dev deps` builds it)");
	printf("  %-14s %s\n", "tls groups", crypto_tls_groups());
}

static int run(const struct arguments *a)
{
	struct fault f;

	if (crypto_init(&f) != ST_OK)
		return fail(&f, NULL);
	json_t *all = json_pack("{s:s, s:o, s:i, s:b, s:s}", "tieline", TIELINE_VERSION,
		"libraries", libraries(), "landlock-abi", sandbox_landlock_abi(), "post-quantum",
		(int)crypto_post_quantum(), "tls-groups", crypto_tls_groups());
	if (a->given[JSON]) {
		json_print(all);
		return EXIT_DONE;
	}
	print(all);
	json_decref(all);
	return EXIT_DONE;
}

const struct command version_command = {
	.name = "version",
	.purpose = "versions of everything linked, post-quantum yes or no",
	COMMAND_OPTIONS(options),
	.run = run,
};
