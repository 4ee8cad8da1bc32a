/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Replays a fuzz target over stored inputs: every file of the directories (or the files) named
 * on the command line, in the order of their names, then prints how many there were.  A crash or
 * a sanitizer report is the failure; so is a name that cannot be read, or nothing to replay.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

#define REPLAY_FILE_MAX (64L << 20)

static int replay_file(const char *path)
{
	FILE *in = fopen(path, "rb");
	uint8_t *data;
	long n;

	if (in == NULL || fseek(in, 0, SEEK_END) != 0 || (n = ftell(in)) < 0 ||
	    n > REPLAY_FILE_MAX) {
		perror(path);
		exit(1);
	}
	rewind(in);
	data = malloc((size_t)n + (n == 0)); /* exact, so that ASan sees the first byte beyond */
	if (data == NULL || fread(data, 1, (size_t)n, in) != (size_t)n) {
		perror(path);
		exit(1);
	}
	fclose(in);
	fprintf(stderr, "replay %s\n", path); /* the last line names the culprit of a crash */
	LLVMFuzzerTestOneInput(data, (size_t)n);
	free(data);
	return 1;
}

static int not_hidden(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static int replay(const char *path)
{
	struct dirent **entries;
	struct stat st;
	int count = 0;
	int n;

	if (stat(path, &st) == 0 && !S_ISDIR(st.st_mode))
		return replay_file(path);
	n = scandir(path, &entries, not_hidden, alphasort);
	if (n < 0) {
		perror(path);
		exit(1);
	}
	for (int i = 0; i < n; i++) {
		char child[4096];

		snprintf(child, sizeof(child), "%s/%s", path, entries[i]->d_name);
		count += replay_file(child);
		free(entries[i]);
	}
	free(entries);
	return count;
}

int main(int argc, char **argv)
{
	int count = 0;

	for (int i = 1; i < argc; i++)
		count += replay(argv[i]);
	printf("replayed %d inputs\n", count);
	return count > 0 ? 0 : 1;
}
