// SPDX-License-Identifier: MIT
//
// The park word (ring/engine/park.h, [P2]) under the C11 memory model, which Spin does not know:
// relacy runs one thread that parks and two that wake it, in every order, and lets each load see
// whatever the orders of the accesses permit. ORDER is that of the exchanges on the word; with
// relaxed ones the thread must be found asleep for ever or without the reason, else this program
// would show nothing.
#include <relacy/relacy.hpp>

#ifndef ORDER
#define ORDER rl::memory_order_seq_cst
#endif

static const unsigned AWAKE = 0, PARKED = 1, NOTIFIED = 2, WAKERS = 2;

struct park_test : rl::test_suite<park_test, WAKERS + 1> {
    rl::atomic<unsigned> word;
    rl::atomic<unsigned> reasons[WAKERS]; // what the wakers publish; relaxed: the word orders it

    void before()
    {
        word.store(AWAKE, rl::memory_order_relaxed);
        for (unsigned i = 0; i < WAKERS; i++)
            reasons[i].store(0, rl::memory_order_relaxed);
    }

    // park_wake(); the futex wakes whoever sleeps while the word says so: wait() looks at it.
    void wake(unsigned index)
    {
        reasons[index].store(1, rl::memory_order_relaxed);
        word.exchange(NOTIFIED, ORDER);
    }

    // park_wait() without an end of its time
    void wait()
    {
        unsigned expected = AWAKE;

        if (word.compare_exchange_strong(expected, PARKED, ORDER)) {
            rl::linear_backoff backoff;

            while (word.load(rl::memory_order_relaxed) == PARKED)
                backoff.yield($);
        }
        word.exchange(AWAKE, ORDER);
    }

    bool all_there()
    {
        for (unsigned i = 0; i < WAKERS; i++) {
            if (reasons[i].load(rl::memory_order_relaxed) == 0)
                return false;
        }
        return true;
    }

    void thread(unsigned index)
    {
        if (index < WAKERS) {
            wake(index);
            return;
        }
        while (!all_there())
            wait();
    }
};

int main()
{
    rl::test_params params;

    params.search_type = rl::sched_bound;
    params.context_bound = 3;
    params.execution_depth_limit = 500;
    bool right = rl::simulate<park_test>(params);
    std::cout << (right ? "right" : "wrong") << std::endl;
    return right ? 0 : 1;
}
