// The one program that every benchmark supervises, so that only the supervisors differ.  gcc -O2 -static -o child child.c
// Modes:
//   pause FILE            one byte to FILE, then waits (how many have started = the size of FILE)
//   stamp FILE            "NS PID" to FILE as its first act, then waits; NS is CLOCK_MONOTONIC, Node's process.hrtime
//   serve FILE            one byte to FILE, then listens on $PORT of the loopback address
//   spew BYTES FILE       so many bytes of numbered 100-byte lines in 4 KiB writes, "NS NS CPU_US" (began, ended, CPU) to FILE, then waits
//   lines MS              "PID SEQ" every so many ms, each line one write
//   fetch PORT EACH N    N clients at once, each EACH requests one after another, a connection each
//   family FILE           a plain child, a setsid child and a double-forked one; all pids to FILE
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long long nanos(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void write_all(int fd, const char *at, size_t left) {
  while (left) {
    ssize_t n = write(fd, at, left);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) _exit(98);
    at += n;
    left -= n;
  }
}

// One write a note, so that a thousand programs may share the file.
static void note(const char *file, const char *format, ...) {
  char text[200];
  va_list args;
  va_start(args, format);
  int n = vsnprintf(text, sizeof text, format, args);
  va_end(args);
  int fd = open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (fd < 0) _exit(97);
  write_all(fd, text, n);
  close(fd);
}

// Returns int so that a mode can end in `return wait_forever()`.
static int wait_forever(void) {
  for (;;) pause();
  return 0;
}

// A request on a connection of its own, answered whole: 0 when it was not.
static int fetched(const struct sockaddr_in *to) {
  static const char request[] = "GET / HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n";
  char answer[4096];
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), ok = 0;
  if (fd >= 0 && !connect(fd, (const struct sockaddr *)to, sizeof *to) && write(fd, request, sizeof request - 1) > 0)
    for (ssize_t n; (n = read(fd, answer, sizeof answer)) > 0;) ok |= !memcmp(answer, "HTTP/1.1 200", 12);
  close(fd);
  return ok;
}

// One process each: a client that computes more than its server would measure itself.
static int fetch(int port, long each, int clients) {
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  for (int n = 0; n < clients; n++)
    if (!fork()) {
      for (long left = each; left; left--)
        if (!fetched(&to)) _exit(96);
      _exit(0);
    }
  int bad = 0, status;
  while (wait(&status) > 0) bad |= status;
  return bad ? 96 : 0;
}

static int spew(long long bytes, const char *file, long long began) {
  static char block[4000]; // 40 lines: as near to 4 KiB as whole lines come
  long long sent = 0, line = 0;
  while (sent < bytes) {
    size_t size = 0;
    for (; size < sizeof block && sent + (long long)size < bytes; size += 100) {
      memset(block + size, '.', 99);
      int digits = sprintf(block + size, "%012lld", line++);
      block[size + digits] = ' ';
      block[size + 99] = '\n';
    }
    write_all(1, block, size);
    sent += size;
  }
  struct rusage use;
  getrusage(RUSAGE_SELF, &use);
  long long cpu = (use.ru_utime.tv_sec + use.ru_stime.tv_sec) * 1000000LL + use.ru_utime.tv_usec + use.ru_stime.tv_usec;
  note(file, "%lld %lld %lld\n", began, nanos(), cpu);
  return wait_forever();
}

static int serve(const char *file) {
  const char *port = getenv("PORT");
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port ? atoi(port) : 0), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(fd, (struct sockaddr *)&to, sizeof to) || listen(fd, 16)) return perror("listen"), 1;
  note(file, ".");
  for (;;) {
    int client = accept(fd, 0, 0);
    if (client >= 0) close(client);
  }
}

static int family(const char *file) {
  note(file, "main %d\n", getpid());
  if (!fork()) {
    note(file, "plain %d\n", getpid());
    return wait_forever();
  }
  if (!fork()) {
    setsid();
    note(file, "setsid %d\n", getpid());
    return wait_forever();
  }
  if (!fork()) {
    setsid();
    if (fork()) _exit(0);
    note(file, "doublefork %d\n", getpid());
    return wait_forever();
  }
  return wait_forever();
}

int main(int argc, char **argv) {
  long long began = nanos();
  if (argc < 3) return fprintf(stderr, "child MODE ARGUMENT..\n"), 2;
  const char *mode = argv[1];
  if (!strcmp(mode, "pause")) return note(argv[2], "."), wait_forever();
  if (!strcmp(mode, "stamp")) return note(argv[2], "%lld %d\n", began, getpid()), wait_forever();
  if (!strcmp(mode, "fetch")) return fetch(atoi(argv[2]), atol(argv[3]), atoi(argv[4]));
  if (!strcmp(mode, "serve")) return serve(argv[2]);
  if (!strcmp(mode, "spew") && argc > 3) return spew(atoll(argv[2]), argv[3], began);
  if (!strcmp(mode, "family")) return family(argv[2]);
  if (!strcmp(mode, "lines")) {
    char text[64];
    for (long number = 0;; number++) {
      write_all(1, text, sprintf(text, "%d %ld\n", getpid(), number));
      usleep(atoi(argv[2]) * 1000);
    }
  }
  return fprintf(stderr, "no mode %s\n", mode), 2;
}
