/* SPDX-License-Identifier: Apache-2.0 */
/* Names only; what is in the files is for others to read. */
#include "processes/keyring_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/fd.h"

static bool comes_before(const struct keyring_file *a, const struct keyring_file *b)
{
	return a->use != b->use ? a->use < b->use : a->generation < b->generation;
}

static enum status file_add(struct keyring_files *out, struct keyring_file one, struct fault *f)
{
	size_t place = out->count;

	if (place == KEYRING_FILES_MAX)
		return fault_set(f, ST_LIMIT, "home.certificates",
			"more than %d files of certificates", KEYRING_FILES_MAX);
	for (; place > 0 && comes_before(&one, &out->list[place - 1]); place--)
		out->list[place] = out->list[place - 1];
	out->list[place] = one;
	out->count++;
	return ST_OK;
}

enum status keyring_files_find(
	struct keyring_files *out, int dir, const char *suffix, struct fault *f)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = fd < 0 ? NULL : fdopendir(fd);
	enum status st = ST_OK;
	const struct dirent *entry;
	struct keyring_file one;

	*out = (struct keyring_files){ .count = 0 };
	if (!list)
		return fault_errno(f, ST_HOST, "home.open", "reading the home");
	while (st == ST_OK && (entry = readdir(list)))
		if (keyring_name_parse(
			    &one.use, &one.generation, slice_str(entry->d_name), suffix))
			st = file_add(out, one, f);
	closedir(list);
	return st;
}
