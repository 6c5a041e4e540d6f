// What starting programs needs of glibc beyond POSIX. Swift sees the C library without _GNU_SOURCE,
// so these are declared here.
#pragma once
#include <fcntl.h>
#include <spawn.h>

int pipe2(int ends[2], int flags);
int posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t *actions, const char *path);
int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int from);

// A pipe that children do not inherit.
static inline int cprocess_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC); }

static inline int cprocess_add_chdir(posix_spawn_file_actions_t *actions, const char *path) {
  return posix_spawn_file_actions_addchdir_np(actions, path);
}

static inline int cprocess_add_closefrom(posix_spawn_file_actions_t *actions, int from) {
  return posix_spawn_file_actions_addclosefrom_np(actions, from);
}
