#include "CBlockTracking.h"

void remanso_take_bits(uint64_t *live, uint64_t *taken, uint64_t *result, size_t words)
{
    for (size_t i = 0; i < words; i++) {
        uint64_t bits = __atomic_load_n(&live[i], __ATOMIC_RELAXED);
        if (!bits) continue;
        if (taken) __atomic_fetch_or(&taken[i], bits, __ATOMIC_SEQ_CST);
        result[i] |= bits;
        __atomic_fetch_and(&live[i], ~bits, __ATOMIC_SEQ_CST);
    }
    // The table of writes in flight is read after this.
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
}

void remanso_set_bits(uint64_t *words, size_t word, uint64_t bits)
{
    __atomic_fetch_or(&words[word], bits, __ATOMIC_SEQ_CST);
}

uint64_t remanso_count_bits(const uint64_t *words, size_t count)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++) sum += __builtin_popcountll(__atomic_load_n(&words[i], __ATOMIC_RELAXED));
    return sum;
}

void remanso_copy_bits(const uint64_t *from, uint64_t *to, size_t words)
{
    for (size_t i = 0; i < words; i++) to[i] = __atomic_load_n(&from[i], __ATOMIC_RELAXED);
}

enum { PLACES = 1 << REMANSO_IN_FLIGHT_SHIFT };

size_t remanso_write_in_flight(const struct remanso_in_flight *table, size_t place, struct remanso_in_flight *out)
{
    for (; place < PLACES; place++) {
        uint64_t bio = __atomic_load_n(&table[place].bio, __ATOMIC_ACQUIRE);
        if (!bio) continue;
        *out = table[place];
        out->bio = bio;
        break;
    }
    return place;
}

void remanso_forget_writes(struct remanso_in_flight *table)
{
    for (size_t place = 0; place < PLACES; place++) __atomic_store_n(&table[place].bio, 0, __ATOMIC_SEQ_CST);
}
