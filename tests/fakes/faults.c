/* Lets the n-th call that would change a folder fail, or kills the process there; preloaded by faults.py.
 *
 * Nothing fails until `fault_arm` is called, and only in the process that called it. Calls count that open for writing,
 * write, rename, remove, sync or make something below the folder; with "malloc" those that a named library allocates by.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum fault { OFF, KILL, TORN, NO_ROOM, IO_ERROR, NO_MEMORY };

static enum fault armed = OFF;
static long at, seen;
static int report_fd = -1;
static char folder[PATH_MAX], library[64];
static uintptr_t code_start, code_stop;

#define REAL(type, name, ...) \
    static type (*real)(__VA_ARGS__); \
    if (!real) real = (type(*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

static int find_library(struct dl_phdr_info *info, size_t size, void *data) {
    (void)size, (void)data;
    if (!info->dlpi_name || !strstr(info->dlpi_name, library)) return 0;
    for (int i = 0; i < info->dlpi_phnum; i++)
        if (info->dlpi_phdr[i].p_type == PT_LOAD && (info->dlpi_phdr[i].p_flags & PF_X)) {
            code_start = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
            code_stop = code_start + info->dlpi_phdr[i].p_memsz;
        }
    return 1;
}

/* Arm a fault for the `n`-th call below `below`, or by the library whose file name holds it; returns 0 if there is none. */
int fault_arm(const char *kind, long n, const char *below, int report) {
    static const char *const names[] = {"off", "kill", "torn", "no room", "i/o error", "no memory"};
    enum fault wanted = OFF;
    for (int i = 1; i < 6; i++)
        if (!strcmp(kind, names[i])) wanted = (enum fault)i;
    at = n, seen = 0, report_fd = report;
    if (wanted == NO_MEMORY) {
        snprintf(library, sizeof library, "%s", below);
        dl_iterate_phdr(find_library, NULL);
        if (!code_start) return 0;
    } else if (!realpath(below, folder)) {
        return 0;
    }
    armed = wanted;
    return wanted != OFF;
}

static void report(const char *call, const char *path) {
    char line[PATH_MAX + 64];
    int length = snprintf(line, sizeof line, "%s %s\n", call, path);
    REAL(ssize_t, "write", int, const void *, size_t);
    if (real(report_fd, line, (size_t)length) < 0) abort();
}

static int is_below(const char *path) {
    size_t length = strlen(folder);
    return !strncmp(path, folder, length) && (path[length] == '/' || !path[length]);
}

static void path_of(int fd, char *path) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    path[length > 0 ? length : 0] = 0;
}

static void full_path(int at_fd, const char *name, char *path) {
    char base[PATH_MAX] = "";
    if (name[0] != '/') {
        if (at_fd != AT_FDCWD) path_of(at_fd, base);
        else if (!getcwd(base, sizeof base - 1)) base[0] = 0;
        strcat(base, "/");
    }
    snprintf(path, PATH_MAX, "%.*s%.*s", PATH_MAX / 2 - 1, base, PATH_MAX / 2 - 1, name);
}

/* Returns whether this call must fail, with errno set; 2 if it must write half of its bytes and kill. */
static int strikes(const char *call, const char *path, int takes_room, int writes) {
    if (armed == OFF || armed == NO_MEMORY || !is_below(path)) return 0;
    if (armed == NO_ROOM && !takes_room) return 0;
    seen++;
    if (seen < at || (seen > at && armed != NO_ROOM)) return 0;
    if (seen == at) report(call, path);
    if (armed == TORN && writes) return 2;
    if (armed == KILL || armed == TORN) kill(getpid(), SIGKILL);
    errno = armed == NO_ROOM ? ENOSPC : EIO;
    return 1;
}

static int fd_strikes(const char *call, int fd, int takes_room, int writes) {
    if (armed == OFF || fd == report_fd) return 0;
    char path[PATH_MAX];
    path_of(fd, path);
    return strikes(call, path, takes_room, writes);
}

static int path_strikes(const char *call, int at_fd, const char *name, int takes_room) {
    if (armed == OFF) return 0;
    char path[PATH_MAX];
    full_path(at_fd, name, path);
    return strikes(call, path, takes_room, 0);
}

#define TEAR(half) (void)!(half), kill(getpid(), SIGKILL)

