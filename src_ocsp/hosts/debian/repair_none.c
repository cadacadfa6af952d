/* GPU builds of Debian's host: its CUDA code is as it is. No Debian machine builds it,
 * the CUDA that it was written for is gone; with AlexeyAB's host there is repair_gpu.c.
 */
#include "hosts/by_value/darknet_compat.h"

#ifdef GPU

#include "hosts/by_value/repair.h"

enum ocsp_status ocsp_repair_install(void *net, const struct ocsp_engine *engine,
                                     struct ocsp_error *err)
{
    (void)net;
    (void)engine;
    (void)err;
    return OCSP_OK;
}

void ocsp_repair_remove(void *net)
{
    (void)net;
}

void ocsp_repair_forget(const void *net)
{
    (void)net;
}

enum ocsp_status ocsp_repair_batchnorm_buffers(void *net, struct ocsp_error *err)
{
    (void)net;
    (void)err;
    return OCSP_OK;
}

#endif
