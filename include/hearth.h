/* Hearth inside another program: the answers of `hearth serve`, without a socket.
 *
 *   hearth_t* h = hearth_open((const char*[]){"model.gguf", "--ctx", "8192", NULL}, &error);
 *   int status = hearth_call(h, "POST", "/v1/chat/completions", body, on_data, user);
 *   hearth_close(h);
 *
 * What can be asked, and what is answered, is in docs/server.md: every route of every dialect, with tools, grammars,
 * streams and embeddings. docs/library.md says how to build with this, and from other languages.
 *
 * Every function may be called from any thread, and calls run side by side, as requests of a server do. */
#ifndef HEARTH_H
#define HEARTH_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#  define HEARTH_API __attribute__((visibility("default")))
#else
#  define HEARTH_API
#endif

/* Models that are loaded, and the engine that runs them. */
typedef struct hearth_handle hearth_t;

/* "0.1.0". */
HEARTH_API const char* hearth_version(void);

/* Loads models. `arguments`, which end with NULL, are those of `hearth serve` that are not about the network: models,
 * --ctx, --threads, --parallel, --alias and so on; NULL or none loads the built-in model. NULL if that fails; then
 * `*error` is one line that says why, for hearth_free. `error` may be NULL. */
HEARTH_API hearth_t* hearth_open(const char* const* arguments, char** error);

/* Gets a piece of an answer, in the thread that called hearth_call: the whole body, or of a stream what is there (for
 * server-sent events any number of whole ones). What is not 0 ends the answer. `data` ends with the call; a 0 stands
 * behind it. */
typedef int (*hearth_on_data)(void* user, const char* data, size_t size);

/* Asks, and returns when all is answered: the status as of HTTP (200: good; 4xx and 5xx: the body says what is wrong,
 * as JSON), or HEARTH_STOPPED where on_data ended it: what was being computed ends too. `path` may have a query.
 * `body` is JSON that ends with a 0, or NULL; `on_data` may be NULL. */
HEARTH_API int hearth_call(hearth_t* h, const char* method, const char* path, const char* body,
                           hearth_on_data on_data, void* user);
#define HEARTH_STOPPED (-1)

/* A conversation outlives the program with these two calls, if the arguments have "--slot-save-path", "FOLDER":
 *   hearth_call(h, "POST", "/slots/0?action=save", "{\"filename\": \"talk.bin\"}", on_data, user);
 *   hearth_call(h, "POST", "/slots/0?action=restore", "{\"filename\": \"talk.bin\"}", on_data, user); */

/* No call may be running. NULL is allowed. */
HEARTH_API void hearth_close(hearth_t* h);

/* For what hearth_open gave. NULL is allowed. */
HEARTH_API void hearth_free(char* text);

#ifdef __cplusplus
}
#endif

#endif