#define OPEN(name) \
    int name(const char *path, int flags, ...) { \
        va_list more; \
        va_start(more, flags); \
        mode_t mode = va_arg(more, mode_t); \
        va_end(more); \
        if ((flags & (O_CREAT | O_TRUNC)) && path_strikes(#name, AT_FDCWD, path, flags & O_CREAT)) return -1; \
        REAL(int, #name, const char *, int, ...); \
        return real(path, flags, mode); \
    }
OPEN(open)
OPEN(open64)

#define OPENAT(name) \
    int name(int at_fd, const char *path, int flags, ...) { \
        va_list more; \
        va_start(more, flags); \
        mode_t mode = va_arg(more, mode_t); \
        va_end(more); \
        if ((flags & (O_CREAT | O_TRUNC)) && path_strikes(#name, at_fd, path, flags & O_CREAT)) return -1; \
        REAL(int, #name, int, const char *, int, ...); \
        return real(at_fd, path, flags, mode); \
    }
OPENAT(openat)
OPENAT(openat64)

ssize_t write(int fd, const void *data, size_t size) {
    REAL(ssize_t, "write", int, const void *, size_t);
    int struck = fd_strikes("write", fd, 1, 1);
    if (struck == 2) TEAR(real(fd, data, size / 2));
    return struck ? -1 : real(fd, data, size);
}

#define PWRITE(name, offset_type) \
    ssize_t name(int fd, const void *data, size_t size, offset_type offset) { \
        REAL(ssize_t, #name, int, const void *, size_t, offset_type); \
        int struck = fd_strikes(#name, fd, 1, 1); \
        if (struck == 2) TEAR(real(fd, data, size / 2, offset)); \
        return struck ? -1 : real(fd, data, size, offset); \
    }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

ssize_t writev(int fd, const struct iovec *parts, int count) {
    REAL(ssize_t, "writev", int, const struct iovec *, int);
    int struck = fd_strikes("writev", fd, 1, 1);
    if (struck == 2) TEAR(real(fd, parts, count / 2));
    return struck ? -1 : real(fd, parts, count);
}

#define ON_FD(type, name, room, writes, parameters, arguments) \
    type name parameters { \
        REAL(type, #name, TYPES parameters); \
        return fd_strikes(#name, fd, room, writes) ? (type)-1 : real arguments; \
    }
#define TYPES(...) __VA_ARGS__
ON_FD(int, fsync, 0, 0, (int fd), (fd))
ON_FD(int, fdatasync, 0, 0, (int fd), (fd))
ON_FD(int, ftruncate, 0, 0, (int fd, off_t size), (fd, size))
ON_FD(int, ftruncate64, 0, 0, (int fd, off64_t size), (fd, size))
ON_FD(int, fchmod, 0, 0, (int fd, mode_t mode), (fd, mode))
ON_FD(ssize_t, sendfile, 1, 0, (int fd, int from, off_t *offset, size_t size), (fd, from, offset, size))
ON_FD(ssize_t, sendfile64, 1, 0, (int fd, int from, off64_t *offset, size_t size), (fd, from, offset, size))

#define ON_PATH(name, room, at_fd, path, parameters, arguments) \
    int name parameters { \
        REAL(int, #name, TYPES parameters); \
        return path_strikes(#name, at_fd, path, room) ? -1 : real arguments; \
    }
ON_PATH(rename, 0, AT_FDCWD, to, (const char *from, const char *to), (from, to))
ON_PATH(renameat, 0, b, to, (int a, const char *from, int b, const char *to), (a, from, b, to))
ON_PATH(unlink, 0, AT_FDCWD, path, (const char *path), (path))
ON_PATH(unlinkat, 0, fd, path, (int fd, const char *path, int flags), (fd, path, flags))
ON_PATH(rmdir, 0, AT_FDCWD, path, (const char *path), (path))
ON_PATH(mkdir, 1, AT_FDCWD, path, (const char *path, mode_t mode), (path, mode))
ON_PATH(mkdirat, 1, fd, path, (int fd, const char *path, mode_t mode), (fd, path, mode))
ON_PATH(link, 1, AT_FDCWD, to, (const char *from, const char *to), (from, to))
ON_PATH(symlink, 1, AT_FDCWD, to, (const char *from, const char *to), (from, to))

/* dlsym may allocate itself, so the allocator is reached by the names that glibc has for it inside. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);

static int no_memory(void *caller) {
    if (armed != NO_MEMORY || (uintptr_t)caller < code_start || (uintptr_t)caller >= code_stop) return 0;
    seen++;
    if (seen == at) report("malloc", library);
    return seen >= at && seen < at + 3; /* a library may try once more with less */
}

void *malloc(size_t size) { return no_memory(__builtin_return_address(0)) ? NULL : __libc_malloc(size); }

void *calloc(size_t count, size_t size) {
    return no_memory(__builtin_return_address(0)) ? NULL : __libc_calloc(count, size);
}

void *realloc(void *block, size_t size) {
    return no_memory(__builtin_return_address(0)) ? NULL : __libc_realloc(block, size);
}
