/* A disk that is full when a test says so. Preloaded into a process (LD_PRELOAD) it stands before the C library, where SQLite and Rust
 * write alike, and refuses every write into a phone's files (phone.sqlite, its -wal and -shm, phone.photos/...) while a file FULL lies
 * beside them. It wants no rights, and without that file it changes nothing.
 *
 * All of the disk is full: file systems of phones write every change to a new place, so not even what is there can be written over.
 *
 * For 64-bit Linux; built by build.sh. */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Whether the file is a phone's and its disk is full. */
static int is_full(int file) {
    char entry[32], path[PATH_MAX];
    int before = errno, full = 0;
    snprintf(entry, sizeof entry, "/proc/self/fd/%d", file);
    ssize_t length = readlink(entry, path, sizeof path - 1);
    if (length > 0) {
        path[length] = '\0';
        char *name = strstr(path, "/phone.");
        if (name) {
            /* Shorter than what it takes the place of. */
            strcpy(name, "/FULL");
            full = access(path, F_OK) == 0;
        }
    }
    errno = full ? ENOSPC : before;
    return full;
}

ssize_t write(int file, const void *bytes, size_t count) {
    return is_full(file) ? -1 : syscall(SYS_write, file, bytes, count);
}

ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t at) {
    return is_full(file) ? -1 : syscall(SYS_pwrite64, file, bytes, count, at);
}

ssize_t pwrite(int file, const void *bytes, size_t count, off_t at) {
    return is_full(file) ? -1 : syscall(SYS_pwrite64, file, bytes, count, at);
}
