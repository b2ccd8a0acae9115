/* SPDX-License-Identifier: MIT */
/*
 * Keep-alive: SO_KEEPALIVE, and with which times: TCP_KEEPIDLE (also called TCP_KEEPALIVE),
 * TCP_KEEPINTVL and TCP_KEEPCNT. What the caller sets is kept, because the kernel's ranges are
 * smaller than Windows': a larger number is there the largest one. What it does not set is Windows'
 * number, told to the kernel when keep-alive is turned on. The idle time is the exception, where
 * both systems have the same number and each has a setting for the machine, which shall count.
 */
#include "core/verb/option.h"

#include <ws2ipdef.h>

#include "core/base/errmap.h"
#include "core/verb/option_row.h"
#include "ring/host/net.h"

enum {
    KEEPALIVE_INTERVAL_S = 1,
    KEEPALIVE_COUNT = 10,
    KEEPALIVE_COUNT_MAX = 255, /* of Windows */
    KEEPALIVE_LINUX_TIME_MAX_S = 32767,
    KEEPALIVE_LINUX_COUNT_MAX = 127
};

/* ---- The kernel ---- */

static int keepalive_tell(struct sock *sock, int name, uint32_t number)
{
    uint32_t most = name == LX_TCP_KEEPCNT ? KEEPALIVE_LINUX_COUNT_MAX : KEEPALIVE_LINUX_TIME_MAX_S;

    return host_set_option(sock->fd, LX_IPPROTO_TCP, name, (int)(number < most ? number : most));
}

/* Everything, before it counts for the first time. 0 or a negative errno. */
static int keepalive_tell_all(struct sock *sock)
{
    struct sock_rare *rare = sock_rare(sock);
    uint32_t interval_s = rare != NULL ? rare->keep_interval_s : 0;
    uint32_t count = rare != NULL ? rare->keep_count : 0;
    int error =
        keepalive_tell(sock, LX_TCP_KEEPINTVL, interval_s != 0 ? interval_s : KEEPALIVE_INTERVAL_S);

    if (error == 0)
        error = keepalive_tell(sock, LX_TCP_KEEPCNT, count != 0 ? count : KEEPALIVE_COUNT);
    return error;
}

static int keepalive_switch_locked(struct sock *sock, bool on)
{
    bool tcp = sock->type == SOCK_STREAM && sock->protocol == IPPROTO_TCP;
    int error = on && tcp ? keepalive_tell_all(sock) : 0;

    if (error == 0)
        error = host_set_option(sock->fd, LX_SOL_SOCKET, LX_SO_KEEPALIVE, on);
    return errmap_to_wsa(ERRMAP_CALL_OPTION, -error);
}

/* ---- Rows' functions ---- */

static int keepalive_set(struct sock *sock, const struct option_row *row,
                         const struct option_value *value)
{
    (void)row;
    return keepalive_switch_locked(sock, value->number != 0);
}

/* Where the number of a row is kept. */
static uint32_t *keepalive_kept(struct sock_rare *rare, const struct option_row *row)
{
    if (row->name == TCP_KEEPCNT)
        return &rare->keep_count;
    return row->name == TCP_KEEPINTVL ? &rare->keep_interval_s : &rare->keep_idle_s;
}

static int keepalive_number_get(struct sock *sock, const struct option_row *row,
                                struct option_value *value)
{
    struct sock_rare *rare = sock_rare(sock);

    if (rare != NULL && *keepalive_kept(rare, row) != 0)
        value->number = *keepalive_kept(rare, row);
    else if (row->name == TCP_KEEPIDLE)
        return option_number_get(sock, row, value);
    else
        value->number = row->name == TCP_KEEPCNT ? KEEPALIVE_COUNT : KEEPALIVE_INTERVAL_S;
    return 0;
}

static int keepalive_number_set(struct sock *sock, const struct option_row *row,
                                const struct option_value *value)
{
    struct sock_rare *rare = NULL;
    int error;

    if (value->number == 0 || (row->name == TCP_KEEPCNT && value->number > KEEPALIVE_COUNT_MAX))
        return WSAEINVAL;
    rare = sock_rare_make(sock);
    if (rare == NULL)
        return WSAENOBUFS;
    error = keepalive_tell(sock, row->linux_name, value->number);
    if (error != 0)
        return errmap_to_wsa(ERRMAP_CALL_OPTION, -error);
    *keepalive_kept(rare, row) = value->number;
    return 0;
}

/* ---- For SIO_KEEPALIVE_VALS ---- */

/* Whole seconds, upwards: the kernel has no finer ones, and 0 would be none. */
static uint32_t keepalive_seconds(uint32_t ms)
{
    return ms == 0 ? 1 : ms / 1000 + (ms % 1000 != 0);
}

int option_keepalive(struct sock *sock, bool on, uint32_t idle_ms, uint32_t interval_ms)
{
    struct sock_rare *rare = on ? sock_rare_make(sock) : NULL;
    uint32_t idle_s = keepalive_seconds(idle_ms);
    uint32_t interval_s = keepalive_seconds(interval_ms);
    int error = 0;

    if (on && rare == NULL)
        return WSAENOBUFS;
    host_lock_acquire(&sock->lock);
    if (on)
        error = keepalive_tell(sock, LX_TCP_KEEPIDLE, idle_s);
    if (on && error == 0) {
        rare->keep_idle_s = idle_s;
        rare->keep_interval_s = interval_s;
    }
    error =
        error != 0 ? errmap_to_wsa(ERRMAP_CALL_OPTION, -error) : keepalive_switch_locked(sock, on);
    host_lock_release(&sock->lock);
    return error;
}

/* ---- Rows ---- */

/* clang-format off */
static const struct option_row option_keepalive_rows[] = {
    { SOL_SOCKET, SO_KEEPALIVE, OPTION_BYTE, OPTION_LINUX(SOL_SOCKET, SO_KEEPALIVE),
      .get = option_kernel_get, .set = keepalive_set },
};
static const struct option_row option_keepalive_tcp_rows[] = {
    { IPPROTO_TCP, TCP_KEEPIDLE, OPTION_DWORD, .where = OPTION_STREAM, .carried = true,
      OPTION_LINUX(IPPROTO_TCP, TCP_KEEPIDLE),
      .get = keepalive_number_get, .set = keepalive_number_set },
    { IPPROTO_TCP, TCP_KEEPINTVL, OPTION_DWORD, .where = OPTION_STREAM, .carried = true,
      OPTION_LINUX(IPPROTO_TCP, TCP_KEEPINTVL),
      .get = keepalive_number_get, .set = keepalive_number_set },
    { IPPROTO_TCP, TCP_KEEPCNT, OPTION_DWORD, .where = OPTION_STREAM, .carried = true,
      OPTION_LINUX(IPPROTO_TCP, TCP_KEEPCNT),
      .get = keepalive_number_get, .set = keepalive_number_set },
};
/* clang-format on */

const struct option_table option_keepalive_table = OPTION_TABLE(SOL_SOCKET, option_keepalive_rows);
const struct option_table option_keepalive_tcp_table =
    OPTION_TABLE(IPPROTO_TCP, option_keepalive_tcp_rows);
