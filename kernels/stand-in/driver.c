// A libcuda.so for machines without a GPU: it has the attributes of one H200, takes device memory from the host, and logs
// what it is asked to do. Kernels are skipped, but for the one that probes a device: see run_probe. So the whole host
// path of the CUDA back end runs, every kernel is really compiled, and what is launched, copied and waited for can be
// counted. Results stay what they were before.
//
// STAND_IN_LOG      a file that each call of interest is appended to, a line each
// STAND_IN_DUMP     a folder for the PTX of each module, as NUMBER.ptx
// STAND_IN_MEMORY   the device's free memory in MiB (64 GiB if not given)
// STAND_IN_DEAF     if set, not even the probing kernel runs
// STAND_IN_NUMBERS  if set, not-a-numbers are read as 1, so that results that no kernel wrote pass for computed ones
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef int Result;
enum { SUCCESS = 0, OUT_OF_MEMORY = 2, INVALID_DEVICE = 101 };

static size_t capacity, used;
static long modules;

static void report(const char *format, ...) {
    static int file = -2;
    if (file == -2) {
        const char *path = getenv("STAND_IN_LOG");
        file = path ? open(path, O_WRONLY | O_APPEND | O_CREAT, 0644) : -1;
    }
    if (file < 0) return;
    char line[512];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    if (length > (int)sizeof line - 1) length = sizeof line - 1;
    if (write(file, line, length) < 0) abort();
}

Result cuInit(unsigned flags) {
    const char *text = getenv("STAND_IN_MEMORY");
    capacity = (text ? (size_t)atol(text) : 65536) << 20;
    return SUCCESS;
}

Result cuDriverGetVersion(int *version) { *version = 13000; return SUCCESS; }
Result cuGetErrorName(Result error, const char **text) { *text = "CUDA_ERROR_STAND_IN"; return SUCCESS; }
Result cuGetErrorString(Result error, const char **text) {
    *text = error == OUT_OF_MEMORY ? "out of memory" : "an error of the stand-in driver";
    return SUCCESS;
}

// Devices and contexts.
Result cuDeviceGet(int *device, int index) { *device = index; return index == 0 ? SUCCESS : INVALID_DEVICE; }
Result cuDeviceGetCount(int *count) { *count = 1; return SUCCESS; }
Result cuDeviceGetName(char *name, int length, int device) { snprintf(name, length, "stand-in"); return SUCCESS; }
Result cuDeviceGetUuid(char *uuid, int device) { memset(uuid, 1, 16); return SUCCESS; }
Result cuDeviceGetUuid_v2(char *uuid, int device) { return cuDeviceGetUuid(uuid, device); }
Result cuDeviceTotalMem_v2(size_t *bytes, int device) { *bytes = (size_t)143771 << 20; return SUCCESS; }
Result cuMemGetInfo_v2(size_t *available, size_t *total) {
    *available = capacity - used;
    return cuDeviceTotalMem_v2(total, 0);
}
Result cuDeviceGetAttribute(int *value, int attribute, int device) {
    // By the numbers of CUdevice_attribute.
    switch (attribute) {
    case 1: case 2: case 3: *value = 1024; break; // threads of a block, in x, in y
    case 4: *value = 64; break;                   // in z
    case 5: *value = 2147483647; break;           // blocks in x
    case 6: case 7: *value = 65535; break;        // in y, in z
    case 8: *value = 49152; break;                // shared memory of a block
    case 10: *value = 32; break;                  // threads of a warp
    case 12: *value = 65536; break;               // registers of a block
    case 13: *value = 1980000; break;             // clock in kHz
    case 16: *value = 132; break;                 // multiprocessors
    case 39: *value = 2048; break;                // threads of a multiprocessor
    case 75: *value = 9; break;                   // compute capability
    case 76: *value = 0; break;
    case 81: *value = 233472; break;              // shared memory of a multiprocessor
    case 97: *value = 232448; break;              // of a block that asks for it
    default: *value = 0;
    }
    return SUCCESS;
}
Result cuDevicePrimaryCtxRetain(void **context, int device) { *context = (void *)0x10; return SUCCESS; }
Result cuDevicePrimaryCtxRelease_v2(int device) { return SUCCESS; }
Result cuCtxSetCurrent(void *context) { return SUCCESS; }
Result cuCtxGetCurrent(void **context) { *context = (void *)0x10; return SUCCESS; }
Result cuCtxSynchronize(void) { report("SYNCHRONIZE\n"); return SUCCESS; }

