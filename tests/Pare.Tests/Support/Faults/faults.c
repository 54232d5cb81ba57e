// A library to preload: at one file operation of a process it lets the process die, lets its machine lose power, or lets the operation
// fail. Only what changes something below PARE_FAULTS_UNDER counts: opening for writing, writing, truncating, naming, deleting, flushing.
//
//   PARE_FAULTS_UNDER   the folder
//   PARE_FAULTS_AT      the operation's number, from 1
//   PARE_FAULTS_MODE    kill: dies before it        half: dies in its middle, when half of the data are written
//                       cut:  dies before it, and what was not flushed is gone: data without fsync of their file, names without fsync
//                             of their folder
//                       torn: the same of data alone, so that names are there and what they name is not
//                       fail: it fails with PARE_FAULTS_ERRNO, alone
//                       full: it and all later ones fail that need space
//   PARE_FAULTS_ERRNO   such as 5, an error of the disk
//   PARE_FAULTS_LOG     a file outside of the folder that lists the operations
//   PARE_FAULTS_KEEP    a folder outside of it on the same file system, for what cut may have to put back
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { KILL, HALF, CUT, TORN, FAIL, FULL };
enum { CREATED, RENAMED, DELETED, FOLDER_MADE, FOLDER_DELETED };
enum { NO, PASS, ERROR };

struct name { int kind; char *path, *from, *kept; struct name *before; };
struct file { dev_t device; ino_t inode; int handle; char *bytes; off_t length; struct file *before; };

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static const char *under, *keep, *record;
static int at, mode, number, code, kept;
static struct name *names;
static struct file *files;

#define REAL(result, function, ...) static result (*real_##function)(__VA_ARGS__)
REAL(int, open, const char *, int, ...);
REAL(ssize_t, write, int, const void *, size_t);
REAL(ssize_t, pwrite, int, const void *, size_t, off_t);
REAL(ssize_t, pwritev, int, const struct iovec *, int, off_t);
REAL(int, rename, const char *, const char *);
REAL(int, link, const char *, const char *);
REAL(int, unlink, const char *);
REAL(int, mkdir, const char *, mode_t);
REAL(int, rmdir, const char *);
REAL(int, fsync, int);
REAL(int, ftruncate, int, off_t);

__attribute__((constructor)) static void start(void)
{
    static const char *modes[] = { "kill", "half", "cut", "torn", "fail", "full" };
#define FIND(function) real_##function = dlsym(RTLD_NEXT, #function)
    FIND(open); FIND(write); FIND(pwrite); FIND(pwritev); FIND(rename); FIND(link); FIND(unlink); FIND(mkdir); FIND(rmdir); FIND(fsync);
    FIND(ftruncate);
    under = getenv("PARE_FAULTS_UNDER");
    keep = getenv("PARE_FAULTS_KEEP");
    record = getenv("PARE_FAULTS_LOG");
    at = getenv("PARE_FAULTS_AT") ? atoi(getenv("PARE_FAULTS_AT")) : 0;
    code = getenv("PARE_FAULTS_ERRNO") ? atoi(getenv("PARE_FAULTS_ERRNO")) : ENOSPC;
    for (int i = 0; i < 6; i++) if (getenv("PARE_FAULTS_MODE") && !strcmp(getenv("PARE_FAULTS_MODE"), modes[i])) mode = i;
}

static int is_under(const char *path)
{
    if (!under || !path) return 0;
    char full[8192];
    if (path[0] != '/')
    {
        if (!getcwd(full, 4096)) return 0;
        strcat(full, "/");
        strncat(full, path, 4000);
        path = full;
    }
    size_t length = strlen(under);
    return !strncmp(path, under, length) && (path[length] == '/' || !path[length]);
}

static int path_of(int handle, char *path)
{
    char link[64];
    if (!under || handle < 0) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", handle);
    ssize_t length = readlink(link, path, 4095);
    if (length < 0) return 0;
    path[length] = 0;
    return is_under(path);
}

