/*
 * A disk that can be told to fail, for one process and one database: preloaded before the C library,
 * it stands between SQLite and the files whose path starts with DISK_DATABASE.
 *
 * DISK_CONTROL  a file of eight 32-bit words that is shared with whoever gives the orders (disk-control.ts)
 * DISK_JOURNAL  a file to which every write, sync and change of a name is appended (disk-journal.ts)
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { NONE, KILL, FULL, WRITE_FAILS, SYNC_FAILS, READ_ONLY, READ_FAILS };
enum { WRITE = 1, SYNC, TRUNCATE, UNLINK, SYNC_NAMES };

struct control {
  volatile uint32_t fault;
  /* Writes and syncs of the database and its log that still go well. */
  volatile uint32_t after;
  /* How much of the fatal write is done: 0 to 100 percent, in whole sectors. */
  volatile uint32_t percent;
  volatile uint32_t operations;
  volatile uint32_t failures;
  /* Of the operation that killed: what, and on which file (1 database, 2 log). */
  volatile uint32_t killed_in;
  volatile uint32_t killed_on;
  volatile uint32_t unused;
};

static struct control idle;
static struct control *control = &idle;
static char database[PATH_MAX], directory[PATH_MAX];
static int journal = -1;

#define REAL(type, name, ...)                                   \
  static type (*real_##name)(__VA_ARGS__);                      \
  if (!real_##name) real_##name = dlsym(RTLD_NEXT, #name)

__attribute__((constructor)) static void start(void) {
  const char *path = getenv("DISK_DATABASE");
  if (!path) return;
  snprintf(database, sizeof database, "%s", path);
  snprintf(directory, sizeof directory, "%s", path);
  char *end = strrchr(directory, '/');
  if (end) *end = 0;
  if ((path = getenv("DISK_CONTROL"))) {
    int fd = open(path, O_RDWR | O_CLOEXEC);
    void *shared = fd < 0 ? MAP_FAILED : mmap(0, sizeof idle, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (shared == MAP_FAILED) abort();
    control = shared;
  }
  if ((path = getenv("DISK_JOURNAL"))) {
    journal = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (journal < 0) abort();
  }
}

static int has_end(const char *name, const char *end) { return strcmp(name, end) == 0; }

/* What follows the database's path in the name of its companion; NULL for all other files. */
static const char *part_of(const char *path) {
  size_t length = strlen(database);
  if (length == 0 || strncmp(path, database, length) != 0) return NULL;
  const char *rest = path + length;
  /* Shared memory, not a file that should outlive a power cut. */
  return has_end(rest, "-shm") ? NULL : rest;
}

static int path_of(int fd, char *path) {
  if (database[0] == 0) return 0;
  char link[40];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, PATH_MAX - 1);
  if (length <= 0) return 0;
  path[length] = 0;
  return 1;
}

static uint64_t now(void) {
  struct timespec at;
  clock_gettime(CLOCK_MONOTONIC, &at);
  return (uint64_t)at.tv_sec * 1000000000u + (uint64_t)at.tv_nsec;
}

static void note(uint32_t kind, const char *part, uint64_t started, uint64_t offset, const void *data, uint32_t bytes) {
  if (journal < 0) return;
  struct {
    uint32_t kind, name_bytes, data_bytes, unused;
    uint64_t started, offset;
  } head = {kind, (uint32_t)strlen(part), bytes, 0, started, offset};
  struct iovec entry[] = {{&head, sizeof head}, {(void *)part, head.name_bytes}, {(void *)data, bytes}};
  if (writev(journal, entry, 3) < 0) abort();
}

/* True when this operation is to fail; errno says how. Does not return when it is to kill. */
static int fails(uint32_t kind, const char *part, int fd, const void *data, size_t bytes, off_t offset) {
  uint32_t file = *part == 0 ? 1 : has_end(part, "-wal") ? 2 : 0;
  if (file == 0) return 0;
  control->operations++;
  uint32_t fault = control->fault;
  if (fault == NONE || fault == READ_FAILS) return 0;
  if (fault == SYNC_FAILS && kind != SYNC) return 0;
  if ((fault == FULL || fault == WRITE_FAILS || fault == READ_ONLY) && kind == SYNC) return 0;
  if (control->after > 0) {
    control->after--;
    return 0;
  }
  if (fault == KILL) {
    if (kind == WRITE) {
      REAL(ssize_t, pwrite64, int, const void *, size_t, off_t);
      size_t done = bytes * control->percent / 100 / 512 * 512;
      if (done > 0 && real_pwrite64(fd, data, done, offset) < 0) abort();
    }
    control->killed_in = kind;
    control->killed_on = file;
    kill(getpid(), SIGKILL);
    for (;;) pause();
  }
  if (fault == FULL) {
    struct stat now_is;
    /* A full disk lets what is there be overwritten. */
    if (fstat(fd, &now_is) == 0 && offset + (off_t)bytes <= now_is.st_size) return 0;
  }
  control->failures++;
  errno = fault == FULL ? ENOSPC : fault == READ_ONLY ? EROFS : EIO;
  return 1;
}

static ssize_t written(int fd, const void *data, size_t bytes, off_t offset) {
  REAL(ssize_t, pwrite64, int, const void *, size_t, off_t);
  char path[PATH_MAX];
  const char *part = path_of(fd, path) ? part_of(path) : NULL;
  if (!part) return real_pwrite64(fd, data, bytes, offset);
  if (fails(WRITE, part, fd, data, bytes, offset)) return -1;
  uint64_t started = now();
  ssize_t done = real_pwrite64(fd, data, bytes, offset);
  if (done > 0) note(WRITE, part, started, (uint64_t)offset, data, (uint32_t)done);
  return done;
}

ssize_t pwrite64(int fd, const void *data, size_t bytes, off_t offset) { return written(fd, data, bytes, offset); }
ssize_t pwrite(int fd, const void *data, size_t bytes, off_t offset) { return written(fd, data, bytes, offset); }

static ssize_t read_at(int fd, void *data, size_t bytes, off_t offset) {
  REAL(ssize_t, pread64, int, void *, size_t, off_t);
  char path[PATH_MAX];
  if (control->fault == READ_FAILS && path_of(fd, path)) {
    const char *part = part_of(path);
    if (part && (*part == 0 || has_end(part, "-wal"))) {
      control->failures++;
      errno = EIO;
      return -1;
    }
  }
  return real_pread64(fd, data, bytes, offset);
}

ssize_t pread64(int fd, void *data, size_t bytes, off_t offset) { return read_at(fd, data, bytes, offset); }
ssize_t pread(int fd, void *data, size_t bytes, off_t offset) { return read_at(fd, data, bytes, offset); }

static int synced(int fd, int (*real)(int)) {
  char path[PATH_MAX];
  if (!path_of(fd, path)) return real(fd);
  uint64_t started = now();
  if (strcmp(path, directory) == 0) {
    int done = real(fd);
    if (done == 0) note(SYNC_NAMES, "", started, 0, NULL, 0);
    return done;
  }
  const char *part = part_of(path);
  if (!part) return real(fd);
  if (fails(SYNC, part, fd, NULL, 0, 0)) return -1;
  int done = real(fd);
  if (done == 0) note(SYNC, part, started, 0, NULL, 0);
  return done;
}

int fdatasync(int fd) {
  REAL(int, fdatasync, int);
  return synced(fd, real_fdatasync);
}

int fsync(int fd) {
  REAL(int, fsync, int);
  return synced(fd, real_fsync);
}

static int cut_to(int fd, off_t length) {
  REAL(int, ftruncate64, int, off_t);
  char path[PATH_MAX];
  const char *part = path_of(fd, path) ? part_of(path) : NULL;
  uint64_t started = now();
  if (part && fails(TRUNCATE, part, fd, NULL, 0, 0)) return -1;
  int done = real_ftruncate64(fd, length);
  if (part && done == 0) note(TRUNCATE, part, started, (uint64_t)length, NULL, 0);
  return done;
}

int ftruncate64(int fd, off_t length) { return cut_to(fd, length); }
int ftruncate(int fd, off_t length) { return cut_to(fd, length); }

int unlink(const char *path) {
  REAL(int, unlink, const char *);
  const char *part = part_of(path);
  uint64_t started = now();
  int done = real_unlink(path);
  if (part && done == 0) note(UNLINK, part, started, 0, NULL, 0);
  return done;
}
