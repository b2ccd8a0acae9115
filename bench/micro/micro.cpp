// SPDX-License-Identifier: MIT
//
// Times single operations, one thread, nothing contended. A time is that of the whole pair in a
// benchmark's name, so `waitable_set_reset` is one set and one reset.
#include "bench/micro/shim.h"

#include <benchmark/benchmark.h>

namespace
{

constexpr unsigned kBatch = 1000;

void Run(benchmark::State &state, void (*operation)(unsigned count))
{
    // KeepRunningBatch makes google-benchmark divide by kBatch.
    while (state.KeepRunningBatch(kBatch))
        operation(kBatch);
}

BENCHMARK_CAPTURE(Run, handle_ref_unref, shim_handle_ref_unref);
BENCHMARK_CAPTURE(Run, waitable_set_reset, shim_waitable_set_reset);
BENCHMARK_CAPTURE(Run, event_set_reset, shim_event_set_reset);
BENCHMARK_CAPTURE(Run, event_wait_signalled, shim_event_wait);
BENCHMARK_CAPTURE(Run, port_post_take, shim_port_post_take);
BENCHMARK_CAPTURE(Run, op_take_give, shim_op_take_give);

} // namespace

int main(int argc, char **argv)
{
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv))
        return 1;
    shim_open();
    benchmark::RunSpecifiedBenchmarks();
    shim_close();
    benchmark::Shutdown();
    return 0;
}
