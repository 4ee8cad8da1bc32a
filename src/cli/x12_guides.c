/* SPDX-License-Identifier: Apache-2.0 */
/* Guides out of files, into a library; and of it, those that are wanted, with their rules. */
#include "cli/x12_guides.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"

/* --- files --- */

/* The folder may hold the file that is named beside it. */
static const struct x12_library_entry *same_find(const struct x12_library *l, struct slice yaml)
{
	const struct x12_library_entry *e;
	size_t at = 0;

	while ((e = x12_library_at(l, at)) && (e->origin != X12_USERS || !slice_eq(e->yaml, yaml)))
		at++;
	return e;
}

static enum status add_at(const struct x12_library_entry **out, struct x12_guide_set *g, int dir,
	const char *name, const char *path, struct fault *f)
{
	AUTO_IN_PLACE(buf) text = buf_init(X12_GUIDE_TEXT_MAX);

	TRY(file_read(&text, dir, name, f));
	*out = same_find(g->shelf, buf_slice(&text));
	if (*out)
		return ST_OK;
	TRY(x12_library_add(g->shelf, X12_USERS, path, buf_slice(&text), f));
	*out = same_find(g->shelf, buf_slice(&text));
	return ST_OK;
}

enum status x12_guides_add_file(
	struct x12_guide_set *g, const char *path, const char **name, struct fault *f)
{
	const struct x12_library_entry *entry;

	TRY(add_at(&entry, g, AT_FDCWD, path, path, f));
	*name = entry->name;
	return ST_OK;
}

static bool is_named_yaml(struct slice name)
{
	struct slice ending = S(".yaml");

	return name.n > ending.n && slice_eq(slice_from(name, name.n - ending.n), ending);
}

static int is_yaml(const struct dirent *entry)
{
	return is_named_yaml(slice_str(entry->d_name));
}

static enum status add_entries(struct x12_guide_set *g, int dir, const char *path,
	struct dirent **entries, int count, struct fault *f)
{
	const struct x12_library_entry *entry;
	char name[PATH_MAX];

	for (int i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "%s/%s", path, entries[i]->d_name);
		TRY(add_at(&entry, g, dir, entries[i]->d_name, name, f));
	}
	return ST_OK;
}

enum status x12_guides_add_folder(struct x12_guide_set *g, const char *path, struct fault *f)
{
	AUTO_FD dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct dirent **entries = NULL;
	enum status status;
	int count;

	if (dir < 0)
		return fault_errno(f, ST_INPUT, "file.open", "%s", path);
	count = scandirat(dir, ".", &entries, is_yaml, alphasort);
	if (count < 0)
		return fault_errno(f, ST_HOST, "file.read", "%s", path);
	status = add_entries(g, dir, path, entries, count, f);
	while (count > 0)
		free(entries[--count]);
	free(entries);
	return status;
}

/* --- what is wanted --- */

static bool is_path(struct slice word)
{
	size_t at;

	return slice_find_byte(&at, word, '/') || is_named_yaml(word);
}

static enum status choose_word(struct x12_choice *choice, struct x12_guide_set *g,
	struct slice word, struct fault *f)
{
	char path[PATH_MAX];
	const char *name;

	if (!is_path(word))
		return x12_choice_add(choice, g, word, f);
	TRY(slice_to_text(path, sizeof(path), word, f));
	TRY(x12_guides_add_file(g, path, &name, f));
	return x12_choice_add(choice, g, slice_str(name), f);
}

enum status x12_guides_choose(struct x12_choice *choice, struct x12_guide_set *g,
	const char *wanted, const char *folder, struct fault *f)
{
	struct slice word, rest = slice_str(wanted ? wanted : "");

	*choice = (struct x12_choice){ 0 };
	if (folder)
		TRY(x12_guides_add_folder(g, folder, f));
	while (rest.n > 0) {
		slice_cut(&word, &rest, rest, ',');
		TRY(choose_word(choice, g, slice_trim(word), f));
	}
	choice->wanted = choice->count;
	return x12_choice_add_standard(choice, g, f);
}
