/* SPDX-License-Identifier: MIT */
/*
 * A port's only worker and five connections, while another thread sends at random, cancels, and
 * posts packets: each receive ends once, in the order of the calls, and no byte is lost, twice or
 * in the wrong place, whoever looked after it (core/object/lone.h).
 */
#include "lone_case.h"

enum {
    STREAMS = 5,
    DEPTH = 2, /* receives of every second connection at a time; the others have one */
    ROOM = 8,
    MESSAGES = 30000,
    CANCEL_ONE_IN = 200,
    POST_ONE_IN = 500,
    NOISE_KEY = 99
};

struct stream;

struct receive {
    OVERLAPPED overlapped; /* first */
    struct stream *stream;
    unsigned number; /* in the order of the calls */
    char data[ROOM];
};

struct stream {
    struct pair pair;
    struct receive receives[DEPTH];
    unsigned posted, last; /* numbers of receives; of the last one that got bytes */
    unsigned pending;      /* receives that have not ended */
    unsigned sent_bytes;   /* by the sender; known when it has ended */
    unsigned received_bytes;
    bool ended;
};

struct storm {
    HANDLE port;
    struct stream streams[STREAMS];
    unsigned pending;
};

static unsigned storm_random(unsigned *seed, unsigned below)
{
    *seed = *seed * 1664525u + 1013904223u;
    return (*seed >> 8) % below;
}

static char storm_byte(unsigned position)
{
    return (char)(position * 31 + position / 251);
}

static bool storm_disturb(struct storm *storm, unsigned *seed)
{
    HANDLE victim = (HANDLE)storm->streams[storm_random(seed, STREAMS)].pair.server;

    if (storm_random(seed, CANCEL_ONE_IN) == 0 && !CancelIoEx(victim, NULL) &&
        GetLastError() != ERROR_NOT_FOUND)
        return false;
    return storm_random(seed, POST_ONE_IN) != 0 ||
           PostQueuedCompletionStatus(storm->port, 0, NOISE_KEY, NULL);
}

/* NULL when all went well. */
static void *storm_send(void *argument)
{
    struct storm *storm = argument;
    unsigned seed = 20261124;

    for (unsigned i = 0; i < MESSAGES; i++) {
        struct stream *stream = &storm->streams[storm_random(&seed, STREAMS)];
        char data[2 * ROOM];
        unsigned bytes = 1 + storm_random(&seed, sizeof data);

        for (unsigned at = 0; at < bytes; at++)
            data[at] = storm_byte(stream->sent_bytes + at);
        if (flow_send(stream->pair.client, data, bytes) != (int)bytes ||
            !storm_disturb(storm, &seed))
            return argument;
        stream->sent_bytes += bytes;
    }
    for (unsigned i = 0; i < STREAMS; i++)
        if (shutdown(storm->streams[i].pair.client, SD_SEND) != 0)
            return argument;
    return NULL;
}

static void storm_post(struct storm *storm, struct receive *receive)
{
    struct stream *stream = receive->stream;
    int error;

    memset(&receive->overlapped, 0, sizeof receive->overlapped);
    receive->number = ++stream->posted;
    stream->pending++;
    storm->pending++;
    error = flow_start_recv(stream->pair.server, receive->data, ROOM, &receive->overlapped);
    assert_true(error == 0 || error == WSA_IO_PENDING);
}

static void storm_check(struct stream *stream, const struct receive *receive, DWORD bytes)
{
    assert_true((int)(receive->number - stream->last) > 0);
    assert_false(stream->ended);
    stream->last = receive->number;
    for (DWORD i = 0; i < bytes; i++)
        assert_int_equal(receive->data[i], storm_byte(stream->received_bytes + i));
    stream->received_bytes += bytes;
}

static void storm_take(struct storm *storm)
{
    OVERLAPPED *overlapped = NULL;
    ULONG_PTR key = 0;
    DWORD bytes = 0;
    BOOL got = GetQueuedCompletionStatus(storm->port, &bytes, &key, &overlapped, FLOW_LIMIT_MS);
    struct receive *receive = (struct receive *)(void *)overlapped;

    if (key == NOISE_KEY)
        return;
    assert_non_null(overlapped);
    assert_int_not_equal(overlapped->Internal, FLOW_PENDING);
    receive->stream->pending--;
    storm->pending--;
    if (!got) {
        assert_int_equal(GetLastError(), ERROR_OPERATION_ABORTED);
        assert_int_equal(bytes, 0);
    } else if (bytes == 0) {
        receive->stream->ended = true;
        return;
    } else {
        storm_check(receive->stream, receive, bytes);
    }
    if (!receive->stream->ended)
        storm_post(storm, receive);
}

static void storm_open(struct storm *storm)
{
    memset(storm, 0, sizeof *storm);
    storm->port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 1);
    assert_non_null(storm->port);
    for (unsigned i = 0; i < STREAMS; i++) {
        struct stream *stream = &storm->streams[i];

        stream->pair = pair_open();
        assert_ptr_equal(CreateIoCompletionPort((HANDLE)stream->pair.server, storm->port, i, 0),
                         storm->port);
        for (unsigned k = 0; k < 1 + i % DEPTH; k++) {
            stream->receives[k].stream = stream;
            storm_post(storm, &stream->receives[k]);
        }
    }
}

static void nothing_is_lost_in_a_storm(void **state)
{
    static struct storm storm;
    unsigned before = lone_kept_so_far();
    void *failed = NULL;
    pthread_t sender;

    (void)state;
    storm_open(&storm);
    sender = flow_run(storm_send, &storm);
    while (storm.pending > 0)
        storm_take(&storm);
    assert_int_equal(pthread_join(sender, &failed), 0);
    assert_null(failed);
    assert_true(lone_kept_so_far() > before);
    for (unsigned i = 0; i < STREAMS; i++) {
        assert_true(storm.streams[i].ended);
        assert_int_equal(storm.streams[i].received_bytes, storm.streams[i].sent_bytes);
        pair_close(storm.streams[i].pair);
    }
    CloseHandle(storm.port);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_lost_in_a_storm),
    };

    return cmocka_run_group_tests(tests, pair_setup, pair_teardown);
}
