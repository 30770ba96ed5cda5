/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */

/*
 * A load client that costs next to nothing: the kernel throws the bodies away, and no byte of them is copied.
 *
 *     gcc -O2 -pthread -o discard discard.c
 *     (printf 'GET /file HTTP/1.1\r\nHost: localhost\r\n\r\n'; sleep 1; echo) | ./discard 8080 8 1000 keep 1048576
 *
 * Its arguments are the port on the loopback interface, the number of connections, the time in milliseconds, "keep"
 * or "new" (connections used again, or a new one for each request), and the length that each body must have.
 *
 * It reads the request from standard input, up to its empty line, opens the connections, says "ready", and starts at
 * the next byte of standard input. When the time is up it says at once how many bytes of bodies and how many whole
 * answers it has received in how many nanoseconds; then, a line each, how many nanoseconds it took from a request to
 * the first byte of its answer, the opening of a new connection included. Whoever starts it can so look at the
 * server's CPU time exactly when the measured time begins and ends.
 *
 * An answer other than a 200 of that length, or a connection that fails, ends it with one line on standard error and
 * status 1.
 */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { REQUEST_BYTES = 64 << 10, HEAD_BYTES = 16 << 10, FIRST_BYTES = 1 << 24 };

static struct sockaddr_in server;
static char request[REQUEST_BYTES];
static size_t request_length;
static int keep;
static long long body_length;

static atomic_llong bytes;
static atomic_llong answers;

/* Nanoseconds to each first byte. The memory is only taken when it is written to; what is zero is not there yet. */
static atomic_llong *first_bytes;
static atomic_size_t first_byte_count;

static pthread_barrier_t opened;
static pthread_barrier_t started;

static atomic_flag failed = ATOMIC_FLAG_INIT;

/* Only the first of the threads that fail says why. */
static void fail(const char *format, ...) {
    if (atomic_flag_test_and_set(&failed)) {
        for (;;) {
            pause();
        }
    }
    char line[512];
    va_list values;
    va_start(values, format);
    int length = vsnprintf(line, sizeof line - 1, format, values);
    va_end(values);
    if (length > (int) sizeof line - 2) {
        length = sizeof line - 2;
    }
    line[length] = '\n';
    if (write(STDERR_FILENO, line, length + 1) < 0) {
        _exit(2);
    }
    _exit(1);
}

static long long now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static int open_connection(void) {
    int one = 1;
    int connection = socket(AF_INET, SOCK_STREAM, 0);
    if (connection < 0 || connect(connection, (struct sockaddr *) &server, sizeof server) != 0) {
        fail("cannot connect: %s", strerror(errno));
    }
    setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return connection;
}

static void check_head(char *head) {
    if (strncmp(head, "HTTP/1.1 200", 12) != 0) {
        fail("%.12s", head);
    }
    char *field = strcasestr(head, "\r\ncontent-length:");
    if (field == NULL) {
        fail("no Content-Length");
    }
    long long length = atoll(field + strlen("\r\ncontent-length:"));
    if (length != body_length) {
        fail("Content-Length %lld", length);
    }
}

/*
 * Sends the request and reads the whole answer. What came before the request counts for the time to its first byte.
 * Returns whether the server ends the connection after it, as it says.
 */
static int exchange(int connection, long long begun) {
    for (size_t sent = 0; sent < request_length;) {
        ssize_t count = send(connection, request + sent, request_length - sent, MSG_NOSIGNAL);
        if (count < 0) {
            fail("cannot send: %s", strerror(errno));
        }
        sent += count;
    }

    char head[HEAD_BYTES + 1];
    size_t length = 0;
    char *end = NULL;
    while (end == NULL) {
        ssize_t count = recv(connection, head + length, HEAD_BYTES - length, 0);
        if (count <= 0) {
            fail(count < 0 ? strerror(errno) : "the connection or the buffer ended before the head of the answer");
        }
        if (length == 0) {
            size_t place = atomic_fetch_add(&first_byte_count, 1);
            if (place >= FIRST_BYTES) {
                fail("more than %d answers", FIRST_BYTES);
            }
            atomic_store(&first_bytes[place], now() - begun);
        }
        length += count;
        head[length] = 0;
        end = strstr(head, "\r\n\r\n");
    }
    *end = 0;
    long long of_body = head + length - (end + 4);
    check_head(head);
    int ends = strcasestr(head, "\r\nconnection: close") != NULL;
    atomic_fetch_add(&bytes, of_body);

    long long left = body_length - of_body;
    while (left > 0) {
        /* With MSG_TRUNC the kernel throws away what it has, and says how much that was. */
        size_t most = left < 1 << 30 ? left : 1 << 30;
        ssize_t count = recv(connection, NULL, most, MSG_TRUNC);
        if (count <= 0) {
            fail(count < 0 ? strerror(errno) : "the connection ended before the answer");
        }
        atomic_fetch_add(&bytes, count);
        left -= count;
    }
    if (left < 0) {
        fail("more bytes than its Content-Length says");
    }
    atomic_fetch_add(&answers, 1);
    return ends;
}

static void *work(void *unused) {
    (void) unused;
    int connection = open_connection();
    pthread_barrier_wait(&opened);
    pthread_barrier_wait(&started);
    long long begun = now();
    for (;;) {
        int ends = exchange(connection, begun);
        begun = now();
        if (!keep || ends) {
            close(connection);
            connection = open_connection();
        }
    }
    return NULL;
}

static void read_request(void) {
    while (request_length < 4 || memcmp(request + request_length - 4, "\r\n\r\n", 4) != 0) {
        if (request_length == sizeof request || read(STDIN_FILENO, request + request_length, 1) != 1) {
            fail("a request without its empty line");
        }
        request_length++;
    }
}

int main(int count, char **arguments) {
    if (count != 6) {
        fail("usage: discard PORT CONNECTIONS MILLISECONDS keep|new LENGTH < REQUEST");
    }
    server.sin_family = AF_INET;
    server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    server.sin_port = htons(atoi(arguments[1]));
    int connections = atoi(arguments[2]);
    long long nanoseconds = atoll(arguments[3]) * 1000000;
    keep = strcmp(arguments[4], "keep") == 0;
    body_length = atoll(arguments[5]);
    first_bytes = mmap(NULL, FIRST_BYTES * sizeof *first_bytes, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (first_bytes == MAP_FAILED) {
        fail("no memory: %s", strerror(errno));
    }
    read_request();

    pthread_barrier_init(&opened, NULL, connections + 1);
    pthread_barrier_init(&started, NULL, connections + 1);
    for (int i = 0; i < connections; i++) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, work, NULL) != 0) {
            fail("no thread for each connection");
        }
    }
    pthread_barrier_wait(&opened);
    printf("ready\n");
    fflush(stdout);
    char go;
    if (read(STDIN_FILENO, &go, 1) != 1) {
        fail("not told to start");
    }

    long long begun = now();
    pthread_barrier_wait(&started);
    struct timespec until = {(begun + nanoseconds) / 1000000000, (begun + nanoseconds) % 1000000000};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR) {
    }
    long long received = atomic_load(&bytes);
    long long whole = atomic_load(&answers);
    size_t first = atomic_load(&first_byte_count);
    printf("%lld %lld %lld\n", received, whole, now() - begun);
    fflush(stdout);
    for (size_t i = 0; i < first && i < FIRST_BYTES; i++) {
        long long time = atomic_load(&first_bytes[i]);
        if (time != 0) {
            printf("%lld\n", time);
        }
    }
    /* The connections are open and busy still. They end with the process. */
    fflush(stdout);
    _exit(0);
}
