/* Pauses that are short. Between two tries of a request on a bad network the core waits for seconds, ten and more in a run in which nothing
 * goes well; under the screens that is all that such a test would do. Preloaded into a process (LD_PRELOAD) this takes a fiftieth of every
 * pause that is longer than a tenth of a second, as the core's pieces of 200 ms are. How long they are in truth is tested in Rust
 * (core/device/src/sync/patience.rs), where the clock is an argument.
 *
 * Shorter ones stay whole, so that whoever waits for a lock waits as long as ever. Where there is no such library, tests only take longer.
 *
 * For 64-bit Linux; built by ../preloaded.sh. */
#define _GNU_SOURCE
#include <errno.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define LONGEST_WHOLE_NS 100000000LL
#define LONGEST_S 3600
#define SHARE 50

static struct timespec shorter(const struct timespec *asked) {
    if (asked->tv_sec < 0 || asked->tv_sec > LONGEST_S) return *asked;
    long long ns = asked->tv_sec * 1000000000LL + asked->tv_nsec;
    if (ns <= LONGEST_WHOLE_NS) return *asked;
    ns /= SHARE;
    return (struct timespec){ .tv_sec = ns / 1000000000LL, .tv_nsec = ns % 1000000000LL };
}

int nanosleep(const struct timespec *asked, struct timespec *left) {
    struct timespec pause = shorter(asked);
    return syscall(SYS_nanosleep, &pause, left);
}

/* Gives its error instead of setting it. With flags it waits for a time of day, which stays. */
int clock_nanosleep(clockid_t clock, int flags, const struct timespec *asked, struct timespec *left) {
    int before = errno;
    struct timespec pause = flags ? *asked : shorter(asked);
    int failed = syscall(SYS_clock_nanosleep, clock, flags, &pause, left) ? errno : 0;
    errno = before;
    return failed;
}
