#include "engine/channel_block.h"

#include <dnnl.h>
#include <stddef.h>

int ocsp_engine_channel_block(void)
{
    static const struct {
        dnnl_cpu_isa_t isa;
        int block;
    } blocks[] = {
        {dnnl_cpu_isa_avx512_core, 16}, {dnnl_cpu_isa_avx2, 8}, {dnnl_cpu_isa_sse41, 8}};
    const int has = (int)dnnl_get_effective_cpu_isa();

    /* a set's bits are those of all that it includes */
    for (size_t k = 0; k < sizeof blocks / sizeof *blocks; k++)
        if ((has & (int)blocks[k].isa) == (int)blocks[k].isa)
            return blocks[k].block;
    return 0;
}
