#ifndef SISTER_SCHEMA_H
#define SISTER_SCHEMA_H

/// A file of this folder, built into the program.
typedef struct {
  const char *_Nonnull kind;
  const char *_Nonnull name;
  const unsigned char *_Nonnull bytes;
  unsigned long count;
} sister_schema_file;

/// The file at `index`, counted from 0, or NULL past the last.
const sister_schema_file *_Nullable sister_schema_file_at(int index);

#endif
