// libcurl's easy interface. Its variadic functions, which Swift cannot call, get one name for each type of value.
#pragma once

#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

static inline CURLcode remanso_curl_number(CURL *handle, CURLoption option, long value) {
    return curl_easy_setopt(handle, option, value);
}
static inline CURLcode remanso_curl_large(CURL *handle, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(handle, option, value);
}
static inline CURLcode remanso_curl_text(CURL *handle, CURLoption option, const char *value) {
    return curl_easy_setopt(handle, option, value);
}
static inline CURLcode remanso_curl_pointer(CURL *handle, CURLoption option, void *value) {
    return curl_easy_setopt(handle, option, value);
}
static inline CURLcode remanso_curl_bytes(CURL *handle, CURLoption option, const void *bytes, size_t count) {
    struct curl_blob blob = {(void *)bytes, count, CURL_BLOB_COPY};
    return curl_easy_setopt(handle, option, &blob);
}
// Bytes that come, bytes that go, going back in those that go, and being asked now and then whether to go on.
typedef size_t (*remanso_curl_transfer)(char *bytes, size_t size, size_t count, void *context);
typedef int (*remanso_curl_seek)(void *context, curl_off_t offset, int origin);
typedef int (*remanso_curl_progress)(void *context, curl_off_t, curl_off_t, curl_off_t, curl_off_t);
static inline void remanso_curl_callbacks(
    CURL *handle, remanso_curl_transfer receive, remanso_curl_transfer send, remanso_curl_seek seek,
    remanso_curl_progress progress, void *context) {
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, receive);
    curl_easy_setopt(handle, CURLOPT_WRITEDATA, context);
    curl_easy_setopt(handle, CURLOPT_READFUNCTION, send);
    curl_easy_setopt(handle, CURLOPT_READDATA, context);
    curl_easy_setopt(handle, CURLOPT_SEEKFUNCTION, seek);
    curl_easy_setopt(handle, CURLOPT_SEEKDATA, context);
    curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, progress);
    curl_easy_setopt(handle, CURLOPT_XFERINFODATA, context);
    curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
}
static inline long remanso_curl_status(CURL *handle) {
    long status = 0;
    curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
    return status;
}
// Bytes of the answer as its header tells; -1 when it does not.
static inline curl_off_t remanso_curl_length(CURL *handle) {
    curl_off_t length = -1;
    curl_easy_getinfo(handle, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
    return length;
}
static inline CURLcode remanso_curl_begin(void) { return curl_global_init(CURL_GLOBAL_DEFAULT); }