// What is undone was done after what it stands on: the last first.
static void lose(void)
{
    for (struct name *entry = mode == CUT ? names : 0; entry; entry = entry->before)
    {
        switch (entry->kind)
        {
            case CREATED: real_unlink(entry->path); break;
            case RENAMED: real_rename(entry->path, entry->from); if (entry->kept) real_rename(entry->kept, entry->path); break;
            case DELETED: if (entry->kept) real_rename(entry->kept, entry->path); break;
            case FOLDER_MADE: real_rmdir(entry->path); break;
            case FOLDER_DELETED: real_mkdir(entry->path, 0755); break;
        }
    }
    for (struct file *file = files; file; file = file->before)
    {
        if (file->handle < 0) continue;
        real_ftruncate(file->handle, 0);
        real_pwrite(file->handle, file->bytes, file->length, 0);
    }
}

static void die(void)
{
    if (mode == CUT || mode == TORN) lose();
    kill(getpid(), SIGKILL);
    for (;;) pause();
}

// To be called with the gate closed: nothing else changes while a process dies.
static int meet(const char *what, const char *path, int needs_space)
{
    number++;
    if (record)
    {
        char line[4400];
        int log = real_open(record, O_WRONLY | O_CREAT | O_APPEND, 0644);
        int length = snprintf(line, sizeof line, "%d %s %s\n", number, what, path);
        if (log >= 0) { if (real_write(log, line, length)) {} close(log); }
    }
    if (!at || number < at) return PASS;
    if (mode == FULL && needs_space) { errno = ENOSPC; return ERROR; }
    if (number > at || mode == FULL) return PASS;
    if (mode == FAIL) { errno = code; return ERROR; }
    if (mode == HALF) return PASS;
    die();
    return PASS;
}

static int is_half(void) { return at && number == at && mode == HALF; }

static void add_name(int kind, const char *path, const char *from, char *saved)
{
    struct name *entry = calloc(1, sizeof *entry);
    entry->kind = kind;
    entry->path = strdup(path);
    entry->from = from ? strdup(from) : 0;
    entry->kept = saved;
    entry->before = names;
    names = entry;
}

// A second name for what is about to lose its own.
static char *save(const char *path)
{
    if (!keep || mode != CUT || access(path, F_OK)) return 0;
    char *name = malloc(4200);
    snprintf(name, 4200, "%s/%d-%d", keep, (int)getpid(), ++kept);
    if (!real_link(path, name)) return name;
    free(name);
    return 0;
}

static void before_change(int handle)
{
    struct stat facts;
    if ((mode != CUT && mode != TORN) || fstat(handle, &facts) || !S_ISREG(facts.st_mode)) return;
    for (struct file *file = files; file; file = file->before)
        if (file->handle >= 0 && file->device == facts.st_dev && file->inode == facts.st_ino) return;
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", handle);
    struct file *file = calloc(1, sizeof *file);
    file->device = facts.st_dev;
    file->inode = facts.st_ino;
    file->handle = real_open(path, O_RDWR | O_CLOEXEC);
    file->length = facts.st_size;
    file->bytes = malloc(facts.st_size + 1);
    if (file->handle >= 0 && pread(file->handle, file->bytes, file->length, 0) != file->length) abort();
    file->before = files;
    files = file;
}

static void flushed_file(int handle)
{
    struct stat facts;
    if (fstat(handle, &facts)) return;
    for (struct file *file = files; file; file = file->before)
    {
        if (file->handle < 0 || file->device != facts.st_dev || file->inode != facts.st_ino) continue;
        close(file->handle);
        file->handle = -1;
    }
}

static int is_in(const char *path, const char *folder)
{
    size_t length = strlen(folder);
    return !strncmp(path, folder, length) && path[length] == '/' && !strchr(path + length + 1, '/');
}

static void flushed_folder(const char *folder)
{
    for (struct name **entry = &names; *entry;)
    {
        if (is_in((*entry)->path, folder)) *entry = (*entry)->before;
        else entry = &(*entry)->before;
    }
}

static int open_file(const char *path, int flags, mode_t rights)
{
    if (!is_under(path) || (flags & O_ACCMODE) == O_RDONLY) return real_open(path, flags, rights);
    pthread_mutex_lock(&gate);
    int is_new = access(path, F_OK) != 0, handle = -1;
    if (meet("open", path, is_new && flags & O_CREAT) != ERROR)
    {
        if (!is_new && flags & O_TRUNC)
        {
            int old = real_open(path, O_RDWR | O_CLOEXEC);
            if (old >= 0) { before_change(old); close(old); }
        }
        handle = real_open(path, flags, rights);
        if (is_half()) die();
        if (handle >= 0 && is_new) add_name(CREATED, path, 0, 0);
    }
    int error = errno;
    pthread_mutex_unlock(&gate);
    errno = error;
    return handle;
}

