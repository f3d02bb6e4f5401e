#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

/* Macros of OpenSSL's that Swift does not see, as functions; each answers as its macro does. */

static inline int sister_SSL_CTX_set_versions(SSL_CTX *context, int lowest, int highest) {
  return SSL_CTX_set_min_proto_version(context, lowest)
      && SSL_CTX_set_max_proto_version(context, highest);
}

static inline uint64_t sister_SSL_CTX_set_no_tickets(SSL_CTX *context) {
  return SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
}

static inline long sister_SSL_CTX_set_mode(SSL_CTX *context, long mode) {
  return SSL_CTX_set_mode(context, mode);
}

static inline long sister_SSL_CTX_set_session_cache_mode(SSL_CTX *context, long mode) {
  return SSL_CTX_set_session_cache_mode(context, mode);
}

static inline long sister_SSL_CTX_set_max_cert_list(SSL_CTX *context, long bytes) {
  return SSL_CTX_set_max_cert_list(context, bytes);
}

static inline long sister_SSL_CTX_add1_chain_cert(SSL_CTX *context, X509 *certificate) {
  return SSL_CTX_add1_chain_cert(context, certificate);
}

static inline long sister_SSL_set_tlsext_host_name(SSL *ssl, const char *name) {
  return SSL_set_tlsext_host_name(ssl, name);
}

static inline void sister_BIO_set_retry_read(BIO *bio) { BIO_set_retry_read(bio); }

static inline void sister_BIO_clear_retry_flags(BIO *bio) { BIO_clear_retry_flags(bio); }

static inline void sister_OPENSSL_free(void *memory) { OPENSSL_free(memory); }
