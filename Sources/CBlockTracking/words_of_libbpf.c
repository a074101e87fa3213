#include "CBlockTracking.h"
#include <bpf/libbpf.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static _Thread_local char last_words[512];

static int keep(enum libbpf_print_level level, const char *format, va_list arguments)
{
    if (level != LIBBPF_WARN) return 0;
    // The first sentence tells the cause, those after it what followed from it.
    if (last_words[0]) return 0;
    vsnprintf(last_words, sizeof last_words, format, arguments);
    size_t length = strcspn(last_words, "\n");
    last_words[length] = 0;
    return 0;
}

void remanso_bpf_quiet(void)
{
    last_words[0] = 0;
    libbpf_set_print(keep);
}

const char *remanso_bpf_last_words(void) { return last_words; }
