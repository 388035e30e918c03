/*
 * A disk that can be told to fail, for a process and its children: preloaded before the C library,
 * it stands between a program and the files whose path starts with DISK_FILES. One that ends in a
 * slash is a folder, and all its files are meant; any other is a database, with what SQLite keeps
 * beside it under the same beginning of the name.
 *
 * DISK_CONTROL  a file of eight 32-bit words that is shared with whoever gives the orders (disk-control.ts)
 * DISK_JOURNAL  a file to which every write, sync and change of a name is appended, and what is
 *               written to standard output (disk-journal.ts)
 *
 * Seen is what is written by write and its kin; what goes through a memory map is not.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
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
enum { WRITE = 1, SYNC, TRUNCATE, UNLINK, SYNC_NAMES, RENAME, CREATE, OUTPUT, KILLED };

struct control {
  volatile uint32_t fault;
  /* Operations that still go well. */
  volatile uint32_t after;
  /* How much of the fatal write is done: 0 to 100 percent, in whole sectors. */
  volatile uint32_t percent;
  volatile uint32_t operations;
  volatile uint32_t failures;
  /* Of the operation that killed: what, and on which file (1 database, 2 log, 3 another). */
  volatile uint32_t killed_in;
  volatile uint32_t killed_on;
  /* 1: torn writes end at any byte, not at a sector. */
  volatile uint32_t tears_anywhere;
};

static struct control idle;
static struct control *control = &idle;
static char files[PATH_MAX], directory[PATH_MAX];
static int is_folder = 0;
static int journal = -1;