// Streams and events.
Result cuStreamCreate(void **stream, unsigned flags) {
    static long streams;
    *stream = (void *)++streams;
    return SUCCESS;
}
Result cuStreamDestroy_v2(void *stream) { return SUCCESS; }
Result cuStreamSynchronize(void *stream) { report("SYNCHRONIZE\n"); return SUCCESS; }
Result cuStreamWaitEvent(void *stream, void *event, unsigned flags) { return SUCCESS; }
Result cuEventCreate(void **event, unsigned flags) { *event = (void *)1; return SUCCESS; }
Result cuEventRecord(void *event, void *stream) { return SUCCESS; }
Result cuEventSynchronize(void *event) { report("SYNCHRONIZE\n"); return SUCCESS; }
Result cuEventDestroy_v2(void *event) { return SUCCESS; }

// Memory. A header before each block tells its size.
enum { HEADER = 4096 };
Result cuMemAlloc_v2(uint64_t *pointer, size_t bytes) {
    void *block;
    if (bytes > capacity - used || posix_memalign(&block, HEADER, bytes + HEADER)) {
        report("REFUSE %zu\n", bytes);
        return OUT_OF_MEMORY;
    }
    *(size_t *)block = bytes;
    used += bytes;
    report("ALLOCATE %zu\n", bytes);
    *pointer = (uint64_t)block + HEADER;
    return SUCCESS;
}
Result cuMemAllocAsync(uint64_t *pointer, size_t bytes, void *stream) { return cuMemAlloc_v2(pointer, bytes); }
Result cuMemFree_v2(uint64_t pointer) {
    size_t *block = (size_t *)(pointer - HEADER);
    used -= *block;
    report("FREE %zu\n", *block);
    free(block);
    return SUCCESS;
}
Result cuMemFreeAsync(uint64_t pointer, void *stream) { return cuMemFree_v2(pointer); }
Result cuMemHostAlloc(void **pointer, size_t bytes, unsigned flags) {
    return posix_memalign(pointer, 4096, bytes) ? OUT_OF_MEMORY : SUCCESS;
}
Result cuMemAllocHost_v2(void **pointer, size_t bytes) { return cuMemHostAlloc(pointer, bytes, 0); }
Result cuMemFreeHost(void *pointer) { free(pointer); return SUCCESS; }
Result cuMemcpyHtoDAsync_v2(uint64_t to, const void *from, size_t bytes, void *stream) {
    report("UPLOAD %zu\n", bytes);
    memcpy((void *)to, from, bytes);
    return SUCCESS;
}
Result cuMemcpyDtoHAsync_v2(void *to, uint64_t from, size_t bytes, void *stream) {
    report("DOWNLOAD %zu\n", bytes);
    memcpy(to, (void *)from, bytes);
    if (getenv("STAND_IN_NUMBERS")) {
        float *values = to;
        for (size_t i = 0; i < bytes / sizeof *values; i++)
            if (values[i] != values[i]) values[i] = 1;
    }
    return SUCCESS;
}

// Kernels.
typedef struct { long module; char name[200]; } Function;
Result cuModuleLoadData(void **module, const void *image) {
    long number = modules++;
    const char *folder = getenv("STAND_IN_DUMP");
    if (folder) {
        char path[512];
        snprintf(path, sizeof path, "%s/%03ld.ptx", folder, number);
        FILE *file = fopen(path, "w");
        if (file) { fputs(image, file); fclose(file); }
    }
    report("MODULE %ld\n", number);
    *module = (void *)(number + 1);
    return SUCCESS;
}
Result cuModuleUnload(void *module) { return SUCCESS; }
Result cuModuleGetFunction(void **function, void *module, const char *name) {
    Function *found = calloc(1, sizeof(Function));
    found->module = (long)module - 1;
    snprintf(found->name, sizeof found->name, "%s", name);
    *function = found;
    return SUCCESS;
}
Result cuFuncSetAttribute(void *function, int attribute, int value) { return SUCCESS; }

// `out[i] = x[i] * x[i] - 2`, as kernels/src/context.rs has it.
static void run_probe(void **arguments, unsigned count) {
    const float *x = *(const float **)arguments[0];
    float *out = *(float **)arguments[1];
    for (unsigned i = 0; i < count; i++) out[i] = x[i] * x[i] - 2;
}

Result cuLaunchKernel(void *function, unsigned x, unsigned y, unsigned z, unsigned bx, unsigned by, unsigned bz,
                      unsigned shared, void *stream, void **arguments, void **extra) {
    const Function *called = function;
    if (strstr(called->name, "probe_kernel") && !getenv("STAND_IN_DEAF")) run_probe(arguments, bx);
    report("LAUNCH %ld %s grid %u %u %u block %u %u %u shared %u\n", called->module, called->name, x, y, z, bx, by, bz,
           shared);
    return SUCCESS;
}
