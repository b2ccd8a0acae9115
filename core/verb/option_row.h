/* SPDX-License-Identifier: MIT */
/*
 * What a socket option is: a row. The tables of rows stand in the option_*.c files, one file a
 * subject, and option.c lists the tables, finds rows and applies the rules of length and memory
 * (SOCKOPT-GEN), so that a row's functions see a value that is there and has the right size.
 *
 * A row's functions run with sock->lock held, which keeps the descriptor in place ([S3]).
 */
#ifndef CORE_VERB_OPTION_ROW_H
#define CORE_VERB_OPTION_ROW_H

#include "core/object/sock.h"
#include "ring/host/lx.h"

/* How a value is passed. "Short" is a buffer with less room than the value needs. */
enum option_kind {
    OPTION_BOOL,      /* 4 bytes; a short buffer gets what fits (SOCKOPT-GEN-27) */
    OPTION_BYTE,      /* a truth value of one byte (SOCKOPT-GEN-18); set takes any length */
    OPTION_NARROW,    /* 4 bytes; set takes the low bytes that are there (SOCKOPT-GEN-31), and a
                       * short buffer gets one */
    OPTION_INT,       /* 4 bytes; a short buffer is an error and is zeroed (SOCKOPT-GEN-29) */
    OPTION_UNTOUCHED, /* 4 bytes; a short buffer is an error and is left alone (the same) */
    OPTION_DWORD,     /* 4 bytes; a short buffer is an error, its length becomes 0
                       * (SOCKOPT-GEN-28) */
    OPTION_HANDLE,    /* a SOCKET, in 4 or 8 bytes; set only */
    OPTION_NO_VALUE,  /* set only; the value is not looked at */
    OPTION_STRUCT,    /* row->bytes bytes at least; a short buffer is an error and is left alone */
    OPTION_BYTES      /* any length up to row->bytes, none included; `get` says how many */
};

/* Which sockets have a row, in row->where. 0: all. A bit of each of the two halves must fit, where
 * a half without any bit fits all. */
enum option_where {
    OPTION_IPV4 = 1 << 0,
    OPTION_IPV6 = 1 << 1,
    OPTION_UNIX = 1 << 2, /* fits no row of another level than SOL_SOCKET */
    OPTION_STREAM = 1 << 4,
    OPTION_DGRAM = 1 << 5,
    OPTION_RAW = 1 << 6,
    OPTION_ANY_HANDLE = 1 << 7 /* an option of the thread: its functions get NULL for the socket */
};

enum {
    OPTION_VALUE_BYTES = 1280,     /* of the largest value in or out */
    OPTION_AS_WRITTEN = UINT32_MAX /* for option_value.length */
};

struct option_value {
    union {
        uint32_t number; /* every 4-byte kind; OPTION_BYTE and _NARROW: zero-extended */
        uint64_t handle;
        unsigned char data[OPTION_VALUE_BYTES]; /* OPTION_STRUCT, OPTION_BYTES */
    };
    /* set: how many bytes of data there are. get, OPTION_BYTES only: the function says how many
     * the value has; are they more than `room`, the call fails with WSAEFAULT. */
    uint32_t bytes;
    /* get: what *optlen becomes, also when the function or a lack of room fails the call;
     * OPTION_AS_WRITTEN unless the function says something else: what was written, or on failure
     * nothing new. */
    uint32_t length;
    uint32_t room;  /* get: bytes that the caller has */
    uintptr_t home; /* get: where the caller has them, for structures that point into themselves */
};

struct option_row {
    int level;
    int name;
    enum option_kind kind;
    uint16_t bytes;  /* OPTION_STRUCT, OPTION_BYTES */
    uint16_t where;  /* enum option_where */
    uint16_t misfit; /* the error on other types of the family; 0: WSAENOPROTOOPT */
    uint16_t no_get; /* the error when there is no function to get; 0: WSAENOPROTOOPT */
    uint16_t no_set;
    /* The kernel's option is a number that option_carry() takes along. Rows with
     * option_kernel_get() or option_number_get() are carried anyway. */
    bool carried;
    int linux_level; /* of the kernel's option behind it, for option_kernel_* */
    int linux_name;  /* the same; or a bit, for option_flag_get() and option_mode_* */
    /* 0 or a WSA code. A failure has changed nothing. */
    int (*get)(struct sock *sock, const struct option_row *row, struct option_value *value);
    int (*set)(struct sock *sock, const struct option_row *row, const struct option_value *value);
};

/* One level's rows; a file may have several tables. Each is listed in option.c. */
struct option_table {
    int level;
    uint32_t count;
    const struct option_row *rows;
};

#define OPTION_TABLE(level, rows)                                   \
    {                                                               \
        (level), (uint32_t)(sizeof(rows) / sizeof(rows)[0]), (rows) \
    }

extern const struct option_table option_socket_table;         /* option_socket.c */
extern const struct option_table option_keepalive_table;      /* option_keepalive.c */
extern const struct option_table option_keepalive_tcp_table;  /* option_keepalive.c */
extern const struct option_table option_context_table;        /* option_context.c */
extern const struct option_table option_sharing_table;        /* option_sharing.c */
extern const struct option_table option_tcp_table;            /* option_tcp.c */
extern const struct option_table option_udp_table;            /* option_udp.c */
extern const struct option_table option_ip_table;             /* option_ip.c */
extern const struct option_table option_ipv6_table;           /* option_ipv6.c */
extern const struct option_table option_multicast_ipv4_table; /* option_multicast.c */
extern const struct option_table option_multicast_ipv6_table; /* option_multicast.c */

/* ---- Functions for rows, and short forms to name them ---- */

/* Each pastes for itself: a name handed on to another macro would become its number first. */
#define OPTION_LINUX(level, name) .linux_level = LX_##level, .linux_name = LX_##name
#define OPTION_KERNEL(level, name)                                                \
    .linux_level = LX_##level, .linux_name = LX_##name, .get = option_kernel_get, \
    .set = option_kernel_set
#define OPTION_NUMBER(level, name)                                                \
    .linux_level = LX_##level, .linux_name = LX_##name, .get = option_number_get, \
    .set = option_number_set
#define OPTION_MODE(bit) .linux_name = (bit), .get = option_mode_get, .set = option_mode_set

/* A truth value of the kernel: row->linux_level, row->linux_name. */
int option_kernel_get(struct sock *sock, const struct option_row *row, struct option_value *value);
int option_kernel_set(struct sock *sock, const struct option_row *row,
                      const struct option_value *value);

/* A number of the kernel, passed on as it is. */
int option_number_get(struct sock *sock, const struct option_row *row, struct option_value *value);
int option_number_set(struct sock *sock, const struct option_row *row,
                      const struct option_value *value);

/* row->linux_name is an enum sock_flag; read only. */
int option_flag_get(struct sock *sock, const struct option_row *row, struct option_value *value);

/* row->linux_name is an enum sock_mode: a switch that is kept and read back. Nothing else happens
 * unless code elsewhere asks sock_modes(). */
int option_mode_get(struct sock *sock, const struct option_row *row, struct option_value *value);
int option_mode_set(struct sock *sock, const struct option_row *row,
                    const struct option_value *value);

/* A number that cannot be anything else: row->linux_name. */
int option_constant_get(struct sock *sock, const struct option_row *row,
                        struct option_value *value);

#endif
