/* SPDX-License-Identifier: MIT
 *
 * One round of the load client: each open connection keeps exactly one message in flight. A message
 * is a slice of a shared random pattern, at a place that depends on the connection and on the
 * message, so nothing is copied to send it, the answer is compared with the very same slice, and an
 * answer to another connection or an earlier message does not match. Each worker touches only its
 * own connections; the main thread reads them after it has joined the workers. */
#include "load.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { ROUND_BATCH = 512 };

uint64_t load_now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void load_fail(struct load_worker *worker, struct load_conn *conn, enum load_failure why)
{
    if (conn->fd >= 0)
        close(conn->fd);
    conn->fd = -1;
    conn->state = LOAD_CONN_LOST;
    if (conn->busy)
        worker->busy_count--;
    conn->busy = false;
    worker->failures[why]++;
}

/* Asks for, or stops asking for, a report when the socket buffer has room. */
static void conn_watch_room(struct load_worker *worker, struct load_conn *conn, bool wanted)
{
    struct epoll_event event = {
        .events = wanted ? EPOLLIN | EPOLLOUT : EPOLLIN,
        .data.ptr = conn,
    };

    if (conn->waits_for_room == wanted)
        return;
    conn->waits_for_room = wanted;
    if (epoll_ctl(worker->epoll_fd, EPOLL_CTL_MOD, conn->fd, &event) != 0)
        load_fail(worker, conn, LOAD_FAIL_CLOSED);
}

static void conn_send(struct load_worker *worker, struct load_conn *conn)
{
    ssize_t sent = send(conn->fd, worker->pattern + conn->step + conn->sent,
                        worker->size_bytes - conn->sent, MSG_NOSIGNAL);

    if (sent < 0 && errno != EAGAIN && errno != EINTR) {
        load_fail(worker, conn, LOAD_FAIL_CLOSED);
        return;
    }
    if (sent > 0)
        conn->sent += (uint32_t)sent;
    conn_watch_room(worker, conn, conn->sent < worker->size_bytes);
}

static void conn_start(struct load_worker *worker, struct load_conn *conn, uint64_t now_ns)
{
    if (!conn->busy)
        worker->busy_count++;
    conn->busy = true;
    conn->start_ns = now_ns;
    conn->sent = 0;
    conn->received = 0;
    /* An odd stride visits every place; 1,789 keeps neighbours in time far apart in the pattern. */
    conn->step = (conn->step + 1789u) % LOAD_PATTERN_STEPS;
    conn_send(worker, conn);
}

/* A whole answer is here. One reading of the clock ends this message and starts the next. */
static void conn_answered(struct load_worker *worker, struct load_conn *conn)
{
    uint64_t now_ns = load_now_ns();

    worker->messages_total++;
    if (now_ns >= worker->measure_ns && now_ns < worker->end_ns) {
        worker->messages++;
        hist_add(&worker->latency_ns, now_ns - conn->start_ns);
    }
    if (now_ns < worker->end_ns) {
        conn_start(worker, conn, now_ns);
        return;
    }
    conn->busy = false;
    worker->busy_count--;
}

static void conn_receive(struct load_worker *worker, struct load_conn *conn)
{
    /* Room for the whole buffer, not just for what is due: a byte too many is an error too. */
    ssize_t count = recv(conn->fd, worker->buffer, LOAD_BUFFER_BYTES, 0);
    const char *expected = worker->pattern + conn->step + conn->received;

    if (count < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (count <= 0) {
        load_fail(worker, conn, LOAD_FAIL_CLOSED);
        return;
    }
    if (!conn->busy || (size_t)count > conn->sent - conn->received ||
        memcmp(worker->buffer, expected, (size_t)count) != 0) {
        load_fail(worker, conn, LOAD_FAIL_MISMATCH);
        return;
    }
    conn->received += (uint32_t)count;
    if (conn->received == worker->size_bytes)
        conn_answered(worker, conn);
}

static void round_event(struct load_worker *worker, const struct epoll_event *event)
{
    struct load_conn *conn = event->data.ptr;

    if (conn->waits_for_room && (event->events & EPOLLOUT))
        conn_send(worker, conn);
    if (conn->state == LOAD_CONN_OPEN && (event->events & ~(uint32_t)EPOLLOUT))
        conn_receive(worker, conn);
}

static void *round_run(void *argument)
{
    struct load_worker *worker = argument;
    struct epoll_event events[ROUND_BATCH];
    uint64_t now_ns = load_now_ns();

    for (int i = 0; i < worker->conn_count; i++) {
        if (worker->conns[i].state == LOAD_CONN_OPEN)
            conn_start(worker, &worker->conns[i], load_now_ns());
    }
    while (worker->busy_count > 0 && now_ns < worker->drain_ns) {
        int wait_ms = (int)((worker->drain_ns - now_ns) / 1000000u) + 1;
        int count = epoll_wait(worker->epoll_fd, events, ROUND_BATCH, wait_ms);

        for (int i = 0; i < count; i++)
            round_event(worker, &events[i]);
        now_ns = load_now_ns();
    }
    for (int i = 0; i < worker->conn_count; i++) {
        if (worker->conns[i].busy)
            load_fail(worker, &worker->conns[i], LOAD_FAIL_SILENT);
    }
    return NULL;
}

static void round_prepare(struct load_worker *worker, uint64_t start_ns, double seconds,
                          double warmup)
{
    worker->measure_ns = start_ns + (uint64_t)(warmup * 1e9);
    worker->end_ns = worker->measure_ns + (uint64_t)(seconds * 1e9);
    worker->drain_ns = worker->end_ns + (uint64_t)LOAD_DRAIN_SECONDS * 1000000000u;
    worker->messages = 0;
    worker->messages_total = 0;
    hist_reset(&worker->latency_ns);
}

static void round_collect(struct load_worker *worker, struct load_result *result)
{
    result->messages += worker->messages;
    result->messages_total += worker->messages_total;
    hist_merge(&result->latency_ns, &worker->latency_ns);
    for (int i = 0; i < LOAD_FAIL_COUNT; i++) {
        result->failures[i] += worker->failures[i];
        result->errors += worker->failures[i];
        worker->failures[i] = 0;
    }
    for (int i = 0; i < worker->conn_count; i++)
        result->held += worker->conns[i].state == LOAD_CONN_OPEN;
}

void load_round(struct load *load, double seconds, double warmup, struct load_result *result)
{
    pthread_t threads[LOAD_THREADS_MAX];
    uint64_t start_ns = load_now_ns();

    memset(result, 0, sizeof *result);
    result->seconds = seconds;
    for (int i = 0; i < load->worker_count; i++)
        round_prepare(&load->workers[i], start_ns, seconds, warmup);
    for (int i = 1; i < load->worker_count; i++) {
        int error = pthread_create(&threads[i], NULL, round_run, &load->workers[i]);

        if (error != 0) { /* a round without some of its connections would be a wrong figure */
            fprintf(stderr, "echo_load: cannot start a thread: %s\n", strerror(error));
            exit(1);
        }
    }
    round_run(&load->workers[0]);
    for (int i = 1; i < load->worker_count; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < load->worker_count; i++)
        round_collect(&load->workers[i], result);
}