#define OPEN(function) int function(const char *path, int flags, ...) \
{ va_list rest; va_start(rest, flags); mode_t rights = va_arg(rest, mode_t); va_end(rest); return open_file(path, flags, rights); }
OPEN(open)
OPEN(open64)

#define WRITE(type, function, parameters, whole, half) type function parameters \
{ \
    char path[4096]; \
    if (!path_of(handle, path)) return whole; \
    pthread_mutex_lock(&gate); \
    type result = -1; \
    if (meet(#function, path, 1) != ERROR) \
    { \
        before_change(handle); \
        if (is_half()) { if (half) {} die(); } \
        result = whole; \
    } \
    int error = errno; \
    pthread_mutex_unlock(&gate); \
    errno = error; \
    return result; \
}
WRITE(ssize_t, write, (int handle, const void *bytes, size_t count), real_write(handle, bytes, count), real_write(handle, bytes, count / 2))
WRITE(ssize_t, pwrite, (int handle, const void *bytes, size_t count, off_t place), real_pwrite(handle, bytes, count, place),
    real_pwrite(handle, bytes, count / 2, place))
WRITE(ssize_t, pwrite64, (int handle, const void *bytes, size_t count, off_t place), real_pwrite(handle, bytes, count, place),
    real_pwrite(handle, bytes, count / 2, place))
WRITE(ssize_t, pwritev, (int handle, const struct iovec *parts, int count, off_t place), real_pwritev(handle, parts, count, place),
    real_pwritev(handle, parts, count / 2, place))
WRITE(ssize_t, pwritev64, (int handle, const struct iovec *parts, int count, off_t place), real_pwritev(handle, parts, count, place),
    real_pwritev(handle, parts, count / 2, place))
WRITE(int, ftruncate, (int handle, off_t length), real_ftruncate(handle, length), real_ftruncate(handle, length))
WRITE(int, ftruncate64, (int handle, off_t length), real_ftruncate(handle, length), real_ftruncate(handle, length))

// Whatever changes a name: what it may have to put back is kept before, and what it did is noted after.
#define NAME(function, parameters, path, needs_space, before, call, note) int function parameters \
{ \
    if (!is_under(path)) return call; \
    pthread_mutex_lock(&gate); \
    int result = -1; \
    if (meet(#function, path, needs_space) != ERROR) \
    { \
        char *saved = before; \
        result = call; \
        if (is_half()) die(); \
        if (result == 0) note; \
    } \
    int error = errno; \
    pthread_mutex_unlock(&gate); \
    errno = error; \
    return result; \
}
NAME(rename, (const char *from, const char *to), to, 0, save(to), real_rename(from, to), add_name(RENAMED, to, from, saved))
NAME(link, (const char *from, const char *to), to, 1, 0, real_link(from, to), add_name(CREATED, to, 0, saved))
NAME(unlink, (const char *path), path, 0, save(path), real_unlink(path), add_name(DELETED, path, 0, saved))
NAME(mkdir, (const char *path, mode_t rights), path, 1, 0, real_mkdir(path, rights), add_name(FOLDER_MADE, path, 0, saved))
NAME(rmdir, (const char *path), path, 0, 0, real_rmdir(path), add_name(FOLDER_DELETED, path, 0, saved))

int fsync(int handle)
{
    char path[4096];
    struct stat facts;
    if (!path_of(handle, path)) return real_fsync(handle);
    pthread_mutex_lock(&gate);
    int result = -1;
    if (meet("fsync", path, 0) != ERROR)
    {
        if (is_half()) die();
        result = real_fsync(handle);
        if (!fstat(handle, &facts) && S_ISDIR(facts.st_mode)) flushed_folder(path);
        else flushed_file(handle);
    }
    int error = errno;
    pthread_mutex_unlock(&gate);
    errno = error;
    return result;
}