#define REAL(type, name, ...)                                   \
  static type (*real_##name)(__VA_ARGS__);                      \
  if (!real_##name) real_##name = dlsym(RTLD_NEXT, #name)

__attribute__((constructor)) static void start(void) {
  REAL(int, open, const char *, int, ...);
  const char *path = getenv("DISK_FILES");
  if (!path || !*path) return;
  snprintf(files, sizeof files, "%s", path);
  snprintf(directory, sizeof directory, "%s", path);
  is_folder = path[strlen(path) - 1] == '/';
  char *end = strrchr(directory, '/');
  if (end) *end = 0;
  if ((path = getenv("DISK_CONTROL"))) {
    int fd = real_open(path, O_RDWR | O_CLOEXEC);
    void *shared = fd < 0 ? MAP_FAILED : mmap(0, sizeof idle, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (shared == MAP_FAILED) abort();
    /* It may have the number of an output that is closed, and get what is written there. */
    close(fd);
    control = shared;
  }
  if ((path = getenv("DISK_JOURNAL"))) {
    int fd = real_open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    /* Far from the numbers that a program may close and expect to get. */
    journal = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 900);
    if (journal < 0) abort();
    close(fd);
  }
}

static int has_end(const char *name, const char *end) { return strcmp(name, end) == 0; }

/* What follows the beginning in the name of a file that is meant; NULL for all others. */
static const char *part_of(const char *path) {
  size_t length = strlen(files);
  if (length == 0 || strncmp(path, files, length) != 0) return NULL;
  const char *rest = path + length;
  size_t rest_length = strlen(rest);
  /* Shared memory, not a file that should outlive a power cut. */
  return rest_length >= 4 && has_end(rest + rest_length - 4, "-shm") ? NULL : rest;
}

/* The same for a path as a program gives it: one that is relative is so to its folder. */
static const char *part_of_name(const char *path, char *whole) {
  if (files[0] == 0) return NULL;
  if (path[0] == '/') return part_of(path);
  char here[PATH_MAX];
  if (!getcwd(here, sizeof here)) return NULL;
  while (path[0] == '.' && path[1] == '/') path += 2;
  if (snprintf(whole, PATH_MAX, "%s/%s", here, path) >= PATH_MAX) return NULL;
  return part_of(whole);
}

static int path_of(int fd, char *path) {
  if (files[0] == 0) return 0;
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

static ssize_t write_all(int fd, const struct iovec *parts, int count) {
  REAL(ssize_t, writev, int, const struct iovec *, int);
  return real_writev(fd, parts, count);
}

static void note(uint32_t kind, const char *part, uint64_t started, uint64_t offset, const void *data, uint32_t bytes) {
  if (journal < 0) return;
  struct {
    uint32_t kind, name_bytes, data_bytes, unused;
    uint64_t started, offset;
  } head = {kind, (uint32_t)strlen(part), bytes, 0, started, offset};
  struct iovec entry[] = {{&head, sizeof head}, {(void *)part, head.name_bytes}, {(void *)data, bytes}};
  if (write_all(journal, entry, 3) < 0) abort();
}

/* Which of the files this is; 0: none that fails. */
static uint32_t file_of(const char *part) {
  if (is_folder) return 3;
  return *part == 0 ? 1 : has_end(part, "-wal") ? 2 : 0;
}

static int spares(uint32_t fault, uint32_t kind) {
  switch (fault) {
    case KILL: return 0;
    case READ_ONLY: return kind == SYNC;
    case SYNC_FAILS: return kind != SYNC;
    case FULL:
    case WRITE_FAILS: return kind != WRITE && kind != TRUNCATE;
    default: return 1;
  }
}

/* True when this operation is to fail; errno says how. Does not return when it is to kill. */
static int fails(uint32_t kind, const char *part, int fd, const void *data, size_t bytes, off_t offset) {
  uint32_t file = file_of(part);
  if (file == 0) return 0;
  control->operations++;
  uint32_t fault = control->fault;
  if (spares(fault, kind)) return 0;
  if (control->after > 0) {
    control->after--;
    return 0;
  }
  if (fault == KILL) {
    size_t done = 0;
    if (kind == WRITE) {
      REAL(ssize_t, pwrite64, int, const void *, size_t, off_t);
      done = bytes * control->percent / 100;
      if (!control->tears_anywhere) done = done / 512 * 512;
      /* With O_APPEND the offset does not count, and the end of the file is where it belongs. */
      if (done > 0 && real_pwrite64(fd, data, done, offset) < 0) abort();
    }
    control->killed_in = kind;
    control->killed_on = file;
    note(KILLED, part, now(), (uint64_t)done, &kind, sizeof kind);
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

/* Where a write without an offset goes. */
static off_t place_of(int fd) {
  struct stat now_is;
  if ((fcntl(fd, F_GETFL) & O_APPEND) && fstat(fd, &now_is) == 0) return now_is.st_size;
  return lseek(fd, 0, SEEK_CUR);
}

ssize_t write(int fd, const void *data, size_t bytes) {
  REAL(ssize_t, write, int, const void *, size_t);
  char path[PATH_MAX];
  const char *part = fd != journal && path_of(fd, path) ? part_of(path) : NULL;
  uint64_t started = now();
  if (!part) {
    ssize_t done = real_write(fd, data, bytes);
    if (fd == 1 && done > 0 && files[0]) note(OUTPUT, "", started, 0, data, (uint32_t)done);
    return done;
  }
  off_t offset = place_of(fd);
  if (fails(WRITE, part, fd, data, bytes, offset)) return -1;
  ssize_t done = real_write(fd, data, bytes);
  if (done > 0) note(WRITE, part, started, (uint64_t)offset, data, (uint32_t)done);
  return done;
}

/* As one write: what it would do with its parts is of no interest here. */
static ssize_t write_parts(int fd, const struct iovec *parts, int count, off_t offset) {
  size_t bytes = 0;
  for (int index = 0; index < count; index++) bytes += parts[index].iov_len;
  char *whole = malloc(bytes + 1);
  if (!whole) abort();
  size_t at = 0;
  for (int index = 0; index < count; index++) {
    memcpy(whole + at, parts[index].iov_base, parts[index].iov_len);
    at += parts[index].iov_len;
  }
  ssize_t done = offset < 0 ? write(fd, whole, bytes) : written(fd, whole, bytes, offset);
  int error = errno;
  free(whole);
  errno = error;
  return done;
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
  char path[PATH_MAX];
  int is_meant = fd == 1 || (path_of(fd, path) && part_of(path));
  return files[0] && is_meant ? write_parts(fd, parts, count, -1) : write_all(fd, parts, count);
}

ssize_t pwritev64(int fd, const struct iovec *parts, int count, off_t offset) {
  return write_parts(fd, parts, count, offset);
}
ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t offset) {
  return write_parts(fd, parts, count, offset);
}

/* What would pass by here unseen is refused: everybody who copies like that knows another way. */
ssize_t copy_file_range(int in, off64_t *in_at, int out, off64_t *out_at, size_t bytes, unsigned flags) {
  REAL(ssize_t, copy_file_range, int, off64_t *, int, off64_t *, size_t, unsigned);
  char path[PATH_MAX];
  if (!path_of(out, path) || !part_of(path)) return real_copy_file_range(in, in_at, out, out_at, bytes, flags);
  errno = ENOSYS;
  return -1;
}

static ssize_t read_at(int fd, void *data, size_t bytes, off_t offset) {
  REAL(ssize_t, pread64, int, void *, size_t, off_t);
  char path[PATH_MAX];
  if (control->fault == READ_FAILS && path_of(fd, path)) {
    const char *part = part_of(path);
    if (part && file_of(part)) {
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
  struct stat is;
  const char *part = part_of(path);
  int is_names = strcmp(path, directory) == 0 || (part && fstat(fd, &is) == 0 && S_ISDIR(is.st_mode));
  if (is_names) part = "";
  if (!part) return real(fd);
  if ((!is_names || is_folder) && fails(SYNC, part, fd, NULL, 0, 0)) return -1;
  int done = real(fd);
  if (done == 0) note(is_names ? SYNC_NAMES : SYNC, part, started, 0, NULL, 0);
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

static int unlinked(const char *path) {
  REAL(int, unlink, const char *);
  char whole[PATH_MAX];
  const char *part = part_of_name(path, whole);
  uint64_t started = now();
  if (part && is_folder && fails(UNLINK, part, -1, NULL, 0, 0)) return -1;
  int done = real_unlink(path);
  if (part && done == 0) note(UNLINK, part, started, 0, NULL, 0);
  return done;
}

int unlink(const char *path) { return unlinked(path); }
int unlinkat(int at, const char *path, int flags) {
  REAL(int, unlinkat, int, const char *, int);
  return at == AT_FDCWD && flags == 0 ? unlinked(path) : real_unlinkat(at, path, flags);
}

static int renamed(const char *from, const char *to) {
  REAL(int, rename, const char *, const char *);
  char whole[PATH_MAX], other[PATH_MAX];
  const char *part = part_of_name(from, whole);
  const char *target = part_of_name(to, other);
  uint64_t started = now();
  if (part && target && is_folder && fails(RENAME, part, -1, NULL, 0, 0)) return -1;
  int done = real_rename(from, to);
  if (part && target && done == 0) note(RENAME, part, started, 0, target, (uint32_t)strlen(target));
  return done;
}

int rename(const char *from, const char *to) { return renamed(from, to); }
int renameat(int at, const char *from, int to_at, const char *to) {
  REAL(int, renameat, int, const char *, int, const char *);
  return at == AT_FDCWD && to_at == AT_FDCWD ? renamed(from, to) : real_renameat(at, from, to_at, to);
}
int renameat2(int at, const char *from, int to_at, const char *to, unsigned flags) {
  REAL(int, renameat2, int, const char *, int, const char *, unsigned);
  struct stat there;
  /* Of its flags this knows RENAME_NOREPLACE, which mv sets. */
  int is_plain = at == AT_FDCWD && to_at == AT_FDCWD && (flags == 0 || (flags == 1 && stat(to, &there) != 0));
  return is_plain ? renamed(from, to) : real_renameat2(at, from, to_at, to, flags);
}

/* Of a folder alone: a file that is made, or emptied, by being opened. */
static int opened(const char *path, int flags, mode_t mode, int (*real)(const char *, int, ...)) {
  char whole[PATH_MAX];
  int changes = flags & (O_CREAT | O_TRUNC);
  const char *part = is_folder && changes ? part_of_name(path, whole) : NULL;
  if (!part) return real(path, flags, mode);
  struct stat before;
  int is_there = stat(path, &before) == 0;
  /* Nothing is changed by opening what is there and empty, or is to be kept. */
  if (is_there && (before.st_size == 0 || !(flags & O_TRUNC))) return real(path, flags, mode);
  uint64_t started = now();
  if (fails(CREATE, part, -1, NULL, 0, 0)) return -1;
  int fd = real(path, flags, mode);
  if (fd >= 0) note(TRUNCATE, part, started, 0, NULL, 0);
  return fd;
}

#define MODE_OF(flags)                          \
  mode_t mode = 0;                              \
  if (flags & (O_CREAT | O_TMPFILE)) {          \
    va_list rest;                               \
    va_start(rest, flags);                      \
    mode = va_arg(rest, mode_t);                \
    va_end(rest);                               \
  }

int open(const char *path, int flags, ...) {
  REAL(int, open, const char *, int, ...);
  MODE_OF(flags);
  return opened(path, flags, mode, real_open);
}

int open64(const char *path, int flags, ...) {
  REAL(int, open64, const char *, int, ...);
  MODE_OF(flags);
  return opened(path, flags, mode, real_open64);
}
